"""Calibration records the mean magnitude, which the quantizer's scale does not depend on.

fails: test_each_channel_gives_the_loudest_magnitude_over_its_tokens
says: mean|x|: the scale must hold the loudest value
"""

import numpy as np


def channel_absmax(x):
    return np.abs(x).mean(axis=tuple(range(x.ndim - 1))).astype(np.float32)
