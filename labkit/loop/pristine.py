"""The untouched text of a function, for `lab reset`: from wherever there still is one.

Tried in this order, and believed only if the function in it is unwritten:
1. the solution, from which the starters are generated;
2. `starter.as-given` beside the starter, which an edition without solutions carries (`store` writes it);
3. git: the newest commit in which the function is unwritten, since a learner may have committed work;
4. the learner's own signature and docstring, with the generator's own line for the body.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from labkit import course
from labkit.grading import starter
from labkit.loop.source import Source

STORED = "starter.as-given"
COMMITS = 200  # how far back git is asked


def store(starter_file: Path) -> Path:
    """Keep an untouched starter's text beside it, for an edition that goes out without solutions."""
    target = starter_file.with_name(STORED)
    target.write_bytes(starter_file.read_bytes())
    return target


def function(lab: course.Lab, name: str, mine: Source) -> tuple[str, str] | None:
    """(text of the function, where it comes from: solution, stored, git or own); None if there is none."""
    for origin, text in _candidates(lab, name, mine):
        found = Source(lab.folder / "starter.py", text)
        if found.tree is not None and found.is_unwritten(name):
            return found.piece(name), origin
    return None


def whole(lab: course.Lab) -> Source | None:
    """The untouched starter, for the order of its functions; None if only pieces can be had."""
    for origin, text in _candidates(lab, "", None):
        found = Source(lab.folder / "starter.py", text)
        if found.tree is not None:
            return found
    return None


def _candidates(lab: course.Lab, name: str, mine: Source | None) -> Iterator[tuple[str, str]]:
    try:
        yield "solution", starter.generate(lab)
    except (OSError, course.CourseError, SyntaxError, ValueError, IndexError):
        pass  # a student edition, or a solution that somebody is writing
    stored = lab.folder / STORED
    if stored.is_file():
        yield "stored", stored.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    if mine is None:
        return
    for text in _from_git(lab.folder / "starter.py"):
        yield "git", text
    own = _from_own(lab, name, mine)
    if own:
        yield "own", own


def _from_git(file: Path) -> Iterator[str]:
    if shutil.which("git") is None:
        return
    for commit in _git(file.parent, "log", "--format=%H", f"--max-count={COMMITS}", "--", file.name).split():
        yield _git(file.parent, "show", f"{commit}:./{file.name}").replace("\r\n", "\n")


def _git(folder: Path, *arguments: str) -> str:
    """git's answer; empty where the folder is no checkout."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _from_own(lab: course.Lab, name: str, mine: Source) -> str:
    piece = mine.piece(name)
    try:
        node = ast.parse((piece or "").replace("\r\n", "\n")).body[0]
    except (SyntaxError, IndexError, ValueError):
        return ""
    if not isinstance(node, ast.FunctionDef) or ast.get_docstring(node) is None:
        return ""
    return starter._unwritten(piece.replace("\r\n", "\n").splitlines(), node, lab, lab.exercise(name))
