"""The codes are multiplied with the scale as if they were integers.

fails: test_an_fp8_code_is_sign_exponent_and_mantissa
says: an FP8 code is no integer
"""

import numpy as np


def dequantize_fp8_e4m3(codes, scale):
    c = codes.astype(np.int64)
    if (c % 128 == 127).any():
        raise ValueError("codes hold NaN")
    return (c * np.asarray(scale)[:, None]).astype(np.float32)
