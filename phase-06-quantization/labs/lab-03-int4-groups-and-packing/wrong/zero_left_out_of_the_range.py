"""The range runs from min to max, and a one-sided group's zero point is no code. (AutoAWQ's quirk)

fails: test_the_range_of_a_one_sided_group_includes_zero
says: without 0 in the range
"""

import numpy as np


def quantize_groupwise_asymmetric(w, group_size=128):
    groups = np.asarray(w, np.float64).reshape(len(w), -1, group_size)
    low, high = groups.min(2), groups.max(2)
    scale = np.maximum((high - low) / 15, 2.0**-24).astype(np.float16)
    step = scale.astype(np.float64)
    zero_point = np.clip(np.rint(-low / step), 0, 15).astype(np.uint8)
    q = np.clip(np.rint(groups / step[:, :, None]) + zero_point[:, :, None], 0, 15)
    return q.astype(np.uint8).reshape(w.shape), scale, zero_point
