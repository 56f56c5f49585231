"""NaN where numbers should be.

verdict: fail
memory_bytes: passed
dequantize: failed, is nan
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return np.full(q.shape, np.nan, np.float32)
