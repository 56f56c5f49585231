"""A boolean mask is returned where indices are asked for.

fails: test_channels_louder_than_factor_times_the_median_are_found_in_order
says: a mask of booleans
"""

import numpy as np


def outlier_channels(x, factor=20.0):
    loudness = np.abs(x).reshape(-1, x.shape[-1]).max(axis=0)
    return loudness > factor * np.median(loudness)
