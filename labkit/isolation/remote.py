"""What the judge knows of a submission that is in a worker: its names, signatures and lines; how its words read."""

from __future__ import annotations

import builtins
import inspect
import linecache
import re
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.grading.submission import Problem, Submission
from labkit.isolation.values import Garbage, cut

if TYPE_CHECKING:
    from labkit.isolation.stand_in import RemoteLab

_DEFINES = re.compile(r"(?:async\s+)?def\s+(\w+)")


class RemoteSubmission(Submission):
    """A Submission whose functions are in a worker. `contents` is the worker's word: checked, cut to size."""

    def __init__(self, path: Path, owner: RemoteLab, contents):
        super().__init__(path, None, [])
        self._owner, self._lines = owner, None
        try:
            for line, what, name in contents["problems"][:50]:
                self.problems.append(Problem(int(line), cut(what, 500), None if name is None else cut(name, 100)))
            self._names = [cut(name, 100) for name in contents["names"][:1000]]
            values, wanted = dict(contents["values"]), (e.function for e in owner._lab.exercises)
            self._values = {name: _value(owner, name, values[name]) for name in wanted if name in values}
            self.about = values
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise Garbage(f"a table of contents that is none: {type(error).__name__}") from None

    def get(self, name: str):
        return self._values.get(name)

    def names(self) -> list[str]:
        return self._names

    def line_of(self, name: str) -> int | None:
        if self._lines is None:  # asked for every test: once through the file
            self._lines = {}
            for number, text in enumerate(linecache.getlines(str(self.path)), 1):
                if found := _DEFINES.match(text):
                    self._lines.setdefault(found[1], number)
        return self._lines.get(name)

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


def observed(said) -> list:
    if said is None:
        return []
    if not isinstance(said, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and type(pair[0]) is int and pair[1] in ("changed", "shared")
        for pair in said
    ):
        raise Garbage("what was noticed about the inputs")
    return said


def remote_error(about) -> BaseException:
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
