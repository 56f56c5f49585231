"""What a score depends on: the submission, the tests, the points, the seed, the grader. A digest of each.

Two equal digests mean that grading again could give nothing new; so a changed test costs exactly the submissions
that it judges, and a mended hint or page costs none.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from labkit import course

GRADER = ("labkit/grading", "labkit/isolation", "labkit/course.py", "labkit/cohort/work.py", "conftest.py")
# In a lab's folder, but nothing that its tests look at.
_NOT_TESTS = ("README", "starter.py", "solution.py", "measure.py", "capture_", "lab.yaml")


def grader(root: Path = course.ROOT) -> str:
    """The code that judges, and what it computes with."""
    digest = hashlib.sha256(f"{platform.python_version_tuple()[:2]} {np.__version__}".encode())
    for name in GRADER:
        top = root / name
        for path in sorted(top.rglob("*.py")) if top.is_dir() else [top] if top.is_file() else []:
            _add(digest, path, root)
    return digest.hexdigest()[:16]


def tests(lab: course.Lab) -> str:
    """The lab's tests and the data beside them."""
    digest = hashlib.sha256()
    for path in sorted(p for p in lab.folder.iterdir() if p.is_file() and not p.name.startswith((".", *_NOT_TESTS))):
        _add(digest, path, lab.folder)
    return digest.hexdigest()[:16]


def rules(lab: course.Lab) -> str:
    """What lab.yaml says about scoring; its hints and minutes are left out."""
    said = [(e.function, e.points, e.beyond, e.returns) for e in lab.exercises]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def of_course(labs: Sequence[course.Lab]) -> dict[str, str]:
    """The grader and, lab by lab, its tests and rules: what two machines must agree on to grade one cohort."""
    found = {"grader": grader()}
    for lab in labs:
        found |= {f"{lab.folder.name} tests": tests(lab), f"{lab.folder.name} rules": rules(lab)}
    return found


def of_submission(
    files: Mapping[str, bytes], problem: str, labs: Sequence[course.Lab], seed: int, versions: Mapping[str, str]
) -> str:
    """The digest that decides whether a submission is graded again."""
    parts = [versions["grader"], seed, problem]
    for lab in labs:
        name = lab.folder.name
        parts += [name, versions[f"{name} rules"]]
        if name in files:  # tests of a lab that was not handed in judge nothing
            parts += [versions[f"{name} tests"], hashlib.sha256(files[name]).hexdigest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _add(digest, path: Path, root: Path) -> None:
    digest.update(path.relative_to(root).as_posix().encode() + b"\0")
    digest.update(hashlib.sha256(path.read_bytes()).digest())
