"""The codes stay uint8, in which 3 - 7 is 252.

fails: test_an_fp8_code_is_sign_exponent_and_mantissa
says: in uint8 an exponent of 3 minus 7 is 252
"""

import numpy as np


def dequantize_fp8_e4m3(codes, scale):
    c = codes
    if (c % 128 == 127).any():
        raise ValueError("codes hold NaN")
    exponent, mantissa = c // 8 % 16, c % 8
    size = np.where(exponent == 0, mantissa * 2.0**-9, np.ldexp(8.0 + mantissa, (exponent - np.uint8(10)).astype(int)))
    return (np.where(c < 128, size, -size) * np.asarray(scale)[:, None]).astype(np.float32)
