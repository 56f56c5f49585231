"""What each test asks of our own solution, and what that answers: the scripts that ahead.py goes by.

Each test is run twice. First on the solution, in a worker like any other. Then on answers that are noise, with a
`check` that lets everything pass: a question that reads the same both times depends on no answer, and may be asked
before its turn without telling anybody what is right.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labkit import course
from labkit.grading import plugin
from labkit.isolation import lean
from labkit.isolation.ahead import Scripts, Step
from labkit.isolation.channel import Body, unpack
from labkit.isolation.client import Zygote, question
from labkit.isolation.limits import Limits
from labkit.isolation.remote import RemoteSubmission, remote_error
from labkit.isolation.stand_in import Isolation, RemoteLab
from labkit.isolation.values import decode, encode

ENOUGH = 8  # bytes from which on an array of one question can give away the answer to another


def rehearse(lab: course.Lab, items: Sequence, zygote: Zygote) -> Scripts | None:
    """The scripts of a lab's tests for this seed; None where there is no solution (a student edition)."""
    path = lab.folder / "solution.py"
    if not path.is_file():
        return None
    on_stage = _Recorded(lab, path, Isolation(zygote, Limits()))
    steps: dict[str, list[Step] | None] = {}
    answers: set[bytes] = set()  # arrays of the solution's earlier answers
    for item in items:
        steps[item.nodeid] = None
        if not lean.is_plain(item):
            continue
        on_stage.calls = []
        on_stage._begins(plugin._exercise_of(item, lab).function)
        verdict = lean.verdict(item, lab, on_stage)
        if not verdict or verdict["status"] != "passed" or on_stage._worker is None or on_stage._worker.ended:
            continue
        known = on_stage.calls
        blind = _Blind(on_stage, known, item.name)
        lean.verdict(item, lab, blind, _Agrees(blind))
        steps[item.nodeid] = []
        for (function, asked, answer), again in zip(known, [*blind.asked, *[None] * len(known)]):
            secret = any(len(b) >= ENOUGH and bytes(b) in answers for b in unpack(asked)[1])
            steps[item.nodeid].append(Step(function, asked, answer, asked == again and not secret))
            answers.update(bytes(b) for b in unpack(answer)[1] if len(set(b)) > 1)
    about = on_stage._submission.about if on_stage._submission else {}
    on_stage._close()
    return Scripts(steps, about)


class _Recorded(RemoteLab):
    """The solution in a worker; what it is asked and what it answers is written down."""

    def __init__(self, lab: course.Lab, path: Path, isolation: Isolation):
        super().__init__(lab, path, isolation)
        self.calls: list[tuple[str, Body, Body]] = []

    def _call(self, name: str, args: tuple, kwargs: dict):
        self._name = name
        return super()._call(name, args, kwargs)

    def _answer(self, asked: Body) -> Body:
        answer = super()._answer(asked)
        self.calls.append((self._name, asked, answer))
        return answer


class _Blind(RemoteLab):
    """Answers with noise of the shapes and types of what was answered before."""

    def __init__(self, real: _Recorded, known: list[tuple[str, Body, Body]], seed: str):
        super().__init__(real._lab, real._path, real._isolation)
        self.asked: list[Body] = []
        self._real, self._known, self._dice = real, known, np.random.default_rng(zlib.crc32(seed.encode()))

    def _loaded(self) -> RemoteSubmission:
        contents = {"problems": [], "names": [], "values": self._real._loaded().about}
        return RemoteSubmission(self._path, self, contents)

    def _call(self, name: str, args: tuple, kwargs: dict):
        buffers: list = []
        trees = [encode(value, buffers, layout=True) for value in (list(args), dict(kwargs))]
        self.asked.append(question(name, *trees, buffers))
        function, _, answer = self._known[len(self.asked) - 1]  # none any more: the test ends here
        reply, back = unpack(answer)
        if function != name:
            raise RuntimeError("it asks something else now")
        if "error" in reply:
            raise remote_error(reply["error"])
        return self._noise(decode(reply["value"], back)), []

    def _noise(self, value):
        if isinstance(value, (list, tuple)):
            return type(value)(self._noise(v) for v in value)
        if isinstance(value, dict):
            return {key: self._noise(v) for key, v in value.items()}
        if isinstance(value, str):
            return f"noise {self._dice.integers(10**9)}"
        kind = np.asarray(value).dtype.kind
        if kind not in "biuf":
            raise RuntimeError("noise of no known kind")
        drawn = self._dice.normal(0, 50, np.shape(value))
        made = drawn > 0 if kind == "b" else abs(drawn) if kind == "u" else drawn
        if isinstance(value, (np.ndarray, np.generic)):
            made = np.asarray(made).astype(value.dtype)
            return made if isinstance(value, np.ndarray) else made[()]
        return type(value)(made)


class _Agrees:
    """A `check` that lets everything pass."""

    def __init__(self, lab):
        pass

    def array(self, got, *_, **__):
        return np.asarray(got)

    codes = array

    def refuses(self, function, *args, naming=None, because=None, **kwargs):
        try:
            function(*args, **kwargs)
        except ValueError:
            pass

    def equal(self, *_, **__):
        pass

    close = rounded = at_most = that = fail = equal
