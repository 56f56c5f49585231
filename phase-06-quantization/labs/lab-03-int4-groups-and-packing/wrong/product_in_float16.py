"""int8 times float16 is float16 in numpy: the product is rounded, or overflows, before it becomes float32.

fails: test_each_code_is_multiplied_by_the_scale_of_its_group
says: the product in float16
"""

import numpy as np


def dequantize_groupwise(q, scale):
    group_size = q.shape[1] // scale.shape[1]
    return (q * np.repeat(scale, group_size, axis=1)).astype(np.float32)
