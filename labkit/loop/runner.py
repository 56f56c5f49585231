"""Run the labs' tests in a process of their own: started ahead, used once, ended when it takes too long."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labkit import course

PATIENCE = 10.0  # seconds without a word from a running test; the slowest test of the course takes two
PATIENCE_SLOW = 900.0  # an engine that starts
START = 120.0  # seconds to load pytest, numpy and the tests: a cold disk is slow
TICK = 0.02


class Stopped(Exception):
    """The caller's `stop` said that the answer is no longer wanted."""


@dataclass
class Outcome:
    """What one or more runs gave."""

    results: list[dict] = field(default_factory=list)  # as the grading plugin makes them, with "printed"
    left_out: list[list[str]] = field(default_factory=list)  # [lab, exercise, mark]
    trouble: str = ""  # why grading itself could not be done, in pytest's or Python's words


class Child:
    """One grading process; `with` ends it."""

    def __init__(self, labs: Iterable[course.Lab]):
        self.labs = tuple(labs)
        self.tests = tests_digest(self.labs)
        self.last_words = tempfile.TemporaryFile()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        environment |= {"LAB_IMPL": "starter", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labkit.loop.child", *(course.show_path(lab.folder) for lab in self.labs)],
            cwd=course.ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.last_words,
        )
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        # A thread, because a pipe cannot be waited for with a time limit on Windows.
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with self.process.stdout as answers:
            for line in answers:
                self.lines.put(line)
        self.lines.put(None)

    def fits(self, labs: Iterable[course.Lab]) -> bool:
        """It holds these labs' tests as they are now, and still waits."""
        mine = {lab.key for lab in self.labs}
        return (
            {lab.key for lab in labs} <= mine and self.process.poll() is None and self.tests == tests_digest(self.labs)
        )

    def send(self, exercises: Mapping[str, list[str]], slow: bool) -> None:
        try:
            self.process.stdin.write(json.dumps({"exercises": exercises, "slow": slow}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has ended; the reader will say so

    def events(self, patience: float, stop: Callable[[], bool]):
        """Answers as they come; then None (it ended without a last answer), or TimeoutError."""
        limit = time.monotonic() + START
        while True:
            try:
                line = self.lines.get(timeout=TICK)
            except queue.Empty:
                if stop():
                    raise Stopped from None
                if time.monotonic() > limit:
                    raise TimeoutError from None
                continue
            if line is None:
                yield None
                return
            event = json.loads(line)
            limit = time.monotonic() + (PATIENCE_SLOW if event.get("start", {}).get("slow") else patience)
            yield event
            if "end" in event:
                return

    def said(self) -> str:
        """The last lines that Python itself left behind."""
        self.last_words.seek(0)
        lines = self.last_words.read().decode("utf-8", "replace").strip().splitlines()
        return "\n".join(lines[-6:])

    def wait(self, seconds: float) -> None:
        """Give it time to end by itself."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def end(self) -> None:
        """End it now; safe to call twice."""
        try:
            self.process.stdin.close()  # a waiting one ends by itself
        except OSError:
            pass
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.last_words.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *error) -> None:
        self.end()


class Runner:
    """Grades on demand; with `ahead`, keeps the next process waiting so that a verdict need not wait for it."""

    def __init__(self, labs: Iterable[course.Lab], ahead: bool = False, patience: float = PATIENCE):
        self.labs, self.ahead, self.patience = tuple(labs), ahead, patience
        self._waiting = Child(self.labs) if ahead else None

    def grade(
        self, exercises: Mapping[str, list[str]], slow: bool = False, stop: Callable[[], bool] = lambda: False
    ) -> Outcome:
        """Run the tests of {"lab-01": [functions]}; one that never ends or ends Python costs its exercise alone."""
        outcome = Outcome()
        todo = {key: list(names) for key, names in exercises.items() if names}
        stuck, lost = 0, []
        while any(todo.values()) and not outcome.trouble and stuck < 3:
            culprit = self._once([lab for lab in self.labs if todo.get(lab.key)], todo, slow, stop, outcome)
            if culprit is None:
                break
            stuck += 1
            lab = next(lab for lab in self.labs if lab.folder.name == culprit["lab"])
            todo[lab.key].remove(culprit["exercise"])
            lost.append((culprit["lab"], culprit["exercise"]))
            if stuck < 3:  # the others are run anew, whole
                outcome.results = [r for r in outcome.results if (r["lab"], r["exercise"]) in lost]
        return outcome

    def _once(self, labs, todo, slow, stop, outcome: Outcome) -> dict | None:
        """One process; gives back the result of the test that it did not survive."""
        child, running, done = self._take(labs), None, []
        try:
            child.send(todo, slow)
            for event in child.events(self.patience, stop):
                if event is None:
                    return self._lost(child, running, outcome, f"{_ended(child)}; no verdict was given")
                if "start" in event:
                    running = event["start"]
                elif "result" in event:
                    done.append(event["result"])
                    outcome.results.append(event["result"])
                elif "left_out" in event:
                    outcome.left_out += event["left_out"]
                elif event.get("end", 0) not in (0, 1, 5):  # 5: nothing was left to run
                    outcome.trouble = event["text"] or f"pytest ended with {event['end']}"
        except KeyboardInterrupt:
            child.wait(5.0)  # Ctrl-C reached it as well: an engine that it started is ended by it
            raise
        except TimeoutError:
            limit = PATIENCE_SLOW if (running or {}).get("slow") else self.patience
            says = f"did not end within {limit:.0f} seconds: is there a loop that never ends?"
            return self._lost(child, running, outcome, says)
        finally:
            child.end()
            if self.ahead:
                self._waiting = Child(self.labs)
        return None

    def _lost(self, child: Child, running: dict | None, outcome: Outcome, says: str) -> dict | None:
        if running is None:
            outcome.trouble = child.said() or f"the grading process {says}"
            return None
        nothing = {"seconds": 0.0, "line": None, "named": True, "exercise_line": None, "problems": [], "printed": ""}
        message = f"{running['exercise']}\n{says}"
        result = {**running, **nothing, "status": "error", "message": message}
        # Its exercise is not run to its end: the other tests of it would meet the same.
        outcome.results.append(result)
        return result

    def _take(self, labs) -> Child:
        child, self._waiting = self._waiting, None
        if child is not None and child.fits(labs):
            return child
        if child is not None:
            child.end()
        return Child(self.labs if self.ahead else labs)

    def end(self) -> None:
        if self._waiting is not None:
            self._waiting.end()
            self._waiting = None


def _ended(child: Child) -> str:
    code = child.process.wait()
    return f"ended Python itself (exit code {code})" if code >= 0 else f"made Python crash (signal {-code})"


def tests_digest(labs: Iterable[course.Lab]) -> str:
    """A fingerprint of what grades these labs, so that an update of the course grades anew."""
    found = hashlib.sha256()
    for lab in labs:
        for file in sorted(Path(lab.folder).glob("test_*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()[:12]
