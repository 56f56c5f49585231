"""keepdims=True is handy for the division, but leaves scales of shape (out, 1).

fails: test_each_row_has_its_own_scale
says: keepdims belongs to the division only
"""

import numpy as np


def quantize_per_channel(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = (np.abs(w).max(axis=1, keepdims=True) / qmax).astype(np.float32)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8), scale
