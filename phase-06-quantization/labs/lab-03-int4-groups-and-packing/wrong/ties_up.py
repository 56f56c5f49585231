"""floor(x + 0.5) is taken for rounding half to even.

fails: test_ties_go_to_the_even_code_in_int4_too
says: floor(x + 0.5), which pushes every tie up
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, 2.0**-24).astype(np.float16)
    q = np.clip(np.floor(groups / scale.astype(np.float32)[:, :, None] + 0.5), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
