"""The codes are used as if they were the weights.

fails: test_the_layer_is_x_times_the_dequantized_weight_transposed_plus_bias
says: the scale left out
"""

import numpy as np


def quant_linear(x, q, scale, bias=None):
    scale = np.asarray(scale, np.float32)
    y = x.astype(np.float32) @ q.T.astype(np.float32)
    return y if bias is None else y + bias.astype(np.float32)
