"""floor(x + 0.5) pushes every tie up; torch and numpy round ties to the even code.

fails: test_ties_go_to_the_even_code
says: floor(x + 0.5), which pushes every tie up
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.floor(w / scale + 0.5), -qmax, qmax).astype(np.int8), scale
