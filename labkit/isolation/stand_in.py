"""What stands in for a submission in the judge's process: the same names and signatures, no code.

To LabUnderTest it is a Submission as any other, so that every message is the same as in a learner's own run.
"""

from __future__ import annotations

import builtins
import inspect
import linecache
import os
import stat
import time
from pathlib import Path

from labkit import course
from labkit.grading.calls import LabUnderTest, Verdict
from labkit.grading.submission import Problem, Submission
from labkit.isolation.client import Trouble, Worker, Zygote
from labkit.isolation.limits import Limits
from labkit.isolation.values import Garbage, cut, decode, encode


class Isolation:
    """What all labs of one run share: the zygote, the limits, the time that is left for the submission."""

    def __init__(self, zygote: Zygote, limits: Limits):
        self.zygote, self.limits = zygote, limits
        self.ends = time.monotonic() + limits.total_seconds

    def seconds(self, at_most: float) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Verdict(
                f"the whole submission took longer than {self.limits.total_seconds:g} seconds", None, "timeout"
            )
        return min(at_most, left)


class RemoteLab(LabUnderTest):
    """The fixture `lab` where the submission runs in a worker."""

    def __init__(self, lab: course.Lab, path: Path, isolation: Isolation):
        super().__init__(lab, path)
        self._isolation = isolation
        self._worker: Worker | None = None
        self._lost: Verdict | None = None  # the file cannot be read at all: so says every call
        self._stuck: dict[str, Verdict] = {}  # exercise -> what its time limit said
        self._exercise = ""

    def _begins(self, exercise: str) -> None:
        """A test of this exercise begins."""
        super()._begins(exercise)
        self._exercise = exercise

    def _loaded(self) -> Submission:
        if self._lost:
            raise self._again(self._lost)
        if self._exercise in self._stuck:
            raise self._again(self._stuck[self._exercise])
        if self._worker is None or self._worker.ended:
            if not os.path.lexists(self._path):
                super()._loaded()
            self._submission = self._start()
        return self._submission

    @staticmethod
    def _again(verdict: Verdict) -> Verdict:
        return Verdict(str(verdict), verdict.line, verdict.status)

    def _start(self) -> RemoteSubmission:
        limits = self._isolation.limits
        source = self._read(limits.source_bytes)
        self._worker = self._isolation.zygote.worker(limits)
        functions = [e.function for e in self._lab.exercises]
        seconds = self._isolation.seconds(limits.load_seconds)
        try:
            contents = self._worker.load(str(self._path), source, functions, seconds)
            return RemoteSubmission(self._path, self, contents)
        except Trouble as trouble:
            where = f"line {trouble.line} of " if trouble.line else ""
            self._lost = Verdict(f"{where}{self._path.name}: {trouble}", trouble.line, trouble.status)
        except Garbage as error:
            self._lost = Verdict(f"{self._path.name}: {self._refuse(error)}", None, "error")
        raise self._lost

    def _refuse(self, error: Garbage) -> Trouble:
        try:
            self._worker.garbage(error)
        except Trouble as trouble:
            return trouble

    def _read(self, limit: int) -> bytes:
        """The file's bytes. A link, a pipe or a device in the place of a file is not followed."""
        try:
            fd = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(fd, "rb") as file:
                if stat.S_ISREG(os.fstat(fd).st_mode):
                    source = file.read(limit + 1)
                    if len(source) <= limit:
                        return source
                    says = f"{self._path.name} is larger than {limit / 2**20:g} MiB"
                else:
                    says = f"{self._path.name} is no ordinary file"
        except OSError as error:
            says = f"{self._path.name} cannot be read: {error.strerror} (a link is not followed)"
        self._lost = Verdict(says, None, "error")
        raise self._lost

    def _call(self, name: str, args: tuple, kwargs: dict) -> tuple[object, list[tuple[int, str]]]:
        """-> what the function returned, and [[place of an argument, "changed" | "shared"], …]."""
        limits, buffers = self._isolation.limits, []
        trees = [encode(value, buffers, layout=True) for value in (list(args), dict(kwargs))]
        seconds = self._isolation.seconds(limits.call_seconds)
        try:
            reply, back = self._worker.call(name, *trees, buffers, seconds)
            if "error" in reply:
                raise _remote_error(reply["error"])
            if "too_much" in reply:
                raise Verdict(f"{name} returned more than can be carried: {cut(reply['too_much'], 200)}", None, "error")
            return decode(reply.get("value"), back), _observed(reply.get("observed"))
        except Garbage as error:
            trouble = self._refuse(error)
        except Trouble as error:
            trouble = error
        place = (
            f"\nline {trouble.line}: {linecache.getline(str(self._path), trouble.line).strip()}" if trouble.line else ""
        )
        verdict = Verdict(f"{name}: {trouble}{place}", trouble.line, trouble.status)
        if trouble.status == "timeout":
            self._stuck[self._exercise] = verdict
        raise verdict

    def _close(self) -> None:
        if self._worker:
            self._worker.close()


