"""np.finfo(np.float16).tiny is taken for the smallest float16: it is the smallest normal one, 2**-14.

fails: test_quiet_groups_keep_their_codes_down_to_the_smallest_scales
says: a floor at 2**-14
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, np.finfo(np.float16).tiny).astype(np.float16)
    q = np.clip(np.rint(groups / scale.astype(np.float32)[:, :, None]), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
