"""0x7F is read by the formula, as 480; it is NaN.

fails: test_fp8_codes_that_are_nan_or_do_not_fit_are_refused
says: not 480
"""

import numpy as np


def dequantize_fp8_e4m3(codes, scale):
    c = codes.astype(np.int64)
    exponent, mantissa = c // 8 % 16, c % 8
    size = np.where(exponent == 0, mantissa * 2.0**-9, (8 + mantissa) * 2.0 ** (exponent - 10))
    return (np.where(c < 128, size, -size) * np.asarray(scale)[:, None]).astype(np.float32)
