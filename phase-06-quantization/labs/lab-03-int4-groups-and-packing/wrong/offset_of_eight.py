"""Codes are stored as q + 8 where two's complement is wanted; it round-trips. (the reverse of 1bit-MONSTER PR 572)

fails: test_the_bytes_are_those_computed_by_hand
says: an offset of 8 (q + 8)
"""

import numpy as np


def pack_int4(q):
    stored = (q + 8).astype(np.uint8)
    return stored[:, 0::2] | stored[:, 1::2] << 4


def unpack_int4(packed):
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1)
    return nibbles.astype(np.int8) - np.int8(8)
