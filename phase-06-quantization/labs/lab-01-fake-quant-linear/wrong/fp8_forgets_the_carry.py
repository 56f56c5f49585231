"""15.6 eighths round to 16, which is the next binade; here the exponent stays. (triton-lang/triton PR 11897)

fails: test_fp8_ties_go_to_the_even_mantissa
says: a mantissa of 8 that is not carried
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
    eighths = np.rint(size * 2.0 ** (3 - exponent))
    codes = np.where(eighths == 16, 8 * (exponent + 7), codes)
    return (codes + 128 * (ratio < 0)).astype(np.uint8), scale
