"""Which files were saved, by asking again and again: no events, which WSL and network folders do not send.

A change of time or size is looked into at once; every second the content itself is compared, for file systems whose
clock is coarse. A file that is being written is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

INTERVAL = 0.05  # seconds between two looks
DEEP = 1.0  # seconds between two comparisons of the content
SETTLE = 0.02  # a file is saved when its content is the same this much later
LONGEST = 1.0  # an empty file is believed after this: an editor empties it before it writes


class Files:
    """The content of some files as last seen."""

    def __init__(self, paths: Iterable[Path]):
        self.paths = list(paths)
        self.stamps = {path: _stamp(path) for path in self.paths}
        self.content = {path: _content(path) for path in self.paths}
        self._deep = time.monotonic()

    def stirred(self) -> bool:
        """Something about a file is not as it was; cheap enough to be asked while something else goes on."""
        return any(_stamp(path) != self.stamps[path] for path in self.paths)

    def saved(self) -> list[Path]:
        """The files whose content is another than last time."""
        deep = time.monotonic() - self._deep >= DEEP
        if deep:
            self._deep = time.monotonic()
        found = []
        for path in self.paths:
            stamp = _stamp(path)
            if not deep and stamp == self.stamps[path]:
                continue
            content = _content(path)
            if content != self.content[path]:
                content = _settled(path, content)
            self.stamps[path] = _stamp(path) if content == self.content[path] else stamp
            if content != self.content[path]:
                self.content[path] = content
                found.append(path)
        return found


def _settled(path: Path, content: bytes | None) -> bytes | None:
    """The content once nobody is writing it any more."""
    start = time.monotonic()
    while True:
        time.sleep(SETTLE)
        now = _content(path)
        if now == content and (now or time.monotonic() - start > LONGEST):
            return now
        content = now


def _stamp(path: Path) -> tuple:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
