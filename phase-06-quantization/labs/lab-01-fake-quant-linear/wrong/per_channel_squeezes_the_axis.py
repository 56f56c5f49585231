"""squeeze() after keepdims also removes the row axis of a weight with one row.

fails: test_one_row_or_one_column_keeps_its_axis
says: Is an axis of length 1 squeezed away?
"""

import numpy as np


def quantize_per_channel(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = (np.abs(w).max(axis=1, keepdims=True) / qmax).astype(np.float32)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8), scale.squeeze()
