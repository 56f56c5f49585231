"""Code as a row of tokens, so that two copies compare alike whatever their layout, comments and names."""

from __future__ import annotations

import ast
import json
import keyword
import re
from collections.abc import Iterator
from pathlib import Path

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\*\*|//|<<|>>|[<>=!]=|->|[^\s\w]")
_KEPT = {*keyword.kwlist, "np"}  # a name that says what the code does, and nobody renames


def of(text: str, name: str = "") -> list[str]:
    """Tokens of a source, a notebook or any text; `name` says which."""
    if name.endswith(".ipynb"):
        text = _notebook(text)
    elif name.endswith(".py"):
        try:
            text = ast.unparse(ast.parse(text))  # without comments, every string in the same quotes
        except (SyntaxError, ValueError):
            pass
    return _TOKEN.findall(re.sub(r"(?m)#.*$", "", text).replace('"', "'"))


def renamed(tokens: list[str]) -> list[str]:
    """The same with every name replaced by one word: what is left when variables are renamed."""
    return [t if t in _KEPT or not (t[0].isalpha() or t[0] == "_") else "V" for t in tokens]


def grams(tokens: list[str], length: int) -> Iterator[tuple[str, ...]]:
    """Every run of `length` tokens."""
    return zip(*(tokens[i:] for i in range(length)))


def functions(path: Path) -> Iterator[tuple[str, str]]:
    """(name, body without its docstring) of each function and class at the top of a source."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body:
                yield node.name, ast.unparse(ast.Module(body, []))


def _notebook(text: str) -> str:
    try:
        cells = json.loads(text)["cells"]
        return "\n\n".join("".join(cell["source"]) for cell in cells)
    except (ValueError, KeyError, TypeError):
        return text
