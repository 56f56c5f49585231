"""Each token gets its own scale: a good format, which vLLM serves, but not the one asked for.

fails: test_the_layer_is_the_product_of_codes_rescaled_plus_bias
says: one activation scale a token
"""

import numpy as np


def w8a8_linear(x, w, bias=None):
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    x_scale = np.abs(x).max(axis=-1, keepdims=True) / 127
    w_scale = np.abs(w).max(axis=1) / 127
    w_scale[w_scale == 0] = 1.0
    x_scale = np.where(x_scale == 0, 1, x_scale)
    x_q, w_q = np.rint(x / x_scale), np.rint(w / w_scale[:, None])
    y = (x_q @ w_q.T) * x_scale * w_scale
    return (y if bias is None else y + bias).astype(np.float32)
