"""An all-zero group is given the scale 0, by which its reader divides. (pytorch/ao 4713, auto-round 1908)

fails: test_a_zero_group_gives_zeros_beside_groups_that_live
says: Whoever divides by this scale gets NaN
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = (np.abs(groups).max(axis=2) / 7).astype(np.float16)
    with np.errstate(all="ignore"):
        q = np.clip(np.rint(np.nan_to_num(groups / scale.astype(np.float32)[:, :, None])), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
