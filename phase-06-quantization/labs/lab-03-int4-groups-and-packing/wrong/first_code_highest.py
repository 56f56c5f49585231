"""The first code is put into the highest nibble, as one reads the hexadecimal word.

fails: test_compressed_tensors_words_are_those_computed_by_hand
says: the first code in the highest nibble
"""

import numpy as np


def pack_compressed_tensors(q):
    eights = (q.astype(np.int64) + 8).reshape(len(q), -1, 8)[:, :, ::-1]
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words.view(np.int32)
