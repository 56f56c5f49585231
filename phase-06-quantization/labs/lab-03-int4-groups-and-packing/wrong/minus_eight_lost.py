"""The sign test is > 8 where it must be > 7, so the code -8 comes back as 8.

fails: test_the_codes_of_bytes_written_by_hand
says: 8 read as +8
"""

import numpy as np


def unpack_int4(packed):
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1).astype(np.int8)
    return np.where(nibbles > 8, nibbles - 16, nibbles).astype(np.int8)
