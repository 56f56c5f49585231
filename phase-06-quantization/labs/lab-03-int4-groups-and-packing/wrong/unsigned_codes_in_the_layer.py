"""The layer reads the nibbles as 0 to 15 and forgets their sign.

fails: test_the_layer_is_x_times_the_unpacked_weight_transposed_plus_bias
says: no sign extension at unpacking
"""

import numpy as np


def int4_linear(x, packed, scale, bias=None):
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1)
    w = nibbles * np.repeat(scale.astype(np.float32), nibbles.shape[1] // scale.shape[1], axis=1)
    y = x.astype(np.float32) @ w.T
    return y if bias is None else y + bias.astype(np.float32)
