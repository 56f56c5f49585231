"""The other FP8, E5M2: 5 bits of exponent, 2 of mantissa, up to 57344.

fails: test_the_fp8_scale_of_a_row_is_its_largest_magnitude_over_448
says: which is the end of E5M2
"""

import numpy as np


def quantize_fp8_e4m3(w):
    w = np.asarray(w, np.float64)
    scale = (np.abs(w).max(axis=1) / 57344).astype(np.float32)
    scale[scale == 0] = 1
    ratio = np.clip(w / scale[:, None], -57344, 57344)
    size = np.abs(ratio)
    exponent = np.maximum(np.floor(np.log2(np.maximum(size, 2.0**-20))), -14)
    codes = 4 * (exponent + 14) + np.rint(size * 2.0 ** (2 - exponent))
    return (codes + 128 * (ratio < 0)).astype(np.uint8), scale
