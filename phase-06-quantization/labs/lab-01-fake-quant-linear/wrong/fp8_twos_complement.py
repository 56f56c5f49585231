"""Negative codes in two's complement, as in int8; FP8 has a sign bit.

fails: test_every_fp8_value_keeps_its_code
says: two's complement for negative codes
"""

import numpy as np


def quantize_fp8_e4m3(w):
    w = np.asarray(w, np.float64)
    scale = (np.abs(w).max(axis=1) / 448).astype(np.float32)
    scale[scale == 0] = 1
    ratio = np.clip(w / scale[:, None], -448, 448)
    size = np.abs(ratio)
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 2.0**-20))), -6)
    codes = 8 * (exponent + 6) + np.rint(size * 2.0 ** (3 - exponent))
    return np.where(ratio < 0, -codes, codes).astype(np.int64).astype(np.uint8), scale
