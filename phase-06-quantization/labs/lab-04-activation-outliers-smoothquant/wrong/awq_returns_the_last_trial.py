"""The loop ends, and the s it ends with is returned.

fails: test_the_search_is_never_worse_than_no_scale
says: the last s tried, not the best
"""

import numpy as np


def awq_scales(x, w, group_size=128, grid=20):
    loudness = np.abs(np.asarray(x, np.float64)).reshape(-1, w.shape[1]).mean(axis=0)
    for alpha in np.arange(grid) / grid:
        s = np.where(loudness == 0, 1.0, loudness) ** alpha
    return s.astype(np.float32)
