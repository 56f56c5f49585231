"""A percentile in place of the maximum clips the loudest weights.

fails: test_the_scale_is_the_largest_magnitude_over_qmax
says: the loudest value would be clipped
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.percentile(np.abs(w), 99.9) / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8), scale
