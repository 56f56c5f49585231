"""Waits for somebody to type.

verdict: fail
memory_bytes: passed
dequantize: error, EOFError
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return float(input("scale? "))
