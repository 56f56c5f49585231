"""Signed words are shifted down, and the sign's bits are not masked away.

fails: test_gptq_codes_are_those_read_by_hand
says: q[0, 0]
"""

import numpy as np


def unpack_gptq(words):
    stored = words.T[:, :, None] >> np.arange(0, 32, 4)
    return (stored - 8).reshape(words.shape[1], -1).astype(np.int8)
