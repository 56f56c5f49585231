"""Wants 100 GB at once.

verdict: fail
memory_bytes: passed
dequantize: error, MemoryError
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return bytearray(100 * 2**30)
