"""Calls into a submission: what was called, what came back, and the slips a learner really makes.

`lab.some_function(...)` in a test goes through here. The result is checked for the promises that hold
for every function of the course (something is returned, arrays are arrays, inputs are left alone),
so that no test needs to repeat them and each slip gets one clear verdict.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from labkit import course
from labkit.grading.submission import Submission, load


class Verdict(AssertionError):
    """What is wrong with a submission, in words for its author.

    `line` is where to look in their file; `named` says that the message names the misunderstanding itself,
    so that it is the one to show when many tests fail for one reason.
    """

    def __init__(self, message: str, line: int | None = None, status: str = "failed", named: bool = False):
        super().__init__(message)
        self.line, self.status, self.named = line, status, named


@dataclass
class Call:
    """One call, kept so that a message can say what was called."""

    text: str
    results: tuple


class LabUnderTest:
    """The functions of one lab, as the fixture `lab` gives them to a test."""

    def __init__(self, lab: course.Lab, path: Path):
        self._lab = lab
        self._path = path
        self._submission: Submission | None = None
        self._calls: list[Call] = []

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        exercise = self._lab.exercise(name)  # a test that asks for an unknown function is our own slip
        return _Function(self, exercise)

    def _loaded(self) -> Submission:
        if self._submission is None:
            if not self._path.is_file():
                raise Verdict(f"there is no {self._path.name} for {self._lab.folder.name}", status="not_written")
            self._submission = load(self._path)
        return self._submission

    def _begins(self, exercise: str) -> None:
        """A test of this exercise begins: earlier calls are no matter of its messages."""
        self._calls.clear()

    def _call_that_gave(self, value) -> Call | None:
        for call in reversed(self._calls):
            if any(value is result for result in call.results):
                return call
        return self._calls[-1] if self._calls else None


class _Function:
    """A learner's function; calling it ships the arguments and vets what comes back."""

    def __init__(self, owner: LabUnderTest, exercise: course.Exercise):
        self.owner, self.exercise = owner, exercise
        self.__name__ = exercise.function

    def __call__(self, *args, **kwargs):
        submission = self.owner._loaded()
        name = self.exercise.function
        function, line = _find(submission, name, self.owner._lab), submission.line_of(name)
        text = _describe_call(name, function, args, kwargs)
        _check_signature(submission, name, function, line, text, args, kwargs)
        try:
            value, observed = submission.call(function, args, kwargs)
        except Exception as error:
            _explain(error, submission, text)
            raise
        results = _vet_results(value, self.exercise, text, line)
        _vet_inputs(observed, function, text, line)
        self.owner._calls.append(Call(text, results))
        return results if len(self.exercise.returns) > 1 else results[0]


def _find(submission: Submission, name: str, lab: course.Lab):
    function = submission.get(name)
    if callable(function):
        return function
    file = submission.path.name
    problem = submission.problem_for(name)
    if problem:
        raise Verdict(f"{name} could not be read: line {problem.line} of {file}: {problem.what}", problem.line, "error")
    nameless = [p for p in submission.problems if p.name is None]
    if nameless:
        raise Verdict(
            f"{file} has no {name}; line {nameless[0].line} could not be run: {nameless[0].what}",
            nameless[0].line,
            "error",
        )
    if function is not None:
        raise Verdict(f"{name} in {file} is {type(function).__name__}, not a function: is the name used twice?")
    import difflib  # only a misspelt name needs it

    others = {exercise.function for exercise in lab.exercises}
    close = difflib.get_close_matches(name, [n for n in submission.names() if n not in others], 1, 0.75)
    if close:
        line = submission.line_of(close[0])
        raise Verdict(f"{file} has no {name}, but line {line} defines {close[0]}: is the name misspelt?", line)
    raise Verdict(f"{file} has no function {name}: was it removed or renamed?")


@lru_cache(maxsize=64)  # asked several times a call
def _signature(function) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None  # a builtin or a C function: the call itself will tell


def _check_signature(submission, name, function, line, text, args, kwargs) -> None:
    signature = _signature(function)
    if signature is None:
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise Verdict(
            f"{text}\ncannot be called: yours is {name}{_plain(signature)}: {error}\n"
            "Is the signature still the one the starter came with?",
            line,
            "error",
        ) from None


def _plain(signature: inspect.Signature) -> str:
    """The signature without annotations, which only lengthen a message."""
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))


def _vet_results(value, exercise: course.Exercise, text: str, line: int | None) -> tuple:
    names = exercise.returns
    if value is None:
        raise Verdict(f"{text}\nreturned None: is the `return` missing, or does it print instead?", line)
    if len(names) == 1:
        return (_plain_value(value, names[0], text, line),)
    wanted = f"({', '.join(names)})"
    if not isinstance(value, (tuple, list)):
        raise Verdict(f"{text}\nreturned {describe(value)}; expected the tuple {wanted}", line)
    if len(value) != len(names):
        raise Verdict(f"{text}\nreturned {len(value)} values; expected {len(names)}: {wanted}", line)
    return tuple(_plain_value(v, n, text, line) for v, n in zip(value, names))


def _plain_value(value, name: str, text: str, line: int | None):
    if isinstance(value, np.ndarray) and value.dtype != object:
        # A base-class view: a subclass could answer comparisons as it likes.
        return value if type(value) is np.ndarray else value.view(np.ndarray)
    if isinstance(value, (bool, int, float, np.generic, dict, str)):
        return value
    kind = f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
    mend = "expected a numpy array or a number"
    if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], np.ndarray):
        mend = "is it the tuple that np.where gives? Its [0] is the array"
    elif isinstance(value, (list, tuple)):
        mend = "np.array(...) around it makes one"
    raise Verdict(f"{text}\nreturned a {kind} for {name}, not a numpy array: {mend}", line)


def _vet_inputs(observed: list[tuple[int, str]], function, text: str, line: int | None) -> None:
    for position, what in observed:
        name = _parameter(function, position)
        if what == "changed":
            raise Verdict(f"{text}\nchanged its input {name}: which line works in place (+=, out=, [...] =)?", line)
        raise Verdict(
            f"{text}\nreturned memory of its input {name}: writing to the result would change {name}.\n"
            "Is a view or the input itself returned where a new array is expected?",
            line,
        )


def _explain(error: Exception, submission: Submission, text: str) -> None:
    """Attach to an exception what the plugin needs to show: the call, and an import that failed earlier."""
    error.lab_call = text
    if isinstance(error, NameError) and submission.problems:
        first = submission.problems[0]
        error.lab_note = f"line {first.line} of {submission.path.name} could not be run: {first.what}"


# How a value reads in a message.


def _describe_call(name: str, function, args, kwargs) -> str:
    parts = [
        f"{_parameter(function, i)} {describe(a)}".strip() if isinstance(a, np.ndarray) else describe(a)
        for i, a in enumerate(args)
    ]
    parts += [f"{key}={describe(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(parts)})"


def _parameter(function, position: int) -> str:
    try:
        return list(_signature(function).parameters)[position]
    except (AttributeError, IndexError):
        return f"argument {position + 1}"


def describe(value) -> str:
    """`float32 (5, 7)` for an array, its values when it is small; the value itself otherwise."""
    if isinstance(value, np.ndarray):
        if 0 < value.size <= 4:
            return f"{value.dtype} {np.array2string(value, precision=4, separator=', ').replace(chr(10), '')}"
        return f"{value.dtype} {value.shape}"
    if isinstance(value, (np.generic, float)):
        return f"{value:.6g}" if np.issubdtype(type(value), np.floating) else str(value)
    if isinstance(value, (list, tuple)) and len(repr(value)) > 40:
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
