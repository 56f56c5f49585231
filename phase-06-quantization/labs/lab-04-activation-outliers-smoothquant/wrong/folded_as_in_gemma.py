"""The gain is taken for one that is stored as gain - 1, as Gemma stores it. (llm-compressor PR 2500)

fails: test_the_gain_is_divided_by_s
says: for norms that store gain - 1, as Gemma
"""

import numpy as np


def fold_into_norm(gain, s):
    return ((1 + gain) / s - 1).astype(np.float32)
