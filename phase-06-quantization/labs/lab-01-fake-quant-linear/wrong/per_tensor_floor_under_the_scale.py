"""A floor of 1e-5 under the scale, as a guard for zero, also wipes out quiet weights.

fails: test_quiet_weights_keep_their_codes
says: Only an exact zero needs a guard
"""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(max(np.abs(w).max() / qmax, 1e-5))
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8), scale
