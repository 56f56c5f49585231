"""Tokens that hold an outlier are computed in float, which is nearly all of them: rows for columns.

fails: test_outlier_columns_are_computed_in_float_and_the_rest_on_codes
says: tokens that hold an outlier in float
"""

import numpy as np


def llm_int8_linear(x, w, threshold=6.0):
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    outlier = (np.abs(x) >= threshold).any(axis=-1, keepdims=True)
    rest = np.where(outlier, 0, x)
    x_scale = np.abs(rest).max(axis=-1, keepdims=True) / 127
    w_scale = np.abs(w).max(axis=1) / 127
    x_scale, w_scale = np.where(x_scale == 0, 1, x_scale), np.where(w_scale == 0, 1, w_scale)
    x_q, w_q = np.clip(np.rint(rest / x_scale), -127, 127), np.rint(w / w_scale[:, None])
    return ((x_q @ w_q.T) * x_scale * w_scale + (x - rest) @ w.T).astype(np.float32)
