"""Only an exact zero is guarded, before the rounding to float16 makes further zeros. (coremltools 2853)

fails: test_a_scale_that_float16_would_round_to_zero_becomes_the_smallest_float16
says: is the guard applied before the rounding only?
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    absmax = np.abs(groups).max(axis=2)
    scale = np.where(absmax == 0, 1, absmax / 7).astype(np.float16)
    with np.errstate(all="ignore"):
        q = np.clip(np.rint(np.nan_to_num(groups / scale.astype(np.float32)[:, :, None])), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
