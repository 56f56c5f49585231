"""One scale for all tokens: beside a loud token the quiet ones lose their bits.

fails: test_each_token_has_a_scale_of_its_own
says: one scale for all of x
"""

import numpy as np


def int8_linear(x, q, scale, bias=None):
    x = np.asarray(x, np.float64)
    x_scale = np.full((*x.shape[:-1], 1), np.abs(x).max() / 127)
    x_scale[x_scale == 0] = 1
    x_q = np.clip(np.rint(x / x_scale), -127, 127)
    y = (x_q @ q.T.astype(np.float64)) * x_scale * scale
    return (y if bias is None else y + bias).astype(np.float32)
