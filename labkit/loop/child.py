"""The process that grades: it loads pytest, numpy and the labs' tests, waits for one order, runs it, and ends.

    python -m labkit.loop.child LAB_FOLDER…

It is started ahead of time and used once, so that a learner's slip cannot reach the next verdict, and nothing is
assumed about fork. The order is one line of JSON on stdin: {"exercises": {"lab-01": ["name", …]}, "slow": false}.
Answers are lines of JSON on stdout: {"ready"}, then {"start": …} and {"result": …} for each test, then {"end": code}.
Whatever the learner's code prints goes elsewhere: pytest captures it, and it comes back with the result.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys

import pytest

PRINTED = 4000  # characters of a learner's own output kept per test


def main(folders: list[str]) -> int:
    orders = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):  # stderr stays: if Python itself dies, its last words are worth reading
        os.dup2(nowhere, descriptor)
    sys.stdout = io.StringIO()
    plugin = Grader(orders, answers)
    options = ["-qq", "--tb=short", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist"]
    try:
        code = int(pytest.main([*options, *folders], plugins=[plugin]))
    except BaseException as error:  # also SystemExit out of a plugin
        code, plugin.words = 3, f"{type(error).__name__}: {error}"
    plugin.answer(end=code, text=(plugin.words or sys.stdout.getvalue())[-PRINTED:] if code not in (0, 1) else "")
    os._exit(0)  # tearing an interpreter down takes longer than many a verdict


class Grader:
    """A pytest plugin: holds the run back until the order comes, keeps to it, and reports as it goes."""

    def __init__(self, orders, answers):
        self.orders, self.answers, self.words = orders, answers, ""

    def answer(self, **what) -> None:
        try:
            self.answers.write(json.dumps(what, default=str).encode() + b"\n")
        except OSError:
            os._exit(0)  # whoever asked has gone

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        if session.testsfailed:
            return None  # the tests themselves could not be read: pytest says so
        _touch_numpy()
        gc.collect()
        gc.freeze()
        self.answer(ready=True)
        line = self.orders.readline()
        if not line.strip():
            os._exit(0)
        order = json.loads(line)
        self.answer(left_out=self._keep_to(order, session))
        return None

    def _keep_to(self, order: dict, session) -> list[list[str]]:
        """Keep what is asked for; give back [lab, exercise, mark] of what would take long and was not named."""
        from labkit.engine import present
        from labkit.grading import plugin

        keep, left_out = [], []
        for item in session.items:
            lab = plugin._lab_of(item)
            exercise = plugin._exercise_of(item, lab).function if lab else None
            if lab is None or exercise not in order["exercises"].get(lab.key, ()):
                continue
            slow = next((m for m in ("engine", "gpu") if item.get_closest_marker(m)), None)
            # Without the engine its tests skip themselves at once, with a reason that is worth showing.
            if slow and not order["slow"] and (slow == "gpu" or present.is_installed()):
                if [lab.key, exercise, slow] not in left_out:
                    left_out.append([lab.key, exercise, slow])
            else:
                keep.append(item)
        session.items[:] = keep
        return left_out

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        from labkit.grading import plugin

        lab = plugin._lab_of(item)
        exercise = plugin._exercise_of(item, lab).function
        self.answer(
            start={
                "place": item.stash[plugin._PLACE],
                "lab": lab.folder.name,
                "exercise": exercise,
                "test": item.originalname,
                "slow": bool(item.get_closest_marker("engine") or item.get_closest_marker("gpu")),
                "file": str(item.config.stash[plugin._CHOSEN].file_for(lab)),
                "tests_in_exercise": plugin._tests_in_exercise(item.module, exercise),
            }
        )

    def pytest_runtest_logreport(self, report):
        if hasattr(report, "lab_result"):
            self.answer(result={**report.lab_result, "printed": report.capstdout[-PRINTED:]})


def _touch_numpy() -> None:
    """The first product of two matrices and the first random number load more of numpy: now, not while one waits."""
    import numpy as np

    np.random.default_rng(0).standard_t(4, (4, 4)).astype(np.float32) @ np.ones((4, 4), np.float32)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
