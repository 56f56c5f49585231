"""The zero points, which an asymmetric format stores once a group, are forgotten.

fails: test_zero_points_and_other_scales_are_counted
says: the zero point left out
"""


def bits_per_weight(group_size, scale_bits=16, zero_point_bits=0):
    if group_size < 1:
        raise ValueError("group_size must be positive")
    return 4 + scale_bits / group_size
