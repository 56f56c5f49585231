"""Exponent 15 is read as inf and NaN, as IEEE formats have it. (tilelang-metax PR 140)

fails: test_the_ends_of_fp8_are_subnormals_and_448
says: E4M3FN has no inf
"""

import numpy as np


def dequantize_fp8_e4m3(codes, scale):
    c = codes.astype(np.int64)
    if (c % 128 == 127).any():
        raise ValueError("codes hold NaN")
    exponent, mantissa = c // 8 % 16, c % 8
    size = np.where(exponent == 0, mantissa * 2.0**-9, (8 + mantissa) * 2.0 ** (exponent - 10))
    size = np.where(exponent == 15, np.inf, size)
    return (np.where(c < 128, size, -size) * np.asarray(scale)[:, None]).astype(np.float32)
