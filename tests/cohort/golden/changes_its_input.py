"""Works in place on what it was given.

verdict: fail
memory_bytes: passed
dequantize: failed, changed its input
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    out = q.astype(np.float32) * np.asarray(scale)[..., None]
    q[:] = 0
    return out
