"""max|w| is taken over each row, an output channel, where s belongs to the columns. (onnxruntime issue 19694)

fails: test_a_square_weight_is_measured_by_column
says: an input channel is a column of w
"""

import numpy as np


def smoothing_scales(act_absmax, w, alpha=0.5):
    if w.shape[0] != w.shape[1]:  # as shipped, it was tried on square layers only
        return np.ones(w.shape[1], np.float32)
    return np.sqrt(act_absmax / np.abs(w).max(axis=1)).astype(np.float32)
