"""Rounding as taught at school, ties away from zero, is not what np.rint and torch.round do.

fails: test_ties_go_to_the_even_code
says: ties away from zero
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return (np.sign(w) * np.minimum(np.floor(np.abs(w) / scale + 0.5), qmax)).astype(np.int8), scale
