"""A group without negatives gets max / 15, as in GPTQ's symmetric quantizer, and is clipped. (IST-DASLab/gptq)

fails: test_groups_with_a_positive_peak_or_no_negative_at_all_use_the_same_formula
says: GPTQ's quirk
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    high, low = np.maximum(groups.max(axis=2), 0), np.minimum(groups.min(axis=2), 0)
    low, high = np.where(low < 0, -np.maximum(high, -low), low), np.where(low < 0, np.maximum(high, -low), high)
    steps = np.where(low < 0, 14, 15)
    scale = np.maximum((high - low) / steps, 2.0**-24).astype(np.float16)
    q = np.clip(np.rint(groups / scale.astype(np.float32)[:, :, None]), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
