"""50 MB of output, on both streams and past Python.

verdict: fail
memory_bytes: passed
dequantize: error, printed more than
"""

import os
import sys

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    for _ in range(25):
        print("x" * 1_000_000)
        print("y" * 500_000, file=sys.stderr)
    for _ in range(25):
        os.write(1, b"z" * 500_000)
    return np.zeros(q.shape, np.float32)
