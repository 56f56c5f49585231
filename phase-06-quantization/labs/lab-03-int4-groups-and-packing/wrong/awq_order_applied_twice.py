"""Reading AWQ applies its order once more instead of undoing it.

fails: test_awq_codes_are_those_read_by_hand
says: AWQ's order applied a second time
"""

import numpy as np


def unpack_awq(words):
    nibbles = np.ascontiguousarray(words).view(np.uint32)[:, :, None] >> np.arange(0, 32, 4, dtype=np.uint32) & 15
    return (nibbles.astype(np.int8) - 8)[:, :, [0, 2, 4, 6, 1, 3, 5, 7]].reshape(len(words), -1).T
