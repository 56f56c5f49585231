"""The clip is left out, as if a coarse float16 scale could not let w / scale exceed 7. (sentence-transformers PR 3847)

fails: test_codes_stay_in_range_where_the_smallest_scales_are_coarse
says: is there a clip, and is it at -7, not -8?
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, 2.0**-24).astype(np.float16)
    q = np.rint(groups / scale.astype(np.float32)[:, :, None])
    return q.astype(np.int8).reshape(w.shape), scale
