"""The scales are laid out (groups, out), as GPTQ's checkpoints hold them.

fails: test_each_group_of_neighbouring_columns_has_its_own_scale
says: That is GPTQ's layout
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, 2.0**-24).astype(np.float16)
    q = np.clip(np.rint(groups / scale.astype(np.float32)[:, :, None]), -7, 7)
    return q.astype(np.int8).reshape(w.shape), np.ascontiguousarray(scale.T)
