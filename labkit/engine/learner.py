"""A learner's function in a child process, with the same verdicts as in this one.

`lab.f(...)` calls f here; `engine(lab.f, ...)` calls it in a child that may start vLLM, with a time limit.
"""

from __future__ import annotations

import json
from pathlib import Path

from labkit.engine import child
from labkit.grading import calls
from labkit.grading.calls import Verdict

LIMIT = 150.0  # seconds for one run in a test; seen: 10 to 25, of which the import is half


class Refused(ValueError, Verdict):
    """The learner's function raised ValueError: what a test of a refusal expects, and a verdict for every other."""

    def __init__(self, message: str, line: int | None):
        Verdict.__init__(self, message, line, "error")


class InChild:
    """The fixture `engine`."""

    __name__ = "engine"

    def __init__(self, runs: dict[str, child.Outcome]):
        self._runs = runs
        self.outcome: child.Outcome | None = None  # of the last call: its seconds, its log, what was witnessed

    def __call__(self, function: calls._Function, *args, limit: float = LIMIT, env: dict | None = None, **kwargs):
        owner, exercise = function.owner, function.exercise
        submission = owner._loaded()
        name = exercise.function
        here, line = calls._find(submission, name, owner._lab), submission.line_of(name)
        text = calls._describe_call(name, here, args, kwargs)
        calls._check_signature(submission, name, here, line, text, args, kwargs)
        key = json.dumps([str(owner._path), owner._path.stat().st_mtime_ns, name, args, kwargs, env], default=str)
        if key not in self._runs:
            self._runs[key] = child.run(owner._path, name, args, kwargs, limit, env)
        self.outcome = self._runs[key]
        if self.outcome.error:
            raise _verdict(self.outcome.error, text, line)
        results = calls._vet_results(self.outcome.value, exercise, text, line)
        owner._calls.append(calls.Call(text, results))
        return results if len(exercise.returns) > 1 else results[0]

    def own_format(self, function: calls._Function, checkpoint, plain: bool, texts: list[str], x: list) -> dict:
        """The format that the learner's `register_int8_format` registers, at work: see own_format.run."""
        owner, name = function.owner, function.exercise.function
        submission = owner._loaded()
        calls._find(submission, name, owner._lab)
        asked = [str(owner._path), str(checkpoint), plain, texts, x]
        key = json.dumps([owner._path.stat().st_mtime_ns, name, asked])
        if key not in self._runs:
            driver = Path(__file__).with_name("own_format.py")
            self._runs[key] = child.run(driver, "run", asked, limit=LIMIT, learner=owner._path)
        self.outcome = self._runs[key]
        if self.outcome.error:
            where = "a plain checkpoint" if plain else "a checkpoint of codes and scales"
            raise _verdict(self.outcome.error, f"vLLM with your format, on {where}", submission.line_of(name))
        return self.outcome.value

    def refusing(self, function: calls._Function):
        """`function` run in a child, in the form that check.refuses calls."""

        def refused(*args, **kwargs):
            return self(function, *args, **kwargs)

        refused.__name__ = function.__name__
        return refused


def _verdict(error: dict, text: str, line: int | None) -> Exception:
    at = error["line"] or line
    if error["kind"] == "not_written":
        return Verdict(error["message"], at, "not_written")
    if error["kind"] in ("time", "died"):
        return Verdict(f"{text}\n{error['message']}", at, "error")
    if error["is_value_error"] and error["own"]:
        return Refused(error["message"], at)
    return Verdict(f"{text}\nraised {error['type']}: {error['message']}", at, "error")
