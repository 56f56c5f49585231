"""Load a learner's file so that one slip costs one exercise, not the lab.

The file is run statement by statement. A statement that fails is noted with its line and the next
one still runs. A file that does not even parse is cut at its top-level definitions, and each piece
is compiled alone: an unclosed bracket then costs the function it is in and no other.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import re
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Where a new top-level piece may begin, once the file as a whole does not parse: at a definition,
# and, inside a piece that does not parse either, at an import or an assignment.
_DEFINITION = re.compile(r"(?:async )?def |class |@")
_SMALLER = re.compile(r"import |from \w[\w.]* import |if __name__|[A-Za-z_]\w*\s*(?::[^=]*)?=[^=]")


@dataclass(frozen=True)
class Problem:
    """One top-level piece of the file that could not be run."""

    line: int
    what: str  # "SyntaxError: '(' was never closed"
    name: str | None  # the function or variable it would have defined


@dataclass
class Submission:
    """What a learner's file defines, and what in it could not be run."""

    path: Path
    module: types.ModuleType
    problems: list[Problem] = field(default_factory=list)

    def get(self, name: str):
        return vars(self.module).get(name)

    def call(self, function: Callable, args: tuple, kwargs: dict) -> tuple[object, list[tuple[int, str]]]:
        """What it returned, and what it did to its inputs: see observe.py."""
        from labkit.grading.observe import call_and_observe

        return call_and_observe(function, args, kwargs)

    def problem_for(self, name: str) -> Problem | None:
        return next((p for p in self.problems if p.name == name), None)

    def names(self) -> list[str]:
        """The functions that this file itself defines."""
        return [
            name
            for name, value in vars(self.module).items()
            if isinstance(value, types.FunctionType) and value.__module__ == self.module.__name__
        ]

    def line_of(self, name: str) -> int | None:
        """The line of `def name`, also when that function did not compile; None if there is none."""
        pattern = re.compile(rf"(?:async\s+)?def\s+{re.escape(name)}\b")
        for number, text in enumerate(linecache.getlines(str(self.path)), 1):
            if pattern.match(text):
                return number
        return None


def load(path: Path, source: bytes | None = None, about_to_run: Callable[[int], object] | None = None) -> Submission:
    """Run the file at `path`, or `source` as if it were there; never raises for what is inside it.

    `about_to_run` is told the line of each top-level statement before it is run.
    """
    name = "submission_" + re.sub(r"\W", "_", "_".join(path.parts[-2:])).removesuffix("_py")
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and pickling inside a submission look here
    submission = Submission(path, module)
    try:
        if source is None:
            linecache.checkcache(str(path))
            source = path.read_bytes()
        text = _decode(source)
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        submission.problems.append(Problem(1, f"{type(error).__name__}: {error}", None))
        return submission
    flags = _future_flags(text)
    for node in _statements(text, submission):
        if about_to_run:
            about_to_run(node.lineno)
        _run(node, flags, submission)
    return submission


def _decode(source: bytes) -> str:
    """The text as Python itself would read it: coding line, byte-order mark, any line ending."""
    import io
    import tokenize

    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return io.TextIOWrapper(io.BytesIO(source), encoding).read()


def _future_flags(text: str) -> int:
    """`from __future__ import …` holds for the whole file, so each piece must be compiled with it."""
    flags = 0
    for names in re.findall(r"^from __future__ import ([^\n#]+)", text, flags=re.M):
        for name in re.findall(r"\w+", names):
            flags |= getattr(getattr(__future__, name, None), "compiler_flag", 0)
    return flags


def _statements(text: str, submission: Submission):
    try:
        yield from ast.parse(text, str(submission.path)).body
        return
    except (SyntaxError, ValueError):  # ValueError: a null byte in the source
        pass
    lines = text.splitlines(keepends=True)
    for start, end in _pieces(lines, 0, len(lines), _DEFINITION):
        try:
            yield from _parse_piece(lines, start, end, submission)
        except (SyntaxError, ValueError):
            for inner_start, inner_end in _pieces(lines, start, end, _SMALLER):
                try:
                    yield from _parse_piece(lines, inner_start, inner_end, submission)
                except (SyntaxError, ValueError) as error:
                    defines = next(filter(None, map(_defined_name, lines[inner_start:inner_end])), None)
                    what = f"{type(error).__name__}: {getattr(error, 'msg', None) or error}"
                    line = getattr(error, "lineno", None) or inner_start + 1
                    submission.problems.append(Problem(line, what, defines))


def _parse_piece(lines: list[str], start: int, end: int, submission: Submission) -> list[ast.stmt]:
    padding = "\n" * start  # keeps the line numbers right
    return ast.parse(padding + "".join(lines[start:end]), str(submission.path)).body


def _pieces(lines: list[str], first: int, last: int, begins: re.Pattern) -> list[tuple[int, int]]:
    """(start, end) of each piece; what stands before the first beginning is a piece as well."""
    starts = [first]
    for number in range(first + 1, last):
        if begins.match(lines[number]) and not lines[number - 1].startswith("@"):
            starts.append(number)
    return list(zip(starts, [*starts[1:], last]))


def _defined_name(line: str) -> str | None:
    match = re.match(r"(?:async\s+)?(?:def|class)\s+(\w+)|(\w+)\s*(?::[^=]*)?=[^=]", line)
    return (match[1] or match[2]) if match else None


def _run(node: ast.stmt, flags: int, submission: Submission) -> None:
    namespace = vars(submission.module)
    if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        return  # a learner's own try-out at the foot of the file is not part of the submission
    try:
        code = compile(ast.Module([node], []), str(submission.path), "exec", flags=flags, dont_inherit=True)
        exec(code, namespace)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit: a file that calls exit() must not end the run
        line = (error.lineno if isinstance(error, SyntaxError) else line_in(error, submission.path)) or node.lineno
        if isinstance(error, SyntaxError):
            what = f"SyntaxError: {error.msg}"
        else:
            what = f"{type(error).__name__}: {error}"
        name = getattr(node, "name", None)
        submission.problems.append(Problem(line, what, name))


def line_in(error: BaseException, path: Path) -> int | None:
    """The line of the file at `path` that `error` came out of (the innermost); None if it never was there."""
    line, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == str(path):
            line = frame.tb_lineno
        frame = frame.tb_next
    return line
