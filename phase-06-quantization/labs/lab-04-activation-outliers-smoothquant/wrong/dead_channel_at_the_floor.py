"""A dead channel is clamped to 1e-5 like a quiet one, so its weights vanish. (pytorch/ao issue 4713)

fails: test_a_dead_channel_gets_one
says: 1e-5, the floor, where a dead channel should be left alone
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    act, wmax = np.asarray(act_absmax, np.float64), np.abs(w).max(axis=0).astype(np.float64)
    dead = (act == 0) | (wmax == 0)
    s = np.where(dead, 0, np.where(dead, 1, act) ** alpha / np.where(dead, 1, wmax) ** (1 - alpha))
    return np.maximum(s, 1e-5).astype(np.float32)
