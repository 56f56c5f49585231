"""reshape(-1, in) makes a matrix of any x, and the leading axes are never put back.

fails: test_any_number_of_leading_axes_is_kept
says: Only the last axis of x is the layer's
"""

import numpy as np


def quant_linear(x, q, scale, bias=None):
    scale = np.asarray(scale, np.float32)
    w = q.astype(np.float32) * scale[..., None]
    y = x.reshape(-1, w.shape[1]).astype(np.float32) @ w.T
    return y if bias is None else y + bias.astype(np.float32)
