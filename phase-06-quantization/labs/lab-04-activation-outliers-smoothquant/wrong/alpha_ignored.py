"""A square root is taken whatever alpha says.

fails: test_alpha_shares_the_loudness_between_the_two
says: alpha = 0.5 whatever is asked
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    return np.maximum(np.sqrt(act_absmax / np.abs(w).max(axis=0)), 1e-5).astype(np.float32)
