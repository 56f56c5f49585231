"""GPTQ's words are packed along the outputs, as AWQ's are. (the reverse of vllm PR 48552)

fails: test_a_square_is_packed_as_gptq_does
says: the codes transposed before packing
"""

import numpy as np


def pack_gptq(q):
    eights = (q.astype(np.int64) + 8).T.reshape(q.shape[1], -1, 8)
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words.view(np.int32).T
