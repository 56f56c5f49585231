"""int8 codes multiplied as int8 are summed in int8, and wrap. (sentence-transformers PR 3847 wraps a code)

fails: test_long_sums_of_large_codes_do_not_wrap
says: sums that wrapped in int8
"""

import numpy as np


def w8a8_linear(x, w, bias=None):
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    x_scale = np.abs(x).max() / 127 or 1.0
    w_scale = np.abs(w).max(axis=1) / 127
    w_scale[w_scale == 0] = 1.0
    x_q, w_q = np.rint(x / x_scale), np.rint(w / w_scale[:, None])
    y = (x_q.astype(np.int8) @ w_q.astype(np.int8).T) * x_scale * w_scale
    return (y if bias is None else y + bias).astype(np.float32)
