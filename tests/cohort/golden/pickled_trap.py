"""An object that runs code in whoever unpickles it.

verdict: fail
memory_bytes: passed
dequantize: failed, not a numpy array
"""

import os

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


class _Trap:
    def __reduce__(self):
        return os.system, ("touch /tmp/lab-golden-trap",)


def dequantize(q, scale):
    return _Trap()
