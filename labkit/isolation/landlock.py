"""Landlock: a Linux process gives up what it may read, write and connect to; no privilege is needed for it.

Used where namespaces are not to be had (many containers, Ubuntu's default): https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE, ADD, RESTRICT = 444, 445, 446  # the same on every architecture
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
_HANDLED = {1: 13, 2: 14, 3: 15, 5: 16}  # version of the interface -> how many kinds of access it knows


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("fd", ctypes.c_int32)]


def version() -> int:
    """Of the interface; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(CREATE, None, 0, 1))


def restrict(readable: Iterable[Path], own: Path) -> None:
    """From now on this process reads `readable`, reads and writes `own`, and touches no other file.

    From version 4 on no TCP, from version 6 on no signal to a process outside. Needs PR_SET_NO_NEW_PRIVS.
    """
    libc, known = ctypes.CDLL(None, use_errno=True), version()
    kinds = (1 << max(count for least, count in _HANDLED.items() if least <= known)) - 1
    rules = _Ruleset(kinds, 3 if known >= 4 else 0, 3 if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = _checked(libc.syscall(CREATE, ctypes.byref(rules), size, 0))
    for path in (*readable, own):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if path == own:
            access = kinds & ~(MAKE_CHAR | MAKE_BLOCK)
        elif path.is_dir():
            access = EXECUTE | READ_FILE | READ_DIR
        else:
            access = READ_FILE | (WRITE_FILE if Path("/dev") in path.parents else EXECUTE)
        rule = _Beneath(access, fd)
        _checked(libc.syscall(ADD, ruleset, 1, ctypes.byref(rule), 0))
        os.close(fd)
    _checked(libc.syscall(RESTRICT, ruleset, 0))
    os.close(ruleset)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return result
