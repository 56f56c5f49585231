"""(max - min) / 255 is the scale of an asymmetric grid, which has a zero point.

fails: test_the_scale_is_the_largest_magnitude_over_qmax
says: that is the asymmetric scale, which needs a zero point
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32((w.max() - w.min()) / 255)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8), scale
