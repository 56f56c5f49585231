"""Codes alone are counted, and int8 seems exactly four times smaller.

fails: test_int8_is_nearly_four_times_smaller_only_when_rows_are_long
says: codes alone are exactly 4 times smaller than float32
"""


def memory_bytes_quant(q, scale):
    return q.nbytes
