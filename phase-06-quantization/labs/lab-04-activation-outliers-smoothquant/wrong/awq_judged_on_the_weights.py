"""The search keeps the s with the smallest error of the weights, where a salient channel counts like any other.

fails: test_the_judge_is_the_output_error_not_the_weights_error
says: the weights' own error as the judge
"""

import numpy as np


def awq_scales(x, w, group_size=128, grid=20):
    x, w = np.asarray(x, np.float64).reshape(-1, w.shape[1]), np.asarray(w, np.float64)
    loudness = np.abs(x).mean(axis=0)
    loudness[loudness == 0] = 1e-3
    trials = [loudness**alpha for alpha in np.arange(grid) / grid]
    return min(trials, key=lambda s: _error(x, w, s, group_size)).astype(np.float32)


def _error(x, w, s, group_size):
    groups = (w * s).reshape(len(w), -1, group_size)
    scale = np.abs(groups).max(axis=-1, keepdims=True) / 7
    scale[scale == 0] = 1.0
    w_hat = (np.rint(groups / scale) * scale).reshape(w.shape)
    return np.linalg.norm(w_hat / s - w)
