"""The scale of the first x is kept for all that follow: static where dynamic is asked. (quanto PR 79)

fails: test_the_activation_scale_is_found_anew_at_each_call
says: Dynamic means that the scale is this x's own
"""

import numpy as np


def w8a8_linear(x, w, bias=None):
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    x_scale = _first(np.abs(x).max() / 127 or 1.0)
    w_scale = np.abs(w).max(axis=1) / 127
    w_scale[w_scale == 0] = 1.0
    x_q, w_q = np.rint(x / x_scale), np.rint(w / w_scale[:, None])
    y = (x_q @ w_q.T) * x_scale * w_scale
    return (y if bias is None else y + bias).astype(np.float32)


def _first(scale):
    _kept.append(scale)
    return _kept[0]


_kept = []
