"""Only the outlier channels are scaled, by the root of their loudness; the rest are left at 1.

fails: test_s_is_activation_loudness_over_weight_loudness_channel_by_channel
says: outlier channels scaled by hand, by the root of their loudness
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    loud = act_absmax > 20 * np.median(act_absmax)
    return np.where(loud, np.sqrt(act_absmax), 1).astype(np.float32)
