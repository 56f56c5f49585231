"""An all-zero weight gets the scale 0, and whoever divides by it gets NaN. (pytorch/ao 4713)

fails: test_an_all_zero_weight_gives_zeros_and_a_usable_scale
says: Whoever divides by this scale gets NaN
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / qmax)
    return np.nan_to_num(np.clip(np.rint(w / scale), -qmax, qmax)).astype(np.int8), scale
