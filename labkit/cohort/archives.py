"""Zips from strangers: only the list of files and single small sources are read, nothing is ever extracted.

So a name like `../../conftest.py` goes nowhere, and a bomb stays folded: no more than a source's size is unpacked.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from labkit.cohort.sources import MAX_FILES, MAX_SOURCE, Unreadable, limited

MAX_ARCHIVE = 300_000_000  # bytes of the zip itself
MAX_DIRECTORY = 4_000_000  # bytes of its list of files, which is read whole
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # bzip2 and LZMA can unfold without bound in one step


def listing(path: Path) -> dict[str, Callable[[], bytes]]:
    """Python files in the zip: name inside -> a function that reads it; Unreadable if it cannot be listed."""
    _look_before_opening(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Unreadable(
            f"{path.name} is not a readable zip ({error}): make it anew and open it once yourself"
        ) from None
    if len(members) > MAX_FILES:
        raise Unreadable(f"{path.name} holds more than {MAX_FILES} files: hand in the starter.py files alone")
    found: dict[str, Callable[[], bytes]] = {}
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        parts = inside.parts
        if member.is_dir() or inside.suffix != ".py" or any(p.startswith(".") or p == "__MACOSX" for p in parts):
            continue  # ".." is among what starts with a dot
        if not inside.is_absolute() and (member.external_attr >> 28) != 0xA:  # 0xA: a symbolic link
            found[inside.as_posix()] = lambda member=member: _read(path, member)
    return found


def _look_before_opening(path: Path) -> None:
    """zipfile reads the whole list of files into memory, so its size is looked at first."""
    size = path.stat().st_size
    if size > MAX_ARCHIVE:
        raise Unreadable(
            f"{path.name} is larger than {MAX_ARCHIVE // 1_000_000} MB: hand in the starter.py files alone"
        )
    with path.open("rb") as file:
        file.seek(max(0, size - 70_000))
        tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) < end + 22:
        raise Unreadable(f"{path.name} is not a readable zip (it has no end): was the upload cut off?")
    listed = int.from_bytes(tail[end + 12 : end + 16], "little")
    if listed > MAX_DIRECTORY or b"PK\6\7" in tail:  # the second: a zip of more than 65,535 files, or 4 GB
        raise Unreadable(f"{path.name} lists far too many files: hand in the starter.py files alone")


def _read(path: Path, member: zipfile.ZipInfo) -> bytes:
    if member.flag_bits & 1:
        raise Unreadable(f"{path.name} is locked with a password: hand it in without one")
    if member.compress_type not in _READABLE:
        raise Unreadable(f"{path.name} is packed in an unusual way: make a plain zip of it")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            return limited(file.read(MAX_SOURCE + 1), f"{path.name}: {member.filename}")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"{path.name}: {member.filename} could not be unpacked ({error}): make the zip anew") from None
