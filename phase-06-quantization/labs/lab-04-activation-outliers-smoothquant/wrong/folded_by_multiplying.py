"""The norm's gain is multiplied by s, where its output has to be divided. (vllm PR 36297 review)

fails: test_the_gain_is_divided_by_s
says: gain * s: the norm's output is what is divided by s
"""

import numpy as np


def fold_into_norm(gain, s):
    return (gain * s).astype(np.float32)
