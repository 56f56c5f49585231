"""The outliers leave after the scales are found, so that the step is still theirs.

fails: test_outlier_columns_are_computed_in_float_and_the_rest_on_codes
says: a token's scale made with the outliers in it
"""

import numpy as np


def llm_int8_linear(x, w, threshold=6.0):
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    outlier = (np.abs(x) >= threshold).reshape(-1, x.shape[-1]).any(axis=0)
    rest = np.where(outlier, 0, x)
    x_scale = np.abs(x).max(axis=-1, keepdims=True) / 127
    w_scale = np.abs(w).max(axis=1) / 127
    x_scale, w_scale = np.where(x_scale == 0, 1, x_scale), np.where(w_scale == 0, 1, w_scale)
    x_q, w_q = np.clip(np.rint(rest / x_scale), -127, 127), np.rint(w / w_scale[:, None])
    return ((x_q @ w_q.T) * x_scale * w_scale + (x - rest) @ w.T).astype(np.float32)
