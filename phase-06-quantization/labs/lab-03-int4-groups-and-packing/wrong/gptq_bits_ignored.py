"""Four bits whatever is asked: the argument `bits` is there and not used.

fails: test_gptq_takes_its_grid_from_bits
says: is `bits` used?
"""

import numpy as np


def gptq_quantize(w, x, group_size=128, damping=0.01, bits=4):
    w, x = np.array(w, np.float64), np.asarray(x, np.float64).reshape(-1, np.shape(w)[1])
    h = x.T @ x
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
