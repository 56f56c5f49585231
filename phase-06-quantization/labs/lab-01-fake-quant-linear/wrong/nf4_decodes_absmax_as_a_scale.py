"""(code - 8) * absmax: the codes are taken for integers and absmax for a scale.

fails: test_an_nf4_code_is_a_value_of_the_table_times_its_blocks_absmax
says: as if absmax were a scale
"""

import numpy as np


def dequantize_nf4(codes, absmax, shape):
    if codes.size != shape[0] * shape[1]:
        raise ValueError("shape does not fit codes")
    absmax = np.asarray(absmax, np.float32)
    return ((codes.astype(np.float32) - 8).reshape(len(absmax), -1) * absmax[:, None]).reshape(shape)
