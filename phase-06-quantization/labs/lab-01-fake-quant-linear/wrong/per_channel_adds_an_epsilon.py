"""1e-8 added to every scale, to be safe, is larger than the scale of a quiet row.

fails: test_quiet_rows_are_not_swallowed_by_an_epsilon
says: is an epsilon added to the scale, or a floor under it?
"""

import numpy as np


def quantize_per_channel(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = (np.abs(w).max(axis=1) / qmax + 1e-8).astype(np.float32)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale[:, None]), -qmax, qmax).astype(np.int8), scale
