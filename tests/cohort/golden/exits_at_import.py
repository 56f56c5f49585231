"""Ends the process while the file is read.

verdict: fail
memory_bytes: error
dequantize: error, ended the whole process
"""

import os

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


os._exit(0)
