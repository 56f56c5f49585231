"""What may be read of a submission: one plain file, no link, no pipe, no longer than a person writes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MAX_SOURCE = 1_000_000  # bytes of one file; the longest solution of this course has 25,000
MAX_FILES = 20_000  # looked at in one submission


class Unreadable(Exception):
    """A submission that cannot be read; the message is for its author."""


def read_file(path: Path) -> bytes:
    """A regular file and nothing else: a link could lead to the solutions, a pipe never ends."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        if path.is_symlink():
            raise Unreadable(f"{path.name} is a link, not a file: hand in the file itself") from None
        raise
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable(f"{path.name} is not a plain file: hand in the file itself")
        return limited(file.read(MAX_SOURCE + 1), path.name)


def limited(source: bytes, name: str) -> bytes:
    """`source`, if it is no longer than a submission may be."""
    if len(source) > MAX_SOURCE:
        raise Unreadable(f"{name} is larger than {MAX_SOURCE // 1000} kB: is it the file you meant to hand in?")
    return source
