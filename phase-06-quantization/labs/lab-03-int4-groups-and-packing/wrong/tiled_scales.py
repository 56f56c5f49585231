"""The scales are tiled over the columns instead of repeated, so that neighbours get different ones.

fails: test_each_code_is_multiplied_by_the_scale_of_its_group
says: the scales tiled
"""

import numpy as np


def dequantize_groupwise(q, scale):
    group_size = q.shape[1] // scale.shape[1]
    return q.astype(np.float32) * np.tile(scale.astype(np.float32), (1, group_size))
