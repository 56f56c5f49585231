"""alpha is 0.5, as in SmoothQuant; nothing is searched. (lmdeploy issue 381)

fails: test_the_judge_is_the_output_error_not_the_weights_error
says: alpha = 0.5, without a search
"""

import numpy as np


def awq_scales(x, w, group_size=128, grid=20):
    loudness = np.abs(np.asarray(x, np.float64)).reshape(-1, w.shape[1]).mean(axis=0)
    return np.sqrt(np.where(loudness == 0, 1.0, loudness)).astype(np.float32)
