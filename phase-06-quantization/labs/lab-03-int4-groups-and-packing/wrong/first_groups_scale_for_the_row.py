"""The layer multiplies each row by its first group's scale, as if there were one scale a row.

fails: test_the_layer_is_x_times_the_unpacked_weight_transposed_plus_bias
says: the first group's scale for the whole row
"""

import numpy as np


def int4_linear(x, packed, scale, bias=None):
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1).astype(np.int8)
    q = np.where(nibbles > 7, nibbles - 16, nibbles)
    y = x.astype(np.float32) @ q.T.astype(np.float32) * scale[:, 0].astype(np.float32)
    return y if bias is None else y + bias.astype(np.float32)
