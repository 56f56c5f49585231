"""A bias of one value, or of shape (1, out), is broadcast without a word.

fails: test_arguments_that_do_not_fit_are_refused_by_name
says: it must be (
"""

import numpy as np


def quant_linear(x, q, scale, bias=None):
    scale = np.asarray(scale, np.float32)
    if q.ndim != 2 or np.shape(x)[-1:] != q.shape[1:]:
        raise ValueError("x and q do not fit")
    y = x.astype(np.float32) @ (q.astype(np.float32) * scale[..., None]).T
    if bias is None:
        return y
    if bias.size not in (1, len(q)):
        raise ValueError("bias does not fit")
    return y + bias.reshape(-1).astype(np.float32)
