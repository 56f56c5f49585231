"""The exponent 15 is kept for inf, and 256 to 448 are held down at 240. (google/XNNPACK PR 10460)

fails: test_every_fp8_value_keeps_its_code
says: everything from 256 on held down at 240
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
    codes = np.minimum(codes, 0x77)
    return (codes + 128 * (ratio < 0)).astype(np.uint8), scale
