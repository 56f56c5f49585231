"""Words hold two's complement nibbles where the formats store code + 8. (1bit-MONSTER PR 572)

fails: test_compressed_tensors_words_are_those_computed_by_hand
says: two's complement
"""

import numpy as np


def pack_compressed_tensors(q):
    eights = (q.astype(np.int64) & 15).reshape(len(q), -1, 8)
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words.view(np.int32)
