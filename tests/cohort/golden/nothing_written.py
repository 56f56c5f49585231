"""A starter handed in as it came.

verdict: fail
memory_bytes: not_written, Lab 01 · exercise 5
dequantize: not_written, is not written yet
"""


def dequantize(q, scale):
    raise NotImplementedError("Lab 01 · exercise 3: dequantize is not written yet")


def memory_bytes(w):
    raise NotImplementedError("Lab 01 · exercise 5: memory_bytes is not written yet")
