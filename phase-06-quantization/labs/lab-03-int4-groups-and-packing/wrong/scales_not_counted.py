"""Four bits a weight are counted and the scales of the groups forgotten.

fails: test_packed_codes_and_scales_are_both_counted
says: the scales left out
"""


def memory_bytes_int4(packed, scale):
    return packed.nbytes
