"""The pytest side of grading: options, fixtures, verdicts instead of tracebacks, the scorecard."""

from __future__ import annotations

import gc
import linecache
import os
from functools import lru_cache
from pathlib import Path

import pytest

from labkit import course
from labkit.grading import implementation
from labkit.grading.calls import LabUnderTest, Verdict
from labkit.grading.check import Check
from labkit.grading.draw import Draw
from labkit.grading.reporting import Reporter, ShortSummary, relative
from labkit.grading.submission import line_in

_CHOSEN = pytest.StashKey[implementation.Implementation]()
_LABS = pytest.StashKey[dict]()
_VERDICT = pytest.StashKey[dict]()
_PLACE = pytest.StashKey[int]()
MAKE_LAB = pytest.StashKey()  # what makes `lab`, where it is not LabUnderTest: labkit.isolation sets it


def pytest_addoption(parser):
    group = parser.getgroup("course")
    group.addoption("--scorecard", metavar="FILE", help="also write the scorecard as JSON to FILE")
    group.addoption("--seed", type=int, default=0, metavar="N", help="draw other test cases with the same properties")
    group.addoption("--isolate", action="store_true", help="run the functions under test in a process of their own")


def pytest_configure(config):
    config.addinivalue_line("markers", "exercise(function): the exercise that a lab's test belongs to")
    config.addinivalue_line("markers", "gpu: needs CUDA; skipped with a reason where there is none")
    try:
        config.stash[_CHOSEN] = implementation.resolve(os.environ.get("LAB_IMPL"), config.invocation_params.dir)
    except (implementation.UsageError, course.CourseError) as error:
        raise pytest.UsageError(str(error)) from None
    if config.option.seed < 0:
        raise pytest.UsageError(f"--seed {config.option.seed}: a seed is 0 or larger")
    config.stash[_LABS] = {}
    if config.option.isolate:
        from labkit.isolation.plugin import install  # a learner's run never loads it

        install(config)
    gc.freeze()  # what is loaded by now stays: the collector need not walk it again and again