class RemoteSubmission(Submission):
    """A Submission whose functions are in a worker. `contents` is the worker's word: checked, cut to size."""

    def __init__(self, path: Path, owner: RemoteLab, contents):
        super().__init__(path, None, [])
        self._owner, self._lines = owner, {}
        try:
            for line, what, name in contents["problems"][:50]:
                self.problems.append(Problem(int(line), cut(what, 500), None if name is None else cut(name, 100)))
            self._names = [cut(name, 100) for name in contents["names"][:1000]]
            values, wanted = contents["values"], (e.function for e in owner._lab.exercises)
            self._values = {name: _value(owner, name, values[name]) for name in wanted if name in values}
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise Garbage(f"a table of contents that is none: {type(error).__name__}") from None

    def get(self, name: str):
        return self._values.get(name)

    def names(self) -> list[str]:
        return self._names

    def line_of(self, name: str) -> int | None:
        if name not in self._lines:  # asked at every call
            self._lines[name] = super().line_of(name)
        return self._lines[name]

    def call(self, function: RemoteFunction, args: tuple, kwargs: dict) -> tuple[object, list]:
        return self._owner._call(function.__name__, args, kwargs)


def _value(owner: RemoteLab, name: str, about: dict):
    if about["callable"] is True:
        return RemoteFunction(owner, name, about["parameters"])
    return type(cut(about["type"], 80), (), {})()


class _Default:
    """A default value: all that is known, and needed, is how it reads."""

    def __init__(self, text: str):
        self._text = cut(text, 100)

    def __repr__(self):
        return self._text


class RemoteFunction:
    """A function of the submission, in its worker."""

    def __init__(self, owner: RemoteLab, name: str, parameters: list | None):
        self._owner, self.__name__ = owner, name
        if parameters is not None:
            empty = inspect.Parameter.empty
            made = [
                inspect.Parameter(name, inspect._ParameterKind(kind), default=empty if d is None else _Default(d))
                for name, kind, d in parameters
            ]
            self.__signature__ = inspect.Signature(made)
        else:
            self.__signature__ = 0  # inspect.signature then refuses, as it did in the worker

    def __call__(self, *args, **kwargs):
        return self._owner._call(self.__name__, args, kwargs)[0]


def _observed(said) -> list:
    if said is None:
        return []
    if not isinstance(said, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and type(pair[0]) is int and pair[1] in ("changed", "shared")
        for pair in said
    ):
        raise Garbage("what was noticed about the inputs")
    return said


def _remote_error(about) -> BaseException:
    """An exception that reads as the submission's did, of the nearest built-in type."""
    try:
        name, message, line = cut(about["type"], 80), cut(about["message"]), about["line"]
        found = [getattr(builtins, str(base), None) for base in about["bases"]]
    except (KeyError, TypeError) as error:
        raise Garbage(f"an exception that is none: {type(error).__name__}") from None
    groups = getattr(builtins, "BaseExceptionGroup", ())  # cannot be made of a message alone
    known = [b for b in found if isinstance(b, type) and issubclass(b, (Exception, SystemExit))]
    base = next((b for b in known if not issubclass(b, groups)), Exception)
    error = type(name, (base,), {"__init__": _nothing, "__str__": lambda self: message})(message)
    error.lab_line = line if type(line) is int else None
    return error


def _nothing(self, *args) -> None:
    """UnicodeDecodeError, for one, would ask for five arguments."""
