"""One Judge for nearly all of these tests: that it stays whole, whatever it is handed, is what they are about."""

from __future__ import annotations

import json
import os

import pytest

from labkit import course
from labkit.isolation.judge import Judge
from labkit.isolation.limits import MIB, Limits

if not hasattr(os, "fork"):
    collect_ignore_glob = ["test_*.py"]  # isolation forks: Linux and macOS

LAB = course.find("01")
RIGHT = course.ROOT / "tests/grading/right/lab_01_plain.py"
QUICK = Limits(call_seconds=1.0, load_seconds=1.0, total_seconds=20.0, memory_bytes=512 * MIB)


@pytest.fixture(scope="session")
def judge():
    with Judge(limits=QUICK, labs=[LAB.folder.name]) as judge:
        yield judge


class Graded:
    """An outcome of lab 01, with what a test asks of it."""

    def __init__(self, outcome):
        assert outcome.verdict == "graded", outcome
        self.card = outcome.card
        self.points = outcome.card["points"]["earned"]

    def exercise(self, function: str) -> dict:
        return next(e for e in self.card["labs"][0]["exercises"] if e["function"] == function)

    def messages(self, function: str) -> str:
        return "\n".join(t["message"] for t in self.card["tests"] if t["exercise"] == function)

    def statuses(self) -> dict[str, str]:
        return {e["function"]: e["status"] for e in self.card["labs"][0]["exercises"] if not e["beyond"]}

    def others_pass(self, *functions: str) -> bool:
        return all(status == "passed" for name, status in self.statuses().items() if name not in functions)


@pytest.fixture
def graded(judge, tmp_path):
    """graded(old, new, …, top="…") -> what a right lab 01 gets, each `old` replaced, `top` after its imports."""

    def grade(*replacements: str, top: str = "", text: str | None = None) -> Graded:
        text = RIGHT.read_text(encoding="utf-8") if text is None else text
        for old, new in zip(replacements[::2], replacements[1::2]):
            assert old in text, f"{RIGHT.name} no longer holds {old!r}"
            text = text.replace(old, new, 1)
        text = text.replace("import numpy as np\n", f"import numpy as np\n{top}\n", 1)
        path = tmp_path / "mine.py"
        path.write_text(text, encoding="utf-8")
        return Graded(judge.grade({LAB.folder.name: path}))

    return grade


@pytest.fixture
def right(judge) -> dict:
    """The card of an untouched right solution: what the next student must still get."""
    return Graded(judge.grade({LAB.folder.name: RIGHT})).card


def _tidy(card: dict) -> dict:
    """A card without what is another's on every run."""
    card = json.loads(json.dumps(card))
    for test in card["tests"]:
        del test["seconds"]
    for key in ("implementation", "next"):
        del card[key]
    for lab in card["labs"]:
        del lab["file"]
        for exercise in lab["exercises"]:
            del exercise["line"]
    return card


@pytest.fixture
def tidy():
    return _tidy
