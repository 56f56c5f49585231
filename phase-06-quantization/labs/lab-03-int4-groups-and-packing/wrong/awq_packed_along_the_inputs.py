"""AWQ's words are packed along a row, as GPTQ packs. (vllm PR 48552)

fails: test_awq_words_hold_eight_outputs_of_an_input_in_awqs_order
says: That is the shape of pack_compressed_tensors
"""

import numpy as np


def pack_awq(q):
    eights = (q.astype(np.int64) + 8).reshape(len(q), -1, 8)[:, :, [0, 2, 4, 6, 1, 3, 5, 7]]
    words = np.bitwise_or.reduce(eights.astype(np.uint32) << np.arange(0, 32, 4, dtype=np.uint32), axis=2)
    return words.view(np.int32)
