"""Stops its own process, which then neither works nor dies.

Enclosed it is the first process of its own system, and deaf to the signal.


verdict: fail|timeout
memory_bytes: passed
dequantize: failed|timeout
"""

import os
import signal

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    os.kill(os.getpid(), signal.SIGSTOP)
