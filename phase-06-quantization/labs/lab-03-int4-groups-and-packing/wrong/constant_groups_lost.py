"""A group without a spread, max == min, is taken for a group of zeros.

fails: test_zero_and_constant_groups_keep_their_values
says: constant groups lost
"""

import numpy as np


def quantize_groupwise_asymmetric(w, group_size=128):
    groups = np.asarray(w, np.float64).reshape(len(w), -1, group_size)
    low, high = groups.min(2), groups.max(2)
    low, high = np.where(low == high, 0, np.minimum(low, 0)), np.where(low == high, 0, np.maximum(high, 0))
    scale = np.maximum((high - low) / 15, 2.0**-24).astype(np.float16)
    step = scale.astype(np.float64)
    zero_point = np.clip(np.rint(-low / step), 0, 15).astype(np.uint8)
    q = (low != high)[:, :, None] * np.clip(np.rint(groups / step[:, :, None]) + zero_point[:, :, None], 0, 15)
    return q.astype(np.uint8).reshape(w.shape), scale, zero_point
