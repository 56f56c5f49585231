""">= counts a channel that is exactly factor times the median, and every channel of silence.

fails: test_exactly_factor_times_the_median_is_not_louder
says: >= for >
"""

import numpy as np


def outlier_channels(x, factor=20.0):
    loudness = np.abs(x).reshape(-1, x.shape[-1]).max(axis=0)
    return np.flatnonzero(loudness >= factor * np.median(loudness))
