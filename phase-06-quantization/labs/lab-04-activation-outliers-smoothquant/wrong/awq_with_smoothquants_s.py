"""SmoothQuant's s, from the two maxima, without a search.

fails: test_the_search_is_never_worse_than_no_scale
says: SmoothQuant's s: AWQ's is searched
"""

import numpy as np


def awq_scales(x, w, group_size=128, grid=20):
    act, wmax = np.abs(x).reshape(-1, w.shape[1]).max(axis=0), np.abs(w).max(axis=0)
    act, wmax = (np.where(a == 0, 1, a).astype(np.float64) for a in (act, wmax))
    return np.sqrt(act / wmax).astype(np.float32)
