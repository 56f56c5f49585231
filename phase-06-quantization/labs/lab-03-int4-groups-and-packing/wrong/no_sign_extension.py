"""The nibbles are returned as they are: 8 to 15 are not turned back into -8 to -1. (compressed-tensors PR 518)

fails: test_the_codes_of_bytes_written_by_hand
says: no sign extension
"""

import numpy as np


def unpack_int4(packed):
    return np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1).astype(np.int8)
