"""Plain rounding is returned: the inputs are not looked at.

fails: test_the_output_stays_nearer_on_held_out_correlated_inputs
says: plain rounding
"""

import numpy as np


def gptq_quantize(w, x, group_size=128, damping=0.01):
    groups = np.asarray(w).reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(2) / 7, 2.0**-24).astype(np.float16)
    q = np.clip(np.rint(groups / scale[:, :, None].astype(np.float32)), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
