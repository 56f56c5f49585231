"""The range of float16 weights is taken in float16, where 60000 - -60000 is inf.

fails: test_a_range_beyond_float16_counts_as_long_as_its_scale_fits
says: is the range taken in float16
"""

import numpy as np


def quantize_groupwise_asymmetric(w, group_size=128):
    groups = np.asarray(w).reshape(len(w), -1, group_size)
    low, high = np.minimum(groups.min(2), 0), np.maximum(groups.max(2), 0)
    scale = np.maximum((high - low) / 15, 2.0**-24).astype(np.float16)
    step = scale.astype(np.float64)
    zero_point = np.clip(np.rint(-low / step), 0, 15).astype(np.uint8)
    q = np.clip(np.rint(groups / step[:, :, None]) + zero_point[:, :, None], 0, 15)
    return q.astype(np.uint8).reshape(w.shape), scale, zero_point
