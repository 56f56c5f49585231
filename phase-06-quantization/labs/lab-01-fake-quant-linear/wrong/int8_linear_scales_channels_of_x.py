"""The maximum of x runs over the tokens: that is one scale an input channel.

fails: test_each_token_has_a_scale_of_its_own
says: one scale an input channel
"""

import numpy as np


def int8_linear(x, q, scale, bias=None):
    x = np.asarray(x, np.float64)
    x_scale = np.abs(x).reshape(-1, x.shape[-1]).max(0) / 127
    x_scale[x_scale == 0] = 1
    x_q = np.clip(np.rint(x / x_scale), -127, 127)
    y = (x_q * x_scale) @ q.T.astype(np.float64) * scale
    return (y if bias is None else y + bias).astype(np.float32)
