"""The mean of |r - a| / |r| explodes wherever r is close to zero.

fails: test_relative_error_is_the_norm_of_the_difference_over_the_norm_of_the_reference
says: element by element, which explodes near zero
"""

import numpy as np


def relative_error(reference, approximation):
    return float(np.mean(np.abs(reference - approximation) / np.abs(reference)))
