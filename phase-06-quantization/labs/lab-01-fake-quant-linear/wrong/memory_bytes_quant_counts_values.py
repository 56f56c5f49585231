"""One byte for each number, codes and scales alike: a float32 scale takes four.

fails: test_codes_and_scales_are_both_counted
says: one byte a scale
"""

import numpy as np


def memory_bytes_quant(q, scale):
    return q.size + np.size(scale)
