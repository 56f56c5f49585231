"""The implicit 1 is added where the exponent is 0 as well.

fails: test_the_ends_of_fp8_are_subnormals_and_448
says: an implicit 1 in subnormals too
"""

import numpy as np


def dequantize_fp8_e4m3(codes, scale):
    c = codes.astype(np.int64)
    if (c % 128 == 127).any():
        raise ValueError("codes hold NaN")
    exponent, mantissa = c // 8 % 16, c % 8
    size = (8 + mantissa) * 2.0 ** (exponent - 10)
    return (np.where(c < 128, size, -size) * np.asarray(scale)[:, None]).astype(np.float32)
