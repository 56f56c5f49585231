"""AWQ's eight channels are packed in their natural order. (llm-awq issue 91)

fails: test_awq_words_are_those_computed_by_hand
says: the codes in their natural order
"""

import numpy as np


def pack_awq(q):
    eights = (q.astype(np.int64) + 8).T.reshape(q.shape[1], -1, 8)
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words.view(np.int32)
