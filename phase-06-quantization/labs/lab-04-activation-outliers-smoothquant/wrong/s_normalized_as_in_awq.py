"""s is divided by sqrt(max(s) * min(s)), AWQ's normalization; it also divides by zero there. (llm-awq issue 96)

fails: test_s_is_activation_loudness_over_weight_loudness_channel_by_channel
says: as AWQ does: SmoothQuant does not normalize
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    s = np.asarray(act_absmax, np.float64) ** alpha / np.abs(w).max(axis=0) ** (1 - alpha)
    return (s / np.sqrt(s.max() * s.min())).astype(np.float32)
