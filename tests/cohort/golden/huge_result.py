"""A view of 4 bytes that says it is an array of 4 TB.

verdict: fail
memory_bytes: passed
dequantize: error, more than can be carried
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return np.broadcast_to(np.float32(1), (10**6, 10**6))
