"""The scale is max / 8, that of a grid with -8, while the codes end at 7. (distiller PR 463, onnxruntime PR 10170)

fails: test_each_group_of_neighbouring_columns_has_its_own_scale
says: max|group| / 8
"""

import numpy as np


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 8, 2.0**-24).astype(np.float16)
    q = np.clip(np.rint(groups / scale.astype(np.float32)[:, :, None]), -7, 7)
    return q.astype(np.int8).reshape(w.shape), scale
