"""The norm's gain is replaced by 1 / s instead of divided by s.

fails: test_the_gain_is_divided_by_s
says: the norm's own gain is lost
"""

import numpy as np


def fold_into_norm(gain, s):
    return (1 / s).astype(np.float32)
