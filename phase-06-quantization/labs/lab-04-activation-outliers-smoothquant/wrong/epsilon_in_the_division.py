"""An epsilon beside s makes x / (s + 1e-6) no longer undo w * s.

fails: test_powers_of_two_change_not_a_single_bit_of_the_products
says: Is an epsilon added to s
"""

import numpy as np


def smooth(x, w, s):
    return (x / (s + 1e-6)).astype(np.float32), (w * s).astype(np.float32)
