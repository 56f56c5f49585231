"""pytest.exit() from inside must not end the grading.

verdict: fail
memory_bytes: passed
dequantize: error, raised Exit
"""

import numpy as np
import pytest


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    pytest.exit("all is well", returncode=0)
