"""The scale is E4M3FN's, the bits are E5M2's.

fails: test_every_fp8_value_keeps_its_code
says: E5M2, which has 5 bits of exponent
"""

import numpy as np


def quantize_fp8_e4m3(w):
    w = np.asarray(w, np.float64)
    scale = (np.abs(w).max(axis=1) / 448).astype(np.float32)
    scale[scale == 0] = 1
    ratio = np.clip(w / scale[:, None], -448, 448)
    size = np.abs(ratio)
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 2.0**-20))), -14)
    codes = 4 * (exponent + 14) + np.rint(size * 2.0 ** (2 - exponent))
    return (codes + 128 * (ratio < 0)).astype(np.uint8), scale
