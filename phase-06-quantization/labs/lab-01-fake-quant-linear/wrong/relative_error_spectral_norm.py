"""np.linalg.norm(x, 2) of a matrix is its largest singular value, not the root of the sum of squares.

fails: test_relative_error_is_the_norm_of_the_difference_over_the_norm_of_the_reference
says: the spectral norm
"""

import numpy as np


def relative_error(reference, approximation):
    return float(np.linalg.norm(reference - approximation, 2) / np.linalg.norm(reference, 2))
