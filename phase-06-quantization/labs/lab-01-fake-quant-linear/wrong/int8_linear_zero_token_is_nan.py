"""A padded token is all zero, and 0 / 0 is NaN. (unslothai/unsloth PR 8008)

fails: test_a_token_of_zeros_gives_the_bias_and_a_quiet_one_is_heard
says: Token 1 is all zero
"""

import numpy as np


def int8_linear(x, q, scale, bias=None):
    x = np.asarray(x, np.float64)
    x_scale = np.abs(x).max(-1, keepdims=True) / 127
    x_q = np.clip(np.rint(x / x_scale), -127, 127)
    y = (x_q @ q.T.astype(np.float64)) * x_scale * scale
    return (y if bias is None else y + bias).astype(np.float32)
