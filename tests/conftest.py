"""Tools of the project's own tests: run pytest as a learner would, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from labkit import course

ROOT = course.ROOT


@dataclass
class Run:
    """One run of pytest: exit code, what was on the screen, the scorecard (None if there was none)."""

    code: int
    output: str
    card: dict | None

    def exercise(self, function: str) -> dict:
        return next(e for lab in self.card["labs"] for e in lab["exercises"] if e["function"] == function)

    def tests(self, function: str) -> list[dict]:
        return [t for t in self.card["tests"] if t["exercise"] == function]


@pytest.fixture
def grade(tmp_path):
    """grade("phase-…/lab-01…", impl="starter", "-q") -> Run."""

    def run(*arguments, impl="starter", cwd=ROOT, env=None) -> Run:
        card = tmp_path / "card.json"
        card.unlink(missing_ok=True)
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "LAB_", "COLUMNS", "NO_COLOR"))
        }
        environment |= {"PYTHONIOENCODING": "utf-8", **(env or {})}
        if impl is not None:
            environment["LAB_IMPL"] = str(impl)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--scorecard", str(card), *map(str, arguments)],
            cwd=cwd,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=600,  # the engine runs one at a time, and others may be waiting for it
        )
        found = json.loads(card.read_text(encoding="utf-8")) if card.exists() else None
        return Run(done.returncode, done.stdout + done.stderr, found)

    return run


@pytest.fixture
def course_copy(tmp_path):
    """A copy of everything grading needs, to be changed at will; returns its root."""
    root = tmp_path / "course"
    ignore = shutil.ignore_patterns("__pycache__", "wrong", "README*")
    for name in ("labkit", *(p.name for p in ROOT.glob("phase-*"))):
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    return root


def lab_folder(number: str) -> Path:
    return course.find(number).folder


@pytest.fixture
def lab_01() -> str:
    return course.show_path(lab_folder("01"))


@pytest.fixture
def write_lab_01(tmp_path):
    """write_lab_01(old, new, …) -> a right lab 01 with each `old` replaced by its `new`."""

    def write(*replacements: str, name: str = "mine.py") -> Path:
        text = (ROOT / "tests/grading/right/lab_01_plain.py").read_text(encoding="utf-8")
        for old, new in zip(replacements[::2], replacements[1::2]):
            assert old in text, f"right/lab_01_plain.py no longer holds {old!r}"
            text = text.replace(old, new, 1)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
