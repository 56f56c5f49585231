"""A loop without a way out, in Python.

verdict: timeout
memory_bytes: passed
dequantize: timeout, is there an endless loop?
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    while True:
        pass
