"""Only the first sequence of the batch is looked at: too little calibration. (AutoFP8 issue 24)

fails: test_every_leading_axis_is_reduced
says: the first sequence of the batch only
"""

import numpy as np


def channel_absmax(x):
    x = np.asarray(x)
    while x.ndim > 2:
        x = x[0]
    return np.abs(np.atleast_2d(x)).max(axis=0).astype(np.float32)
