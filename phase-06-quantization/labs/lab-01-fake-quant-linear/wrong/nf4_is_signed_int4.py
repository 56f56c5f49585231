"""NF4 is taken for int4 with another name: rint(7 x) + 8.

fails: test_nf4_codes_are_the_nearest_of_the_sixteen_values
says: a signed int4, rint(7 x) + 8
"""

import numpy as np


def quantize_nf4(w, block_size=64):
    w = np.asarray(w)
    if w.size % block_size:
        raise ValueError("block_size does not divide w")
    blocks = w.reshape(-1, block_size).astype(np.float64)
    absmax = np.abs(blocks).max(axis=1)
    x = blocks / np.where(absmax == 0, 1, absmax)[:, None]
    codes = np.rint(x * 7) + 8
    return codes.ravel().astype(np.uint8), absmax.astype(np.float32)
