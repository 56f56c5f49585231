"""The even column is put into the high nibble, as torchao does on CUDA; it round-trips. (llm-awq 91)

fails: test_the_bytes_are_those_computed_by_hand
says: the nibbles swapped
"""

import numpy as np


def pack_int4(q):
    nibbles = q.astype(np.uint8) & 15
    return nibbles[:, 0::2] << 4 | nibbles[:, 1::2]


def unpack_int4(packed):
    nibbles = np.stack([packed >> 4, packed & 15], axis=-1).reshape(len(packed), -1).astype(np.int8)
    return np.where(nibbles > 7, nibbles - 16, nibbles).astype(np.int8)
