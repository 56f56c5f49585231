"""A learner's checkout to work in: a copy of the course, the loop's commands run in it as a person would."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labkit.loop.source import Source, write_text

ROOT = Path(__file__).resolve().parents[2]


class Learner:
    """One checkout. `lab("check", "01")` -> (exit code, what was on the screen)."""

    def __init__(self, root: Path):
        self.root = root

    @property
    def environment(self) -> dict:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LAB_", "PYTEST_", "LC_", "LANG", "COLUMNS"))}
        kept |= {"PYTHONPATH": str(self.root), "PYTHONIOENCODING": "utf-8", "LANG": "en_US.UTF-8"}
        return kept

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "labkit.loop", *arguments]

    def lab(self, *arguments: str, cwd=None, **env) -> tuple[int, str]:
        done = subprocess.run(
            self.command(*arguments),
            cwd=cwd or self.root,
            env=self.environment | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        encoding = env.get("PYTHONIOENCODING", "utf-8")
        output = (done.stdout + done.stderr).decode(encoding).replace(os.linesep, "\n")
        assert "frozen runpy" not in output, output  # a traceback of ours
        return done.returncode, output

    def folder(self, number: str) -> Path:
        return next(self.root.glob(f"phase-*/labs/lab-{number}-*"))

    def starter(self, number: str = "01") -> Path:
        return self.folder(number) / "starter.py"

    def write(self, number: str, *functions: str, change: tuple[str, str] = ("", "")) -> None:
        """Write the right body of these functions, with one text replaced by another."""
        starter, solution = (
            Source(self.starter(number)),
            Source(ROOT / self.folder(number).relative_to(self.root) / "solution.py"),
        )
        text = starter.text
        for function in functions:
            text = text.replace(Source(starter.path, text).piece(function), solution.piece(function))
            for used in solution.uses(function):
                if used.startswith("_") and f"def {used}" not in text and f"\n{used} =" not in text:
                    text += "\n\n" + (solution.piece(used) or ast_text(solution, used))
        assert change[0] in text
        write_text(starter.path, text.replace(*change) if change[0] else text)

    def replace(self, old: str, new: str, number: str = "01") -> None:
        """What an editor does: change the text and save."""
        text = self.starter(number).read_text(encoding="utf-8")
        assert old in text, old
        self.starter(number).write_text(text.replace(old, new), encoding="utf-8")

    @property
    def record(self) -> Path:
        return self.root / ".lab" / "exercises.json"

    def items(self) -> dict:
        return json.loads(self.record.read_text(encoding="utf-8"))["items"]


def ast_text(source: Source, name: str) -> str:
    return "".join("".join(source.lines[n.lineno - 1 : n.end_lineno]) for n in source.nodes(name)) + "\n"


@pytest.fixture
def learner(tmp_path) -> Learner:
    root = tmp_path / "course"
    ignore = shutil.ignore_patterns("wrong", ".lab", "crosscheck", "*.tmp", "*.pyc.*")  # caches come along: they hold
    for name in ("labkit", *(p.name for p in ROOT.glob("phase-*"))):
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    for solution in root.glob("phase-*/labs/lab-*/solution.py"):  # whatever state somebody's own starters are in
        subprocess_free_starter(solution)
    return Learner(root)


def subprocess_free_starter(solution: Path) -> None:
    from labkit import course
    from labkit.grading import starter

    lab = course.lab_at(ROOT / solution.parent.relative_to(solution.parents[3]))
    solution.with_name("starter.py").write_text(starter.generate(lab), encoding="utf-8")


def until(holds, seconds: float = 30.0, what: str = "it"):
    """Wait until `holds()` is true and give its value back."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        value = holds()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come within {seconds} s")
