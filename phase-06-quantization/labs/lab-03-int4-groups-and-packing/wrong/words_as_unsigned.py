"""Words come back as uint32: the right bits, another dtype than the file's.

fails: test_compressed_tensors_words_are_those_computed_by_hand
says: words is uint32, expected int32
"""

import numpy as np


def pack_compressed_tensors(q):
    eights = (q.astype(np.int64) + 8).reshape(len(q), -1, 8)
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words
