"""One function is not there, another is misspelt.

verdict: fail
memory_bytes: passed
dequantize: failed, is the name misspelt
quant_linear: failed, was it removed or renamed
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantise(q, scale):
    return q * scale
