"""A table rounded to four decimals, as torchao's is.

fails: test_an_nf4_code_is_a_value_of_the_table_times_its_blocks_absmax
says: the table rounded to four decimals
"""

import numpy as np

NF4 = np.array(
    [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
     -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634,
     0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0],
    np.float32,
)  # fmt: skip


def dequantize_nf4(codes, absmax, shape):
    if codes.size != shape[0] * shape[1]:
        raise ValueError("shape does not fit codes")
    absmax = np.asarray(absmax, np.float32)
    return (np.round(NF4, 4)[codes].reshape(len(absmax), -1) * absmax[:, None]).reshape(shape)
