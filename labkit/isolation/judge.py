"""Grade submissions, each isolated, with everything loaded once.

    with Judge(seed=7) as judge:
        outcome = judge.grade({"lab-01-fake-quant-linear": Path("…/starter.py")})

Several Judges, in several processes or threads, work side by side; one Judge grades one submission at a time.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit import course
from labkit.isolation.limits import Limits

START_SECONDS = 120
LOST = "Grading this submission ended without a report. Nothing was scored."
GRACE = 20.0  # beyond what the server itself allows


class JudgeError(Exception):
    """Grading cannot work here at all, whatever is handed in; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What grading one submission came to."""

    card: dict | None  # see grading/scorecard.schema.json
    verdict: str  # "graded"; or without a card: "timeout", "error", "no report"
    says: str  # for the student; "" where the scorecard says it all
    seconds: float


class Judge:
    """A process that holds pytest and the labs' tests, and forks for each submission (server.py)."""

    def __init__(self, seed: int = 0, limits: Limits | None = None, labs: Sequence[str] = ()):
        """labs: folder names; only these are graded (all without). JudgeError where the tests do not load."""
        if not hasattr(os, "fork"):
            raise JudgeError("isolation forks processes, which this system cannot: use Linux, macOS, or WSL on Windows")
        self.seed, self.limits, self.labs = seed, limits or Limits(), list(labs)
        unknown = set(self.labs) - {lab.folder.name for lab in course.labs()}
        if unknown:
            raise JudgeError(f"no lab is called {', '.join(sorted(unknown))}")
        self.held: dict = {}  # what the system let the sandbox do
        self.tests = 0
        self._process: subprocess.Popen | None = None
        self._start()

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def grade(self, files: dict[str, Path], name: str = "") -> Outcome:
        """Grade the files handed in, one per lab folder; a lab that is not among them is "not written yet".

        name: what the scorecard calls the submission. JudgeError if files name a lab that is not graded.
        """
        known = self.labs or [lab.folder.name for lab in course.labs()]
        for folder in files:
            if folder not in known:
                raise JudgeError(f"{folder!r} is not among the labs to grade: {', '.join(known)}")
        begin = time.monotonic()
        if self._process is None:
            self._start()
        order = {"files": {k: os.path.abspath(v) for k, v in files.items()}, "setting": name or "submission"}
        answer = self._ask(order, self.limits.total_seconds + GRACE)
        seconds = time.monotonic() - begin
        if answer is None:
            self.close()  # a new one starts with the next submission
            return Outcome(
                None, "no report", "Grading this submission ended without a report. Nothing was scored.", seconds
            )
        if answer["late"]:
            says = (
                f"Grading took longer than {self.limits.total_seconds:g} seconds and was stopped. Nothing was scored."
            )
            return Outcome(None, "timeout", says, seconds)
        if answer["card"] is None:
            return Outcome(
                None, "no report", "Grading this submission ended without a report. Nothing was scored.", seconds
            )
        return Outcome(answer["card"], "graded", "", seconds)

    def close(self) -> None:
        """End the processes behind this Judge."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (self._orders, self._answers):
            pipe.close()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            pass
        process.wait()
        self._log.close()

    def _start(self) -> None:
        their_orders, orders = os.pipe()
        answers, their_answers = os.pipe()
        start = (
            f"import sys; sys.path.insert(0, {str(course.ROOT)!r}); from labkit.isolation import server; "
            f"server.main({their_orders}, {their_answers}, {self.seed}, {self.labs!r}, {self.limits.as_dict()!r})"
        )
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "LAB_", "COV_"))}
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-c", start],
            pass_fds=[their_orders, their_answers],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=course.ROOT,
            env=environment,
            start_new_session=True,
        )
        os.close(their_orders)
        os.close(their_answers)
        self._orders, self._answers = os.fdopen(orders, "w", encoding="utf-8"), os.fdopen(answers, encoding="utf-8")
        ready = self._read(START_SECONDS)
        if not ready or not ready.get("ready"):
            self._log.seek(0)
            said = self._log.read()[-2000:]
            self.close()
            raise JudgeError(f"the judge did not start: {(ready or {}).get('failed', 'it ended at once')}\n{said}")
        self.held, self.tests = ready["held"], ready["tests"]

    def _ask(self, order: dict, seconds: float) -> dict | None:
        try:
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()
        except OSError:
            return None
        return self._read(seconds)

    def _read(self, seconds: float) -> dict | None:
        """The next answer; None if the process ended, or said nothing in time."""
        if not select.select([self._answers], [], [], seconds)[0]:
            return None
        try:
            return json.loads(self._answers.readline())
        except ValueError:
            return None
