"""The file itself never comes to an end.

verdict: timeout
memory_bytes: timeout
dequantize: timeout, reading the file took longer
"""

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


while True:
    pass
