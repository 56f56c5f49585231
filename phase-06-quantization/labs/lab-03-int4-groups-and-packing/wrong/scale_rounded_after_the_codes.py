"""The codes are computed with the float32 scale, which is rounded to float16 afterwards. (transformers PR 46763)

fails: test_codes_are_computed_with_the_scale_as_stored
says: the scale from before its rounding to float16
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, 2.0**-24)
    q = np.clip(np.rint(groups / scale[:, :, None]), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale.astype(np.float16)
