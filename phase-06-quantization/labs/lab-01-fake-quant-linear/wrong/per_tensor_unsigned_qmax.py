"""qmax = 2**bits - 1 belongs to unsigned codes.

fails: test_bits_set_the_grid
says: that is an unsigned grid
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2**bits - 1
    scale = np.float32(np.abs(w).max() / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -128, 127).astype(np.int8), scale
