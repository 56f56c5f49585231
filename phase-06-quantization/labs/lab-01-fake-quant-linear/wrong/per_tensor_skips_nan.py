"""np.nanmax looks past a NaN, and the broken weight is quantized without a word.

fails: test_per_tensor_refuses_bad_input_by_name
says: was accepted; expected a ValueError that names w
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.nanmax(np.abs(w)) / qmax)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.nan_to_num(np.clip(np.rint(w / scale), -qmax, qmax)).astype(np.int8), scale
