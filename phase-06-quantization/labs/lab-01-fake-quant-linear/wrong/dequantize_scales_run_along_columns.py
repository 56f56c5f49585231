"""q * scale with a scale (out,) multiplies column j by scale[j]; on a square weight nothing complains.

fails: test_on_a_square_weight_the_scales_still_run_along_the_rows
says: the scales laid along the columns
"""

import numpy as np


def dequantize(q, scale):
    return q.astype(np.float32) * np.asarray(scale, np.float32)
