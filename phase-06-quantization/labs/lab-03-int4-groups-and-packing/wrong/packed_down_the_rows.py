"""Neighbouring rows share a byte instead of neighbouring columns. (vllm PR 48552)

fails: test_the_bytes_are_those_computed_by_hand
says: not neighbouring rows
"""

import numpy as np


def pack_int4(q):
    nibbles = q.astype(np.uint8) & 15
    return nibbles[0::2] | nibbles[1::2] << 4
