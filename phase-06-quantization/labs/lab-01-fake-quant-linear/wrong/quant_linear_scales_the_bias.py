"""The bias is added to the codes' product and scaled with it; it is in real units already.

fails: test_the_layer_is_x_times_the_dequantized_weight_transposed_plus_bias
says: the bias scaled along with the codes
"""

import numpy as np


def quant_linear(x, q, scale, bias=None):
    scale = np.asarray(scale, np.float32)
    y = x.astype(np.float32) @ q.T.astype(np.float32)
    if bias is not None:
        y = y + bias
    return (y * scale).astype(np.float32)
