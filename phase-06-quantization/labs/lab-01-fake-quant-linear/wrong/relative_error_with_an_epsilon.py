"""An epsilon below avoids 0 / 0, and measures quiet tensors wrongly.

fails: test_a_quiet_reference_is_measured_like_a_loud_one
says: is an epsilon added
"""

import numpy as np


def relative_error(reference, approximation):
    return float(np.linalg.norm(reference - approximation) / (np.linalg.norm(reference) + 1e-12))
