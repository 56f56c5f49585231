"""int8 reaches -128, so the scale is taken as max|w| / 128. (IntelLabs/distiller PR 463, onnxruntime PR 10170)

fails: test_the_scale_is_the_largest_magnitude_over_qmax
says: max|w| / 128: int8 has 128 negative codes
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / (qmax + 1))
    scale = np.where(scale == 0, np.float32(1), scale)
    return np.clip(np.rint(w / scale), -128, 127).astype(np.int8), scale
