"""The reciprocal is taken in float16: it keeps three digits, and overflows for quiet groups.

fails: test_codes_are_computed_with_the_scale_as_stored
says: 1 / scale in float16
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, 2.0**-24).astype(np.float16)
    q = np.clip(np.rint(groups * (1 / scale)[:, :, None]), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
