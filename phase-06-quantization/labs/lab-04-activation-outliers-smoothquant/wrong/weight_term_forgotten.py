"""s is the activations' loudness alone; the error still drops sixfold at 80 times outliers.

fails: test_s_is_activation_loudness_over_weight_loudness_channel_by_channel
says: the weight term forgotten
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    return np.maximum(act_absmax**alpha, 1e-5).astype(np.float32)
