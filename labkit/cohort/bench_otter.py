"""otter-grader on the same lab with the same tests, for `lab cohort-bench`: runs inside otter's own Python.

An autograder zip with one otter test an exercise; each calls the lab's pytest functions on the student's names.
Measured is `otter run`, otter's way without containers; its `otter grade` starts a container a submission on top.
"""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from labkit import course

TEST = """OK_FORMAT = False
from otter.test_files import test_case

name = "{function}"
points = {points}


@test_case()
def test_the_exercise(env):
    from labkit.cohort.bench_otter import run_exercise

    run_exercise("{lab}", "{function}", env)
"""


def autograder(python: Path, lab: course.Lab, place: Path) -> Path:
    """Have otter build its autograder zip for `lab` in `place`."""
    tests = place / "tests"
    tests.mkdir(parents=True)
    for e in lab.exercises:
        text = TEST.format(function=e.function, points=e.points, lab=lab.folder.name)
        (tests / f"{e.function}.py").write_text(text, encoding="utf-8")
    command = [
        python,
        "-m",
        "otter",
        "generate",
        "-t",
        tests,
        "-o",
        place / "autograder.zip",
        "--no-environment",
        "--no-requirements",
    ]
    subprocess.run([str(part) for part in command], cwd=place, check=True, capture_output=True, env=_environment())
    return place / "autograder.zip"


def grade(python: Path, autograder: Path, submission: Path, place: Path) -> float:
    """One `otter run`; the points it gives."""
    (place / "results.json").unlink(missing_ok=True)
    command = [python, "-m", "otter", "run", "--no-logo", "-a", autograder, "-o", place, submission]
    done = subprocess.run(
        [str(part) for part in command], cwd=place, capture_output=True, text=True, env=_environment(), timeout=120
    )
    if not (place / "results.json").exists():
        raise RuntimeError(f"otter run left no results.json:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
    return sum(
        test.get("score", 0) for test in json.loads((place / "results.json").read_text(encoding="utf-8"))["tests"]
    )


def _environment() -> dict:
    return {**os.environ, "PYTHONPATH": str(course.ROOT), "LAB_IMPL": "solution"}


# ---- inside otter's process ----


def run_exercise(folder: str, function: str, env: dict) -> None:
    """Run the lab's tests of one exercise on the names in `env`; raises what the first failing one raises."""
    from labkit.grading.calls import LabUnderTest
    from labkit.grading.check import Check
    from labkit.grading.draw import Draw
    from labkit.grading.submission import Submission

    lab = next(lab for lab in course.labs() if lab.folder.name == folder)
    module = ModuleType("submission")
    vars(module).update(env)
    for file in sorted(lab.folder.glob("test_*.py")):
        for name, test in vars(_load(file)).items():
            marks = {mark.name: mark for mark in getattr(test, "pytestmark", [])}
            if not name.startswith("test_") or marks.get("exercise") is None or {"gpu", "engine"} & marks.keys():
                continue
            if marks["exercise"].args != (function,):
                continue
            for values in _cases(test):
                under_test = LabUnderTest(lab, lab.folder / "starter.py")
                under_test._submission = Submission(lab.folder / "starter.py", module)
                fixtures = {"lab": under_test, "check": Check(under_test), "draw": Draw(0, name), **values}
                test(**{p: fixtures[p] for p in inspect.signature(test).parameters})


_LOADED: dict = {}


def _load(file: Path) -> ModuleType:
    if file not in _LOADED:
        spec = importlib.util.spec_from_file_location(f"tests_{len(_LOADED)}", file)
        _LOADED[file] = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = _LOADED[file]
        spec.loader.exec_module(_LOADED[file])
    return _LOADED[file]


def _cases(test) -> list[dict]:
    """The values of each parametrized case."""
    axes = []
    for mark in test.pytestmark:
        if mark.name == "parametrize":
            names = [n.strip() for n in mark.args[0].split(",")] if isinstance(mark.args[0], str) else mark.args[0]
            rows = [getattr(row, "values", row) for row in mark.args[1]]  # pytest.param(...) has them in `values`
            axes.append([dict(zip(names, row if len(names) > 1 else (row,))) for row in rows])
    return [{k: v for part in combination for k, v in part.items()} for combination in itertools.product(*axes)]
