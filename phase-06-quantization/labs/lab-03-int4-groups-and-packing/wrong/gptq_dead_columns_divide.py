"""Columns are normalized by their loudness, and dead ones divide 0 by 0. (AutoGPTQ issue 708)

fails: test_columns_that_are_never_active_harm_no_other
says: 0 / 0: a column that is never active
"""

import numpy as np


def gptq_quantize(w, x, group_size=128, damping=0.01):
    w, x = np.array(w, np.float64), np.asarray(x, np.float64).reshape(-1, np.shape(w)[1])
    loud = np.sqrt((x**2).mean(0))
    with np.errstate(all="ignore"):
        x = x / loud
    h = x.T @ x
    h += damping * np.diag(h).mean() * np.eye(len(h))
    u = np.linalg.cholesky(np.linalg.inv(h)).T * loud
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(2) / 7, 2.0**-24).astype(np.float16)
    q = np.zeros(w.shape, np.int8)
    for j in range(w.shape[1]):
        step = scale[:, j // group_size].astype(np.float64)
        q[:, j] = np.clip(np.rint(w[:, j] / step), -7, 7)
        error = (w[:, j] - q[:, j] * step) / u[j, j]
        w[:, j:] -= np.outer(error, u[j, j:])
    return q, scale
