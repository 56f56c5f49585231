"""A group size that does not divide the columns is accepted, the last group being shorter. (vllm 21695, auto-round 643)

fails: test_groupwise_refuses_a_group_size_that_does_not_divide_the_columns
says: it must be a positive divisor
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    starts = range(0, w.shape[1], group_size)
    parts = [w[:, start : start + group_size] for start in starts]
    scale = np.stack([np.abs(part).max(axis=1) / 7 for part in parts], axis=1)
    scale = np.maximum(scale, 2.0**-24).astype(np.float16)
    codes = [np.rint(part / scale[:, [k]].astype(np.float32)) for k, part in enumerate(parts)]
    return np.clip(np.hstack(codes), -7, 7).astype(np.int8), scale
