"""max|w| / 127.5, a real library's convention, is another grid: its loudest negative weight is a tie.

fails: test_the_scale_is_the_largest_magnitude_over_qmax
says: max|w| / 127.5
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / (qmax + 0.5))
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -128, 127).astype(np.int8), scale
