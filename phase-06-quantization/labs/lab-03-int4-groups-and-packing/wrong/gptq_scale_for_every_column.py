"""The scale is found anew for each column from the weights as updated, and the stored one is another.

fails: test_the_output_stays_nearer_on_held_out_correlated_inputs
says: the scale recomputed at every column
"""

import numpy as np


def gptq_quantize(w, x, group_size=128, damping=0.01):
    w, x = np.array(w, np.float64), np.asarray(x, np.float64).reshape(-1, np.shape(w)[1])
    h = x.T @ x
    h += damping * np.diag(h).mean() * np.eye(len(h))
    u = np.linalg.cholesky(np.linalg.inv(h)).T
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(2) / 7, 2.0**-24).astype(np.float16)
    q = np.zeros(w.shape, np.int8)
    for j in range(w.shape[1]):
        first = j // group_size * group_size
        step = np.abs(w[:, first : first + group_size]).max(1) / 7
        q[:, j] = np.clip(np.rint(w[:, j] / step), -7, 7)
        error = (w[:, j] - q[:, j] * step) / u[j, j]
        w[:, j + 1 :] -= np.outer(error, u[j, j + 1 :])
    return q, scale
