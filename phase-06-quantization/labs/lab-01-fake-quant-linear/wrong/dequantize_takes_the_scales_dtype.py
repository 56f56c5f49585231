"""A float64 scale makes float64 weights: twice the bytes, without anyone asking.

fails: test_a_float64_scale_still_gives_float32
says: is the last step an .astype(np.float32)?
"""

import numpy as np


def dequantize(q, scale):
    return q.astype(np.float32) * np.asarray(scale)[..., None]
