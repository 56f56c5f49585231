"""AWQ's codes are packed in the order that undoes AWQ's. (llm-awq issue 91)

fails: test_awq_words_are_those_computed_by_hand
says: the order 0 4 1 5 2 6 3 7, which is the one that undoes AWQ's
"""

import numpy as np


def pack_awq(q):
    eights = (q.astype(np.int64) + 8).T.reshape(q.shape[1], -1, 8)[:, :, [0, 4, 1, 5, 2, 6, 3, 7]]
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words.view(np.int32)
