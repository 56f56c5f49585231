"""Which submissions lie in a folder, and which file of each is which lab's.

A submission is a folder, a zip or a single .py file. Inside, the layout of the repository counts first
(`<lab folder>/starter.py`, however deep); failing that, a file belongs to the lab whose functions it defines.
Nothing of a submission is run, extracted or followed here: its sources are read, and no more.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from labkit import course
from labkit.cohort import archives
from labkit.cohort.sources import MAX_FILES, Unreadable, read_file

MAX_DEPTH = 8
JUNK = {"__MACOSX", "__pycache__", "node_modules", "site-packages", "venv", "env"}
# A clone of the repository holds right and wrong answers of our own: none of them is the student's work.
OURS = {"tests", "labkit", "wrong", "right"}
_NOT_WORK = re.compile(r"(test_.*|conftest|solution|measure|capture_\w+|setup)\.py$")
UNREAD_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True)
class Entry:
    """One submission, not yet opened."""

    id: str  # a file name that any system takes
    name: str  # as it stands in the folder
    path: Path


@dataclass
class Handed:
    """What a submission holds for the labs asked: sources by lab folder; or the problem, in words for its author."""

    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # lab folder -> where the source stood
    notes: list[str] = field(default_factory=list)
    problem: str = ""


def find(folder: Path, but: Path | None = None) -> tuple[list[Entry], list[str]]:
    """(submissions by name, names that are none); `but` (where the results lie) is left out."""
    paths, ignored = [], []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.startswith((".", "~$")) or path.name in JUNK or (but and path.resolve() == but.resolve()):
            continue
        kinds = (".py", ".zip", *UNREAD_ARCHIVES)
        if path.is_dir() or (path.is_file() and path.suffix.lower() in kinds):
            paths.append(path)
        else:
            ignored.append(path.name)
    return _entries(paths), ignored


def _entries(paths: list[Path]) -> list[Entry]:
    ids: dict[str, list[Path]] = {}
    for path in paths:
        ids.setdefault(_id(_bare(path)).casefold(), []).append(path)  # some file systems ignore case
    entries = []
    for alike in ids.values():
        for path in alike:
            plain = _id(_bare(path))
            if len(alike) > 1 and not (path.is_dir() and sum(p.is_dir() for p in alike) == 1):
                plain = _id(path.name, always=True)
            entries.append(Entry(plain, path.name, path))
    return sorted(entries, key=lambda e: e.name)


def _bare(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _id(name: str, always: bool = False) -> str:
    """`name` where that is a safe file name; else a tidied one with a few digits of the name's hash."""
    whole = os.fsencode(name).decode("utf-8", "backslashreplace")
    tidy = re.sub(r"[^\w.@+-]+", "_", unicodedata.normalize("NFC", whole)).strip("._-")[:60]
    if tidy == name and not always:
        return tidy
    return f"{tidy or 'submission'}-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


def read(entry: Entry, labs: Sequence[course.Lab]) -> Handed:
    """The sources that `entry` holds for `labs`; never raises for what is inside it."""
    try:
        listed = _listing(entry.path)
        handed = _choose(listed, labs)
        for folder, name in handed.names.items():
            handed.files[folder] = listed[name]()
    except Unreadable as error:
        return Handed(problem=str(error))
    except OSError as error:
        return Handed(problem=f"{entry.name} could not be read: {error.strerror or error}")
    if not handed.files:
        wanted = " or ".join(f"{lab.folder.name}/starter.py" for lab in labs[:2])
        sources = [name for name in listed if name.endswith(".py")]
        found = f"no function of these labs is in {', '.join(sources[:3])}" if sources else "there is no .py file"
        handed.problem = f"nothing to grade: {found}, in {entry.name}. Wanted is {wanted}."
    return handed


def _listing(path: Path) -> dict[str, Callable[[], bytes]]:
    """Every regular file: path inside the submission -> a function that reads it."""
    if path.is_dir():
        return _walk(path)
    if path.suffix.lower() == ".py":
        return {path.name: lambda: read_file(path)}
    if path.suffix.lower() == ".zip":
        return archives.listing(path)
    raise Unreadable(f"{path.name} is an archive of a kind that is not read here: hand in a .zip, or the .py file")


def _walk(root: Path) -> dict[str, Callable[[], bytes]]:
    found: dict[str, Callable[[], bytes]] = {}
    seen = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        inside = Path(folder).relative_to(root)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in JUNK)
        if len(inside.parts) >= MAX_DEPTH:
            folders.clear()
        for name in sorted(names):
            seen += 1
            if seen > MAX_FILES:
                raise Unreadable(f"{root.name} holds more than {MAX_FILES} files: hand in the starter.py files alone")
            if name.endswith(".py") and not name.startswith("."):
                path = Path(folder, name)
                found[(inside / name).as_posix()] = lambda path=path: read_file(path)
    return found


def _choose(listed: dict[str, Callable[[], bytes]], labs: Sequence[course.Lab]) -> Handed:
    paths = sorted((PurePosixPath(name) for name in listed if name.endswith(".py")), key=lambda p: (len(p.parts), p))
    handed = Handed()
    for lab in labs:  # 1. the layout of the repository
        at_home = [p for p in paths if p.name == "starter.py" and p.parent.name.lower() == lab.folder.name.lower()]
        _take(handed, lab, at_home)
    homes = {lab.folder.name.lower() for lab in course.labs()}
    rest = [p for p in paths if not _NOT_WORK.match(p.name) and not OURS & set(p.parts[:-1])]
    rest = [p for p in rest if not (p.name == "starter.py" and p.parent.name.lower() in homes)]
    if len(rest) > 40:
        return handed
    by_lab: dict[str, list[PurePosixPath]] = {}
    for path in rest:  # 2. the functions that a file defines, 3. the number in its name, 4. the only one possible
        lab = _lab_of(listed[path.as_posix()](), path)
        if lab is None and len(rest) == len(labs) == 1:
            lab = labs[0]
        if lab in labs:
            by_lab.setdefault(lab.folder.name, []).append(path)
    for lab in labs:
        if lab.folder.name in handed.names:
            continue
        candidates = by_lab.get(lab.folder.name, [])
        _take(handed, lab, sorted(candidates, key=lambda p: (len(p.parts), p.name != "starter.py", p)))
    return handed


def _take(handed: Handed, lab: course.Lab, candidates: list[PurePosixPath]) -> None:
    if candidates:
        handed.names[lab.folder.name] = candidates[0].as_posix()
    if len(candidates) > 1:
        others = ", ".join(p.as_posix() for p in candidates[1:4])
        handed.notes.append(f"{lab.key}: {candidates[0]} was graded; there is also {others}")


def _lab_of(source: bytes, path: PurePosixPath) -> course.Lab | None:
    defined = set(re.findall(rb"^(?:async )?def (\w+)", source, re.M))
    hits = [(sum(e.function.encode() in defined for e in lab.exercises), lab) for lab in course.labs()]
    most, best = max(hits, key=lambda hit: hit[0])
    if most:
        return best
    number = re.search(r"lab[-_ ]?0*(\d+)", path.as_posix().lower())
    return next((lab for lab in course.labs() if number and int(lab.number) == int(number[1])), None)
