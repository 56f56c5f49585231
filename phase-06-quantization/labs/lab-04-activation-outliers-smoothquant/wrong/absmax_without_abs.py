"""The maximum is taken without the magnitude, so a channel that peaks below zero looks quiet. (llm-compressor PR 1788)

fails: test_each_channel_gives_the_loudest_magnitude_over_its_tokens
says: max(x) without the magnitude
"""

import numpy as np


def channel_absmax(x):
    if x.ndim == 0 or not np.isfinite(x).all():
        raise ValueError("x must be finite, with a channel axis")
    return x.reshape(-1, x.shape[-1]).max(axis=0).astype(np.float32)
