"""x is divided by s and w stays as it is: the layer computes something else.

fails: test_activations_are_divided_and_weights_multiplied
says: w untouched: then the product is no longer x @ w.T
"""

import numpy as np


def smooth(x, w, s):
    return (x / s).astype(np.float32), w.astype(np.float32)
