"""Ends the process with exit code 0 in the middle of a call.

verdict: fail
memory_bytes: passed
dequantize: error, ended the whole process
"""

import os

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    os._exit(0)
