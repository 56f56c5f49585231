"""127 is written into the formula, so bits=4 still gives 8-bit codes.

fails: test_bits_set_the_grid
says: 127 for every number of bits: is `bits` used?
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 127
    scale = np.float32(np.abs(w).max() / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8), scale
