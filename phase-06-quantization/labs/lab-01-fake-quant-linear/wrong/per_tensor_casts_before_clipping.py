"""Cast first, clip afterwards: what does not fit int8 has wrapped around by then. (sentence-transformers PR 3847)

fails: test_no_code_wraps_around
says: wraps around to -76
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale).astype(np.int32).astype(np.int8), -qmax, qmax), scale
