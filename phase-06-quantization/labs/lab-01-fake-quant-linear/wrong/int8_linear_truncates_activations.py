"""Activations are cast to int8 without rounding. (vllm-project/tpu-inference PR 1929)

fails: test_codes_of_tokens_times_codes_of_the_weight_times_both_scales
says: truncation: x / x_scale cast to int8 without rounding
"""

import numpy as np


def int8_linear(x, q, scale, bias=None):
    x = np.asarray(x, np.float64)
    x_scale = np.abs(x).max(-1, keepdims=True) / 127
    x_scale[x_scale == 0] = 1
    x_q = np.clip(np.trunc(x / x_scale), -127, 127)
    y = (x_q @ q.T.astype(np.float64)) * x_scale * scale
    return (y if bias is None else y + bias).astype(np.float32)
