"""An exception out of the student's own code.

verdict: fail
memory_bytes: passed
dequantize: error, raised ZeroDivisionError
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    return 1 / 0
