"""Nothing is added to the diagonal; with few samples the pseudo-inverse hides that H is singular. (AutoGPTQ issue 572)

fails: test_fewer_samples_than_columns_need_damping_times_the_mean_of_the_diagonal
says: no damping
"""

import numpy as np


def gptq_quantize(w, x, group_size=128, damping=0.01):
    w, x = np.array(w, np.float64), np.asarray(x, np.float64).reshape(-1, np.shape(w)[1])
    scale = np.maximum(np.abs(w.reshape(len(w), -1, group_size)).max(2) / 7, 2.0**-24).astype(np.float16)
    q = np.zeros(w.shape, np.int8)
    for j in range(w.shape[1]):
        step = scale[:, j // group_size].astype(np.float64)
        q[:, j] = np.clip(np.rint(w[:, j] / step), -7, 7)
        share = np.linalg.pinv(x[:, j + 1 :]) @ x[:, j]
        w[:, j + 1 :] += np.outer(w[:, j] - q[:, j] * step, share)
    return q, scale
