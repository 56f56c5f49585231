"""Divided by the norm of the approximation: an approximation by zeros then has an infinite error.

fails: test_relative_error_is_the_norm_of_the_difference_over_the_norm_of_the_reference
says: the reference is the yardstick
"""

import numpy as np


def relative_error(reference, approximation):
    return float(np.linalg.norm(reference - approximation) / np.linalg.norm(approximation))
