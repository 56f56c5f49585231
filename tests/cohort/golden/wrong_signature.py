"""The signature is no longer the starter's.

verdict: fail
memory_bytes: passed
dequantize: error, Is the signature still the one
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q):
    return q
