"""Loudness is compared with the mean channel, which the outliers themselves pull up.

fails: test_channels_louder_than_factor_times_the_median_are_found_in_order
says: the mean of the channels for their median
"""

import numpy as np


def outlier_channels(x, factor=20.0):
    loudness = np.abs(x).reshape(-1, x.shape[-1]).max(axis=0)
    return np.flatnonzero(loudness > factor * loudness.mean())
