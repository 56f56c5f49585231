"""int8 codes read as uint8: -1 becomes 255.

fails: test_one_scale_multiplies_every_code
says: codes read as unsigned
"""

import numpy as np


def dequantize(q, scale):
    return q.view(np.uint8).astype(np.float32) * np.asarray(scale, np.float32)[..., None]
