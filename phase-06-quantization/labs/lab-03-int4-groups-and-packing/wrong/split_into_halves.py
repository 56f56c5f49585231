"""A byte holds columns j and j + in/2, as GGUF's Q4_0 blocks do; it round-trips. (the reverse of kekzl/imp PR 722)

fails: test_the_bytes_are_those_computed_by_hand
says: the first half of the columns low and the second half high
"""

import numpy as np


def pack_int4(q):
    nibbles, half = q.astype(np.uint8) & 15, q.shape[1] // 2
    return nibbles[:, :half] | nibbles[:, half:] << 4


def unpack_int4(packed):
    nibbles = np.hstack([packed & 15, packed >> 4]).astype(np.int8)
    return np.where(nibbles > 7, nibbles - 16, nibbles).astype(np.int8)
