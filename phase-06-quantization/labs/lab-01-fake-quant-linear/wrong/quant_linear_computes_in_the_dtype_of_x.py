"""With float16 activations the whole product runs in float16, whose sums keep three digits.

fails: test_other_float_inputs_give_float32_computed_in_float32
says: Is the product computed in float16?
"""

import numpy as np


def quant_linear(x, q, scale, bias=None):
    scale = np.asarray(scale, np.float32)
    w = (q.astype(np.float32) * scale[..., None]).astype(x.dtype)
    y = x @ w.T
    return (y if bias is None else y + bias).astype(np.float32)
