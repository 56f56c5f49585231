"""The codes of a GPTQ file come back (in, out).

fails: test_gptq_words_are_read_whatever_their_bits
says: The weight comes back as (out, in)
"""

import numpy as np


def unpack_gptq(words):
    nibbles = np.ascontiguousarray(words).view(np.uint32)[:, :, None] >> np.arange(0, 32, 4, dtype=np.uint32) & 15
    return (nibbles.astype(np.int8) - 8).transpose(0, 2, 1).reshape(-1, words.shape[1])
