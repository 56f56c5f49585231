"""Code 0 is given to +1.

fails: test_nf4_codes_are_the_nearest_of_the_sixteen_values
says: the codes in reverse
"""

import numpy as np

NF4 = np.array(
    [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
     -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634,
     0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0],
    np.float32,
)  # fmt: skip


def quantize_nf4(w, block_size=64):
    w = np.asarray(w)
    if w.size % block_size:
        raise ValueError("block_size does not divide w")
    blocks = w.reshape(-1, block_size).astype(np.float64)
    absmax = np.abs(blocks).max(axis=1)
    x = blocks / np.where(absmax == 0, 1, absmax)[:, None]
    codes = np.searchsorted((NF4[1:] + NF4[:-1]) / 2, x)
    return 15 - codes.ravel().astype(np.uint8), absmax.astype(np.float32)
