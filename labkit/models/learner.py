"""The learner's functions, as the evaluation of the model calls them.

A function that is not written, does not run or gives something of the wrong shape raises
``NotUsable``, which says so in one line. The row of the table that needed it shows that line,
and every other row is still measured.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from labkit import course
from labkit.grading.implementation import Implementation
from labkit.grading.submission import Submission, line_in, load


class NotUsable(Exception):
    """Why a learner's function cannot be used here.

    ``kind`` is ``"not written"`` or ``"error"``; ``function`` and ``lab`` (``"03"``) say whose; ``reason`` is one line.
    """

    def __init__(self, kind: str, function: str, lab: str, reason: str = ""):
        self.kind, self.function, self.lab, self.reason = kind, function, lab, " ".join(reason.split())
        says = f"not written yet: {function} (lab {lab})" if kind == "not written" else f"{function} (lab {lab})"
        super().__init__(f"{says}: {self.reason}" if self.reason else says)


class Learner:
    """The functions of one implementation, each found by its lab and its name.

    ``instead`` puts functions in the place of the implementation's own, to see what one slip
    costs: name -> function.
    """

    def __init__(self, implementation: Implementation, instead: Mapping[str, Callable] | None = None):
        self._implementation = implementation
        self._instead = dict(instead or {})
        self._files: dict[Path, Submission] = {}

    def with_instead(self, instead: Mapping[str, Callable]) -> Learner:
        """The same implementation with these functions in the place of its own."""
        return Learner(self._implementation, self._instead | dict(instead))

    def require(self, lab: str, function: str) -> None:
        """``NotUsable`` where the function is not there at all; whether it is written shows only when called."""
        self._find(lab, function)

    def call(self, lab: str, function: str, *arguments, gives: tuple[tuple[int, ...], ...], **options):
        """Call a learner's function; the result, or a tuple of results where ``gives`` holds several shapes.

        Arrays are handed over read-only. What comes back is finite and has the shapes in ``gives``; else, and
        for whatever the function raises, ``NotUsable``. What a learner prints goes to stderr.
        """
        code, path = self._find(lab, function)
        arguments = [_read_only(a) if isinstance(a, np.ndarray) else a for a in arguments]
        try:
            with contextlib.redirect_stdout(sys.stderr):
                result = code(*arguments, **options)
        except KeyboardInterrupt:
            raise
        except NotImplementedError:
            raise NotUsable("not written", function, lab) from None
        except BaseException as error:  # also SystemExit: exit() in a function must not end the table
            line = line_in(error, path)
            where = f"line {line}, " if line else ""
            raise NotUsable("error", function, lab, f"{where}{type(error).__name__}: {error}") from None
        return self._checked(lab, function, result, gives)

    def _checked(self, lab: str, function: str, result, gives: tuple[tuple[int, ...], ...]):
        values = (result,) if len(gives) == 1 else result
        if not isinstance(values, (tuple, list)) or len(values) != len(gives):
            raise NotUsable("error", function, lab, f"gave {_what(result)}, expected {len(gives)} arrays")
        arrays = []
        for value, shape in zip(values, gives):
            try:
                array = np.asarray(value)
                finite = np.isfinite(array).all()
            except (TypeError, ValueError):
                raise NotUsable("error", function, lab, f"gave {_what(value)}, expected an array {shape}") from None
            if array.shape != shape:
                raise NotUsable("error", function, lab, f"gave the shape {array.shape}, expected {shape}")
            if not finite:
                raise NotUsable("error", function, lab, "gave NaN or inf")
            arrays.append(array)
        return arrays[0] if len(gives) == 1 else tuple(arrays)

    def _find(self, lab: str, function: str) -> tuple[Callable, Path]:
        if function in self._instead:
            code = self._instead[function]
            return code, Path(code.__code__.co_filename)
        path = self._implementation.file_for(course.find(lab))
        if path not in self._files:
            with contextlib.redirect_stdout(sys.stderr):
                self._files[path] = load(path)
        submission = self._files[path]
        code = submission.get(function)
        if callable(code):
            return code, path
        problem = submission.problem_for(function) or (None if path.is_file() else submission.problems[0])
        if problem is None:
            raise NotUsable("not written", function, lab)
        if not path.is_file():
            raise NotUsable("not written", function, lab, f"there is no {path.name} for this lab")
        raise NotUsable("error", function, lab, f"line {problem.line}, {problem.what}")


def functions_in(path: Path) -> dict[str, Callable]:
    """The functions that one file defines, name -> function; ``ValueError`` if it defines none or does not run."""
    submission = load(path)
    if submission.problems:
        problem = submission.problems[0]
        raise ValueError(f"{path}, line {problem.line}: {problem.what}")
    known = {exercise.function for lab in course.labs() for exercise in lab.exercises}
    found = {name: submission.get(name) for name in submission.names() if name in known}
    if not found:
        raise ValueError(f"{path} defines no function of the course")
    return found


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _what(value) -> str:
    if isinstance(value, (tuple, list)):
        return f"{len(value)} values"
    return "None" if value is None else f"a {type(value).__name__}"
