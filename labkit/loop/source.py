"""A learner's file as text: where its functions are, which are still unwritten, what each one depends on.

Nothing here runs the file. One that does not parse is still read: its functions are found by their `def`.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import tempfile
import tokenize
from functools import cached_property
from pathlib import Path

_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_TOP = re.compile(r"[A-Za-z_@]")  # a line that begins something new at the top of a file


class Source:
    """One Python file; a missing or undecodable one is an empty one (grading will say what is wrong)."""

    def __init__(self, path: Path, text: str | None = None):
        self.path = path
        self.encoding = "utf-8"
        self.text = self._read() if text is None else text

    def _read(self) -> str:
        try:
            raw = self.path.read_bytes()
            self.encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
            return raw.decode(self.encoding)  # line endings stay as they are
        except (OSError, UnicodeDecodeError, SyntaxError):
            return ""

    @cached_property
    def lines(self) -> list[str]:
        # As Python counts them: a lone carriage return ends a line too; a form feed, unlike for splitlines, does not.
        return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", self.text)

    @cached_property
    def tree(self) -> ast.Module | None:
        """The parsed file; None if it does not parse."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError):
            return None

    @cached_property
    def _parts(self) -> dict[str, list[ast.stmt]]:
        """Top-level name -> what defines it; "" holds what has no name and so concerns everything."""
        parts: dict[str, list[ast.stmt]] = {"": []}
        for number, node in enumerate(self.tree.body if self.tree else ()):
            if isinstance(node, _DEFINITION):
                names = [node.name]
            elif isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
                names = [t.id for t in node.targets]
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names = [node.target.id]
            elif number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue  # the file's docstring
            else:
                names = [""]
            for name in names:
                parts.setdefault(name, []).append(node)
        return parts

    def nodes(self, name: str) -> list[ast.stmt]:
        """What defines the name; nothing where the file does not parse."""
        return self._parts.get(name, [])

    def span(self, name: str) -> tuple[int, int] | None:
        """First and one-past-last line (0-based) of the function, decorators included; None if there is none."""
        spans = self.spans(name)
        return spans[0] if spans else None

    def spans(self, name: str) -> list[tuple[int, int]]:
        """Every definition of the function: a name may have been defined twice."""
        if self.tree is not None:
            nodes = [n for n in self.nodes(name) if isinstance(n, _DEFINITION)]
            return [(_first_line(n) - 1, self._with_tail(n.end_lineno)) for n in nodes]
        found = []
        for number, line in enumerate(self.lines):
            if re.match(rf"(?:async\s+)?def\s+{re.escape(name)}\b", line):
                start, end = number, number + 1
                while start and self.lines[start - 1].startswith("@"):
                    start -= 1
                while end < len(self.lines) and not _TOP.match(self.lines[end]):
                    end += 1
                while not self.lines[end - 1].strip() or self.lines[end - 1].startswith("#"):
                    end -= 1  # blank lines, and a comment that belongs to what comes next
                found.append((start, end))
        return found

    def _with_tail(self, end: int) -> int:
        """`end`, or later: an indented comment after the last statement still belongs to the function."""
        last = end
        for number in range(end, len(self.lines)):
            line = self.lines[number]
            if line.strip() and not line[0].isspace():
                break
            if line.strip():
                last = number + 1
        return last

    def piece(self, name: str) -> str | None:
        """The text of the function."""
        span = self.span(name)
        return None if span is None else "".join(self.lines[span[0] : span[1]])

    def line_of(self, name: str) -> int | None:
        """The line (1-based) of `def name`, for a person to open."""
        span = self.span(name)
        if span is None:
            return None
        for number in range(*span):
            if re.match(r"(?:async\s+)?def\s", self.lines[number]):
                return number + 1
        return span[0] + 1

    def is_unwritten(self, name: str) -> bool:
        """The function is as the starter came: a docstring, then `raise NotImplementedError(…)` and no more."""
        if self.tree is None:
            piece = self.piece(name) or ""
            body = re.sub(r'("""|\'\'\').*?\1', "", piece, flags=re.S).rstrip().splitlines()
            return bool(body) and "NotImplementedError(" in body[-1] and "not written yet" in body[-1]
        nodes = [n for n in self.nodes(name) if isinstance(n, ast.FunctionDef)]
        if not nodes:
            return False
        body = nodes[-1].body
        if len(body) > 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        raised = body[0].exc if len(body) == 1 and isinstance(body[0], ast.Raise) else None
        raised = raised.func if isinstance(raised, ast.Call) else raised
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"

    def uses(self, name: str) -> list[str]:
        """The top-level names that `name` needs, itself first, through any number of steps."""
        found, todo = [], [name]
        while todo:
            current = todo.pop(0)
            if current in found or current not in self._parts:
                continue
            found.append(current)
            for node in self._parts[current]:
                todo += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id != current]
        return found

    def digest(self, name: str, more: str = "") -> str:
        """A fingerprint of everything in the file that can change what `name` does."""
        if self.tree is None:
            parts = [self.text]
        else:
            nodes = {id(n): n for used in ["", *self.uses(name)] for n in self.nodes(used)}
            parts = ["".join(self.lines[_first_line(n) - 1 : n.end_lineno]) for n in nodes.values()]
        return hashlib.sha256("\0".join([more, *parts]).replace("\r\n", "\n").encode("utf-8", "replace")).hexdigest()[
            :16
        ]


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


def write_text(path: Path, text: str, encoding: str = "utf-8") -> None:
    """Replace the file's text whole or not at all; its line endings and its permissions stay."""
    path = path.resolve()  # a link stays a link
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode(encoding))
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o7777)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
