"""astype(int8) truncates: every code moves towards zero. (sglang-jax PR 1598, ROCm/aiter PR 4637)

fails: test_codes_are_the_nearest_grid_points
says: truncation (astype without rounding)
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(w / scale, -qmax, qmax).astype(np.int8), scale
