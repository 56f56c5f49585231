"""The activations are multiplied and the weights divided. (vllm PR 36297 review, modular issue 6600)

fails: test_activations_are_divided_and_weights_multiplied
says: x * s: the activations are divided
"""

import numpy as np


def smooth(x, w, s):
    return (x * s).astype(np.float32), (w / s).astype(np.float32)
