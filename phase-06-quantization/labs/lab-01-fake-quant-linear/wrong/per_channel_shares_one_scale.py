"""One maximum for all rows, copied: the quiet rows are rounded to nothing. (as fused q/k/v: vllm PR 41021)

fails: test_a_loud_row_leaves_the_quiet_rows_intact
says: rows were rounded to nothing: whose scale did they get?
"""

import numpy as np


def quantize_per_channel(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = (np.full(len(w), np.abs(w).max() / qmax)).astype(np.float32)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale[:, None]), -qmax, qmax).astype(np.int8), scale
