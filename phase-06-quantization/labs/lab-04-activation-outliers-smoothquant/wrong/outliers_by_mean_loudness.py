"""A channel's loudness is taken as its mean magnitude, which misses a channel that spikes once.

fails: test_channels_louder_than_factor_times_the_median_are_found_in_order
says: mean|x| for max|x|
"""

import numpy as np


def outlier_channels(x, factor=20.0):
    loudness = np.abs(x).reshape(-1, x.shape[-1]).mean(axis=0)
    return np.flatnonzero(loudness > factor * np.median(loudness))
