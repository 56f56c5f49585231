"""One thing that `lab doctor` looked at, and the commands that mend it on this system.

This file and the checks beside it keep to what Python 3.8 reads and import nothing but the standard library:
they must still speak where Python is too old and no package is installed.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

from labkit.learner_tools.doctor_words import CASES, FOUND, NAMES

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD, NOTE, BAD = "good", "note", "bad"  # bad stands in the way of the labs; a note does not
Both = Tuple[str, str]  # English, Spanish


@dataclass(frozen=True)
class Finding:
    """What was found, what it means, what to do about it (None where all is well), each in both languages."""

    case: str  # "python.good"
    state: str
    name: Both
    found: Both
    means: Both
    do: Optional[Both] = None


def finding(case: str, state: str, found, **fills: str) -> Finding:
    """The finding whose words stand under `case`; `found` is a text, or a pair in both languages."""
    words = [text.format(**fills) if fills else text for text in CASES[case]]
    found = (found, found) if isinstance(found, str) else found
    do = (words[2], words[3]) if len(words) == 4 else None
    return Finding(case, state, NAMES[case.split(".")[0]], found, (words[0], words[1]), do)


def found(key: str, *fills) -> Both:
    """The short words under `key`, filled; a fill may itself be in both languages."""
    pair = [[fill[i] if isinstance(fill, tuple) else fill for fill in fills] for i in (0, 1)]
    return FOUND[key][0].format(*pair[0]), FOUND[key][1].format(*pair[1])


def some(words: list, most: int = 3) -> Both:
    """The first few of many words."""
    if len(words) <= most:
        return (", ".join(words),) * 2
    return found("and_more", ", ".join(words[:most]), len(words) - most)


def short(path) -> str:
    """`path` inside the course, or its last name: nothing personal, so that the report can be shown to anyone."""
    try:
        return Path(path).resolve().relative_to(ROOT).as_posix()
    except (OSError, ValueError):
        return Path(path).name


def nearby(path) -> str:
    """`path` as seen from here; whole where no way leads there, as from one drive of Windows to another."""
    try:
        return os.path.relpath(path)
    except ValueError:
        return str(path)


def install_command(tier: str) -> str:
    """What installs a tier here: make where there is one, else pip by the Python that is running."""
    if os.name != "nt" and shutil.which("make") and (ROOT / "Makefile").is_file():
        return {"core": "make grade"}.get(tier, "make " + tier)
    if tier == "engine":
        return python_command() + " -m labkit.engine.install"
    what = "." if tier == "core" else '".[%s]"' % tier
    return "%s -m pip install --editable %s" % (python_command(), what)


def python_command() -> str:
    """The running Python as a person would type it from the course's folder."""
    try:
        folder = Path(sys.prefix).relative_to(ROOT)
    except ValueError:
        return "python" if os.name == "nt" else "python3"
    return str(folder / "Scripts" / "python") if os.name == "nt" else "%s/bin/python" % folder.as_posix()
