"""Reads address 0.

verdict: fail
memory_bytes: passed
dequantize: error, crashed the interpreter
"""

import ctypes

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return ctypes.string_at(0)
