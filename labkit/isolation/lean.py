"""Run one test of a lab, with pytest's own machinery only where the test needs it.

Nearly every test asks for `lab`, `check` and `draw` and nothing else. pytest sets such a test up in a millisecond,
which is longer than most of them run; here it is called at once. Any other test, and any exception that is no verdict
on a submission, goes through pytest.
"""

from __future__ import annotations

import time

import pytest

from labkit.grading import plugin
from labkit.grading.check import Check
from labkit.grading.draw import Draw

FIXTURES = {"lab", "check", "draw", "request"}
MARKS = {"engine", "gpu", "skip", "skipif", "xfail", "usefixtures", "parametrize"}


def is_plain(item) -> bool:
    return (
        isinstance(item, pytest.Function)
        and set(item.fixturenames) <= FIXTURES
        and "request" not in item._fixtureinfo.argnames
        and not any(mark.name in MARKS for mark in item.iter_markers())
        and plugin._lab_of(item) is not None
    )


def run(item) -> list[dict]:
    """The results of one test, as the scorecard takes them (see grading/plugin.py)."""
    if is_plain(item):
        lab, begin = plugin._lab_of(item), time.perf_counter()
        verdict = _verdict(item, lab)
        if verdict:
            return [plugin.result_of(item, lab, verdict, time.perf_counter() - begin)]
    from _pytest.runner import runtestprotocol

    item._initrequest()  # the fork may have begun with a test that was run before
    reports = runtestprotocol(item, log=False, nextitem=None)
    return [report.lab_result for report in reports if hasattr(report, "lab_result")]


def _verdict(item, lab) -> dict | None:
    under_test = None
    try:
        under_test = plugin.lab_under_test(_Request(item))
        given = {"lab": under_test, "check": Check(under_test), "draw": Draw(item.config.option.seed, item.name)}
        item.obj(**{name: given[name] for name in item._fixtureinfo.argnames})
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except pytest.skip.Exception:
        return None
    except BaseException as error:
        return under_test and plugin._verdict(error, under_test, plugin._exercise_of(item, lab))
    return {"status": "passed", "message": ""}


class _Request:
    """As much of pytest's `request` as the fixture `lab` uses."""

    def __init__(self, item):
        self.node, self.config = item, item.config
