"""axis=0 runs down a column; an output channel is a row of (out, in).

fails: test_a_square_matrix_is_measured_by_row
says: one number a column
"""

import numpy as np


def row_relative_error(reference, approximation):
    error = np.linalg.norm(reference - approximation, axis=0)
    return (error / np.linalg.norm(reference, axis=0)).astype(np.float32)
