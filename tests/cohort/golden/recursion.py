"""Calls itself without end.

verdict: fail
memory_bytes: passed
dequantize: error, RecursionError
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return dequantize(q, scale)
