"""Run one test of a lab, with pytest's own machinery only where the test needs it.

Nearly every test asks for `lab`, `check` and `draw` and nothing else. pytest sets such a test up in a millisecond,
which is longer than most of them run; here it is called at once. Any other test, and any exception that is no verdict
on a submission, goes through pytest.
"""

from __future__ import annotations

import time
from functools import lru_cache

import pytest

from labkit import course
from labkit.grading import plugin
from labkit.grading.check import Check
from labkit.grading.draw import Draw
from labkit.isolation.stand_in import RemoteLab

FIXTURES = {"lab", "check", "draw", "request"}
ELSEWHERE = {"engine": "needs vLLM, which no submission gets when a cohort is graded", "gpu": "needs a GPU"}
MARKS = {*ELSEWHERE, "skip", "skipif", "xfail", "usefixtures"}


@lru_cache(maxsize=None)
def is_plain(item) -> bool:
    return (
        isinstance(item, pytest.Function)
        and set(item.fixturenames) <= FIXTURES | _case(item).keys()
        and "request" not in item._fixtureinfo.argnames
        and not any(mark.name in MARKS or "indirect" in mark.kwargs for mark in item.iter_markers())
        and plugin._lab_of(item) is not None
    )


@lru_cache(maxsize=None)
def elsewhere(item) -> str:
    """Why this test is not run when a cohort is graded; "" where it is."""
    return next((reason for mark, reason in ELSEWHERE.items() if item.get_closest_marker(mark)), "")


@lru_cache(maxsize=None)
def _is_left_out(item) -> bool:
    """Whether nothing else than `elsewhere` has a say in it."""
    others = MARKS - ELSEWHERE.keys()
    alone = not any(mark.name in others for mark in item.iter_markers())
    return bool(elsewhere(item)) and alone and plugin._lab_of(item) is not None


@lru_cache(maxsize=None)
def _belongs(item) -> tuple[course.Lab, str]:
    lab = plugin._lab_of(item)
    return lab, plugin._exercise_of(item, lab).function


def run(item) -> list[dict]:
    """The results of one test, as the scorecard takes them (see grading/plugin.py)."""
    if is_plain(item):
        (lab, exercise), begin = _belongs(item), time.perf_counter()
        under_test = item.config.stash[plugin._LABS].get(lab.key)
        if under_test:
            under_test._begins(exercise)
        else:
            under_test = plugin.lab_under_test(_Request(item))
        passes = isinstance(under_test, RemoteLab) and under_test._passes(item.nodeid)
        found = {"status": "passed", "message": ""} if passes else verdict(item, lab, under_test)
        if found:
            return [_result(item, lab, under_test, found, time.perf_counter() - begin)]
    elif _is_left_out(item):
        lab, _ = _belongs(item)
        under_test = item.config.stash[plugin._LABS].get(lab.key)
        if under_test:
            return [_result(item, lab, under_test, {"status": "not_checked", "message": elsewhere(item)}, 0.0)]
    from _pytest.runner import runtestprotocol

    item._initrequest()  # the fork may have begun with a test that was run before
    reports = runtestprotocol(item, log=False, nextitem=None)
    return [report.lab_result for report in reports if hasattr(report, "lab_result")]


_RESULTS: dict = {}  # item -> its first result: most of it is the same each time


def _result(item, lab, under_test, found: dict, seconds: float) -> dict:
    """plugin.result_of, with what a lab's tests have in common looked up once."""
    if item not in _RESULTS:
        _RESULTS[item] = plugin.result_of(item, lab, found, seconds)
        return _RESULTS[item]
    submission = under_test._submission
    common = vars(under_test).setdefault("_common", {})
    if id(submission) not in common:
        problems = [f"line {p.line}: {p.what}" for p in submission.problems] if submission else []
        common[id(submission)] = {"file": course.show_path(under_test._path), "problems": problems}
    line = submission.line_of(_belongs(item)[1]) if submission else None
    fresh = {**common[id(submission)], "seconds": seconds, "exercise_line": line}
    return {**_RESULTS[item], **fresh, "line": None, "named": False, **found}


def verdict(item, lab, under_test, check: Check | None = None) -> dict | None:
    """Status, words and line of one plain test; None where pytest itself must tell."""
    draw = Draw(item.config.option.seed, item.name)
    given = {"lab": under_test, "check": check or Check(under_test), "draw": draw, **_case(item)}
    try:
        item.obj(**{name: given[name] for name in item._fixtureinfo.argnames})
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except pytest.skip.Exception:
        return None
    except BaseException as error:
        return plugin._verdict(error, under_test, lab.exercise(_belongs(item)[1]))
    return {"status": "passed", "message": ""}


def _case(item) -> dict:
    """The values of a parametrized test's case."""
    return item.callspec.params if hasattr(item, "callspec") else {}


class _Request:
    """As much of pytest's `request` as the fixture `lab` uses."""

    def __init__(self, item):
        self.node, self.config = item, item.config
