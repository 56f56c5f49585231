"""Scales kept in float16 lose digits, and those of quiet rows become 0. (coremltools 2853)

fails: test_each_row_has_its_own_scale
says: scales that went through float16
"""

import numpy as np


def quantize_per_channel(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = (np.abs(w).max(axis=1) / qmax).astype(np.float16)
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale[:, None]), -qmax, qmax).astype(np.int8), scale.astype(np.float32)
