"""The reciprocal of s: loud channels become louder. (vllm PR 36297 review, modular issue 6600)

fails: test_s_is_activation_loudness_over_weight_loudness_channel_by_channel
says: 1 / s: the reciprocal
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    return (np.abs(w).max(axis=0) ** (1 - alpha) / act_absmax**alpha).astype(np.float32)