def pytest_report_header(config):
    chosen = config.stash[_CHOSEN]
    asked = [(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]
    labs = [lab for lab in course.labs() if any(_touch(lab.folder, path) for path in asked)]
    files = dict.fromkeys(chosen.file_for(lab) for lab in labs)
    return [f"grading LAB_IMPL={chosen.setting}:", *(f"  {relative(config, f)}" for f in files if f.is_file())]


def _touch(folder: Path, path: Path) -> bool:
    """One lies inside the other, so that collecting `path` runs tests of `folder`."""
    return folder == path or folder in path.parents or path in folder.parents


# ---- collection: which lab and exercise a test belongs to ----


def _lab_of(item) -> course.Lab | None:
    return _lab_in(item.path.parent)


@lru_cache(maxsize=None)
def _lab_in(folder: Path) -> course.Lab | None:
    return course.lab_at(folder) if (folder / "lab.yaml").is_file() else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    found = {}
    try:
        for place, item in enumerate(items):
            item.stash[_PLACE] = place  # xdist's results arrive in any order
            lab = _lab_of(item)
            if lab:
                found[lab.key] = lab
                _exercise_of(item, lab)
    except course.CourseError as error:
        raise pytest.UsageError(str(error)) from None
    chosen = config.stash[_CHOSEN]
    if chosen.file and len(found) > 1:
        raise pytest.UsageError(
            f"LAB_IMPL={chosen.setting} is one file, but {len(found)} labs would be run with it. Name the lab:\n"
            + "\n".join(f"  LAB_IMPL={chosen.setting} pytest {relative(config, lab.folder)}" for lab in found.values())
        )


def _exercise_of(item, lab: course.Lab) -> course.Exercise:
    mark = item.get_closest_marker("exercise")
    if mark is None or len(mark.args) != 1:
        raise course.CourseError(f'{item.nodeid}: each lab test belongs to one exercise: @pytest.mark.exercise("…")')
    return lab.exercise(mark.args[0])


@lru_cache(maxsize=None)
def _tests_in_exercise(module, function: str) -> list[str]:
    """Every test function of the module that belongs to the exercise, also those deselected."""
    return [
        name
        for name, value in vars(module).items()
        if name.startswith("test_")
        and any(m.name == "exercise" and m.args[:1] == (function,) for m in getattr(value, "pytestmark", []))
    ]


# ---- fixtures: all that a test knows of this package ----


def lab_under_test(request) -> LabUnderTest:
    """The implementation that LAB_IMPL names, for the lab whose test is asking."""
    found = _lab_of(request.node)
    if found is None:
        raise pytest.UsageError(f"{request.node.nodeid}: the fixture `lab` is for tests beside a lab.yaml")
    labs = request.config.stash[_LABS]
    if found.key not in labs:
        make = request.config.stash.get(MAKE_LAB, LabUnderTest)
        labs[found.key] = make(found, request.config.stash[_CHOSEN].file_for(found))
    labs[found.key]._begins(_exercise_of(request.node, found).function)
    return labs[found.key]


@pytest.fixture
def check(lab) -> Check:
    """Claims with messages that teach: see labkit/grading/check.py."""
    return Check(lab)


@pytest.fixture
def draw(request) -> Draw:
    """Irregular inputs, the same each time for one `--seed`: see labkit/grading/draw.py."""
    return Draw(request.config.option.seed, request.node.name)


# ---- a verdict instead of a traceback ----


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    except (KeyboardInterrupt, pytest.exit.Exception, pytest.skip.Exception):
        raise
    except BaseException as error:  # SystemExit too: a learner's exit() is a verdict, not the end of the run
        lab = item.config.stash[_LABS].get(getattr(_lab_of(item), "key", None))
        verdict = lab and _verdict(error, lab, _exercise_of(item, lab._lab))
        if not verdict:
            raise
        item.stash[_VERDICT] = verdict
        place = f"\n  --> {relative(item.config, lab._path)}:{verdict['line']}" if verdict["line"] else ""
        item.repr_failure = lambda excinfo: verdict["message"] + place  # instead of a traceback, which is slow as well
        raise


def _verdict(error: BaseException, lab: LabUnderTest, exercise: course.Exercise) -> dict | None:
    """Status, words and line for an exception out of a lab's test; None if it is the test's own fault."""
    if isinstance(error, Verdict):
        line = error.line or (lab._submission.line_of(exercise.function) if lab._submission else None)
        return {"status": error.status, "message": str(error), "line": line, "named": error.named}
    line = getattr(error, "lab_line", None) or line_in(error, lab._path)  # lab_line: it was raised in a worker
    if line is None and hasattr(error, "lab_call") and lab._submission:  # raised by what it calls, numpy say
        line = lab._submission.line_of(exercise.function)
    if line is None:
        return None
    if isinstance(error, NotImplementedError):
        words = str(error) or f"{exercise.function} is not written yet"
        return {"status": "not_written", "message": words, "line": line}
    kind = "called exit()" if isinstance(error, SystemExit) else f"raised {type(error).__name__}: {error}"
    parts = [getattr(error, "lab_call", exercise.function), kind, getattr(error, "lab_note", "")]
    parts.append(f"line {line}: {linecache.getline(str(lab._path), line).strip()}")
    return {"status": "error", "message": "\n".join(filter(None, parts)), "line": line}


# ---- reports travel with their result, so that xdist's workers need nothing more ----


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    lab = _lab_of(item)
    if lab is None or (report.when != "call" and report.passed):
        return report
    if report.passed:
        verdict = {"status": "passed", "message": ""}
    elif report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        verdict = {"status": "not_checked", "message": reason.removeprefix("Skipped: ")}
    else:
        status = "failed" if report.when == "call" else "error"
        verdict = item.stash.get(_VERDICT, None) or {"status": status, "message": report.longreprtext}
    report.lab_result = result_of(item, lab, verdict, report.duration)
    return report


def result_of(item, lab: course.Lab, verdict: dict, seconds: float) -> dict:
    """One test's result as the scorecard takes it: plain data."""
    exercise = _exercise_of(item, lab)
    under_test = item.config.stash[_LABS].get(lab.key)
    submission = under_test and under_test._submission
    return {
        "place": item.stash[_PLACE],
        "lab": lab.folder.name,
        "exercise": exercise.function,
        "test": item.originalname,
        "seconds": seconds,
        "file": course.show_path(item.config.stash[_CHOSEN].file_for(lab)),
        "line": None,
        "named": False,
        **verdict,
        "exercise_line": submission.line_of(exercise.function) if submission else None,
        "problems": [f"line {p.line}: {p.what}" for p in submission.problems] if submission else [],
        "drawn": "draw" in item.fixturenames,
        "tests_in_exercise": _tests_in_exercise(item.module, exercise.function),
    }


def pytest_report_teststatus(report):
    if report.failed and getattr(report, "lab_result", {}).get("status") == "not_written":
        return "failed", "-", "NOT WRITTEN"
    return None


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):
        chosen = session.config.stash[_CHOSEN]
        session.config.pluginmanager.register(Reporter(session.config, chosen.setting), "course-scorecard")
        session.config.pluginmanager.register(ShortSummary(), "course-short-summary")
