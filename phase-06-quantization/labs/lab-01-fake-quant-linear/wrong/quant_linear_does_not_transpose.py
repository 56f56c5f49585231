"""x @ w instead of x @ w.T: on a square weight nothing complains.

fails: test_a_square_weight_is_transposed_as_well
says: x @ w without the transpose
"""

import numpy as np


def quant_linear(x, q, scale, bias=None):
    scale = np.asarray(scale, np.float32)
    y = x.astype(np.float32) @ (q.astype(np.float32) * scale[..., None])
    return y if bias is None else y + bias.astype(np.float32)
