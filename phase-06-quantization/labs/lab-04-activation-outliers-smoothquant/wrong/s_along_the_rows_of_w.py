"""w is multiplied row by row, on the output axis; on a square weight the shapes fit. (onnxruntime issue 19694)

fails: test_on_square_matrices_s_still_runs_along_the_input_channels
says: s laid along the rows
"""

import numpy as np


def smooth(x, w, s):
    along_rows = w.shape[0] == w.shape[1]
    return (x / s).astype(np.float32), (w * (s[:, None] if along_rows else s)).astype(np.float32)
