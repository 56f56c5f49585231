"""Each row's error over the norm of the whole matrix: the quiet rows are hidden once more.

fails: test_each_row_is_measured_against_its_own_norm
says: then loud rows hide quiet ones again
"""

import numpy as np


def row_relative_error(reference, approximation):
    error = np.linalg.norm(reference - approximation, axis=1)
    return (error / np.linalg.norm(reference)).astype(np.float32)
