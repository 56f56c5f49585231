"""One scale for the whole weight, as a fused layer got one for all of its parts. (vllm PR 41021)

fails: test_the_layer_is_the_product_of_codes_rescaled_plus_bias
says: one weight scale for the whole matrix
"""

import numpy as np


def w8a8_linear(x, w, bias=None):
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    x_scale = np.abs(x).max() / 127 or 1.0
    w_scale = np.full(len(w), np.abs(w).max()) / 127
    w_scale[w_scale == 0] = 1.0
    x_q, w_q = np.rint(x / x_scale), np.rint(w / w_scale[:, None])
    y = (x_q @ w_q.T) * x_scale * w_scale
    return (y if bias is None else y + bias).astype(np.float32)
