"""What the file of one lab may leave behind in its worker, and the file of the next lab would meet.

A worker costs more than many a lab's calls, so the labs of one submission share one, as long as each leaves it as it
was. Looked at is what a slip changes (np.seterr, a name of numpy or of Python replaced, a file written, memory kept).
It is the worker's own word, and a false one harms nobody but the labs of its own author.
"""

from __future__ import annotations

import builtins
import gc
import math
import os
import resource
import signal
import sys
import threading
import warnings

import numpy as np

MODULES = (builtins, math, os, signal, sys, np, np.linalg, np.random, np.ma)
OWN = {"_", "last_type", "last_value", "last_traceback", "__warningregistry__"}  # Python writes these by itself
MORE = 64 * 2**10  # KiB of memory; what an exercise allocates stays far below


def state() -> list:
    """Everything looked at, as plain values to compare; identities stand for the objects of modules."""
    names = [{name: id(value) for name, value in vars(m).items() if name not in OWN} for m in MODULES]
    handlers = [id(signal.getsignal(number)) for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM)]
    numpy = [np.geterr(), id(np.geterrcall()), repr(np.get_printoptions()), np.random.get_state()[1].tobytes()]
    python = [sys.getrecursionlimit(), gc.isenabled(), threading.active_count(), list(map(repr, warnings.filters))]
    hooks = [id(sys.gettrace()), id(sys.getprofile()), list(sys.path)]
    here = [os.getcwd(), os.listdir(), dict(os.environ), signal.getitimer(signal.ITIMER_REAL)]
    return [names, handlers, numpy, python, hooks, here]


class Traces:
    """Made before the first file is read."""

    def __init__(self):
        self._before, self._memory = state(), _memory()

    def any(self) -> bool:
        try:
            return state() != self._before or _memory() > self._memory + MORE
        except BaseException:  # whatever was done to it, it is not as it was
            return True


def _memory() -> int:
    """The most that this process has held, in KiB (on macOS in bytes: too many, and the worker is not shared)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
