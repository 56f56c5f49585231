"""A loop without a way out in C: no signal interrupts it.

verdict: timeout
memory_bytes: passed
dequantize: timeout
"""

import itertools

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return sum(itertools.repeat(0))
