"""The last block is filled up with zeros instead of being refused.

fails: test_nf4_refuses_what_blocks_do_not_divide_and_bad_weights
says: the last one would not be whole
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
    size = w.size
    w = np.pad(w.ravel(), (0, -size % block_size))
    blocks = w.reshape(-1, block_size).astype(np.float64)
    absmax = np.abs(blocks).max(axis=1)
    x = blocks / np.where(absmax == 0, 1, absmax)[:, None]
    codes = np.searchsorted((NF4[1:] + NF4[:-1]) / 2, x)
    return codes.ravel()[:size].astype(np.uint8), absmax.astype(np.float32)
