"""Tries to write into the course: a test that always passes.

verdict: fail
memory_bytes: passed
dequantize: failed
"""

import pathlib
import sys

import numpy as np


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w")
    return w.nbytes


def dequantize(q, scale):
    for top in [*map(pathlib.Path, sys.path), pathlib.Path.cwd()]:
        for path in [*top.glob("phase-*/labs/lab-01*/test_lab.py"), *top.glob("labkit/grading/check.py")]:
            try:
                path.write_text("def test_all(): pass\n")
            except OSError:
                pass
    return np.zeros(q.shape, np.float32)
