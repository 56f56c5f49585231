"""astype(int8) is taken for rounding, so every code is pulled towards zero. (sglang-jax PR 1598, ROCm/aiter PR 4637)

fails: test_codes_are_the_nearest_points_of_each_groups_grid
says: truncation (astype without rounding)
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, 2.0**-24).astype(np.float16)
    q = np.clip(groups / scale.astype(np.float32)[:, :, None], -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
