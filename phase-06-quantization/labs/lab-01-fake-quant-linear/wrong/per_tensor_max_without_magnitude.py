"""max(w) instead of max|w|: the loudest weight is often negative.

fails: test_the_scale_is_the_largest_magnitude_over_qmax
says: max(w) without the magnitude
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(w.max() / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8), scale
