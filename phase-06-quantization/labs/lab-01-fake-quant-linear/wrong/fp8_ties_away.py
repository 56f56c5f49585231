"""Half of the last bit is added before the cut: ties go away from zero. (triton-lang/triton PR 11897)

fails: test_fp8_ties_go_to_the_even_mantissa
says: ties away from zero
"""

import numpy as np


def quantize_fp8_e4m3(w):
    w = np.asarray(w, np.float64)
    scale = (np.abs(w).max(axis=1) / 448).astype(np.float32)
    scale[scale == 0] = 1
    ratio = np.clip(w / scale[:, None], -448, 448)
    size = np.abs(ratio)
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 2.0**-20))), -6)
    codes = 8 * (exponent + 6) + np.floor(size * 2.0 ** (3 - exponent) + 0.5)
    return (codes + 128 * (ratio < 0)).astype(np.uint8), scale
