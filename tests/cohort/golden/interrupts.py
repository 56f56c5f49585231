"""KeyboardInterrupt from inside must not look like the instructor's Ctrl-C.

verdict: fail
memory_bytes: passed
dequantize: error, raised KeyboardInterrupt
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    raise KeyboardInterrupt
