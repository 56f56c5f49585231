"""alpha goes to the weights and 1 - alpha to the activations; at 0.5 nobody notices.

fails: test_alpha_shares_the_loudness_between_the_two
says: alpha and 1 - alpha changed over
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    return np.maximum(act_absmax ** (1 - alpha) / np.abs(w).max(axis=0) ** alpha, 1e-5).astype(np.float32)
