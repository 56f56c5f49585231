"""Codes count from the minimum, (w - min) / scale, so that 0 lies between two codes.

fails: test_each_group_has_its_range_its_zero_point_and_its_codes
says: that grid starts at the minimum
"""

import numpy as np


def quantize_groupwise_asymmetric(w, group_size=128):
    groups = np.asarray(w, np.float64).reshape(len(w), -1, group_size)
    low, high = np.minimum(groups.min(2), 0), np.maximum(groups.max(2), 0)
    scale = np.maximum((high - low) / 15, 2.0**-24).astype(np.float16)
    step = scale.astype(np.float64)
    zero_point = np.clip(np.rint(-low / step), 0, 15).astype(np.uint8)
    q = np.clip(np.rint((groups - low[:, :, None]) / step[:, :, None]), 0, 15)
    return q.astype(np.uint8).reshape(w.shape), scale, zero_point
