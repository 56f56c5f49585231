"""The Hessian is x @ x.T, which compares samples.

fails: test_inputs_are_compared_by_columns_where_every_size_is_the_same
says: which compares samples
"""

import numpy as np


def gptq_quantize(w, x, group_size=128, damping=0.01):
    w, x = np.array(w, np.float64), np.asarray(x, np.float64).reshape(-1, np.shape(w)[1])
    h = x @ x.T
    h += damping * np.diag(h).mean() * np.eye(len(h))
    u = np.linalg.cholesky(np.linalg.inv(h)).T
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(2) / 7, 2.0**-24).astype(np.float16)
    q = np.zeros(w.shape, np.int8)
    for j in range(w.shape[1]):
        step = scale[:, j // group_size].astype(np.float64)
        q[:, j] = np.clip(np.rint(w[:, j] / step), -7, 7)
        error = (w[:, j] - q[:, j] * step) / u[j, j]
        w[:, j:] -= np.outer(error, u[j, j:])
    return q, scale
