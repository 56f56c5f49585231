"""The scale that multiplies w on the way in is stored, 448 / absmax. (vllm-project/vllm PR 36297)

fails: test_the_fp8_scale_of_a_row_is_its_largest_magnitude_over_448
says: 448 / max|row|, the inverse
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
    return (codes + 128 * (ratio < 0)).astype(np.uint8), 1 / scale
