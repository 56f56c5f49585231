"""The weight term takes mean|w| where the quantizer's scale depends on max|w|; the error still drops sixfold.

fails: test_s_is_activation_loudness_over_weight_loudness_channel_by_channel
says: mean|w| for max|w|
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    act, size = np.asarray(act_absmax, np.float64), np.abs(w.astype(np.float64)).mean(axis=0)
    dead = (act == 0) | (size == 0)
    s = np.where(dead, 1, act) ** alpha / np.where(dead, 1, size) ** (1 - alpha)
    return np.maximum(s, 1e-5).astype(np.float32)
