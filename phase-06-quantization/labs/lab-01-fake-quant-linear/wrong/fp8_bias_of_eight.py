"""The exponent bias is taken to be 8, which is that of E4M3FNUZ.

fails: test_every_fp8_value_keeps_its_code
says: an exponent bias of 8
"""

import numpy as np


def quantize_fp8_e4m3(w):
    w = np.asarray(w, np.float64)
    scale = (np.abs(w).max(axis=1) / 448).astype(np.float32)
    scale[scale == 0] = 1
    ratio = np.clip(w / scale[:, None], -448, 448)
    size = np.abs(ratio)
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 2.0**-20))), -6)
    codes = 8 * (exponent + 7) + np.rint(size * 2.0 ** (3 - exponent))
    return (codes + 128 * (ratio < 0)).astype(np.uint8), scale
