"""Put a notebook cell's functions into a starter file: each replaces the one of its name, nothing else moves."""

from __future__ import annotations

import ast


class NotPut(Exception):
    """Why nothing was written; one line for the learner."""


def put(source: str, cell: str, function: str) -> str:
    """`source` with the cell's functions, classes, constants and imports in place; NotPut where that cannot be.

    A name that the file has is replaced where it stands. A new helper goes in front of `function`, a new import
    behind the others. Anything else in the cell, such as a print to try something, is left in the cell.
    """
    statements = _parse(cell, "your cell").body
    named = [(name, node) for node in statements if (name := _name(node))]
    if function not in (name for name, _ in named):
        raise NotPut(f"the cell defines no {function}: is the name misspelt?")
    for name, node in named:
        text = _text(cell, node)
        place = _place(source, name)
        if place is None:
            start, _ = _place(source, function) or (len(source.splitlines()) + 1, 0)
            source = _with(source, start, start - 1, text + "\n\n")
        else:
            source = _with(source, *place, text)
    for node in statements:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            source = _with_import(source, _text(cell, node))
    return source


def is_untouched(cell: str) -> bool:
    """True for a cell that still raises what the starter came with: there is nothing to put yet."""
    return "raise NotImplementedError(" in cell and "is not written yet" in cell


def _parse(text: str, whose: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise NotPut(f"line {error.lineno} of {whose}: SyntaxError: {error.msg}") from None


def _name(node: ast.stmt) -> str | None:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name) else None


def _span(node: ast.stmt) -> tuple[int, int]:
    """(first line, last line), decorators included, counted from 1."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return first, node.end_lineno


def _text(cell: str, node: ast.stmt) -> str:
    first, last = _span(node)
    return "\n".join(cell.splitlines()[first - 1 : last])


def _place(source: str, name: str) -> tuple[int, int] | None:
    found = [node for node in _parse(source, "starter.py").body if _name(node) == name]
    return _span(found[-1]) if found else None  # the last one is what counts when Python runs the file


def _with(source: str, first: int, last: int, text: str) -> str:
    """Lines `first` to `last` replaced by `text`; nothing is replaced when `last` is before `first`."""
    lines = source.splitlines()
    return "\n".join([*lines[: first - 1], *text.split("\n"), *lines[last:]]) + "\n"


def _with_import(source: str, text: str) -> str:
    if text in source.splitlines():
        return source
    imports = [n for n in _parse(source, "starter.py").body if isinstance(n, (ast.Import, ast.ImportFrom))]
    line = imports[-1].end_lineno + 1 if imports else 1
    return _with(source, line, line - 1, text)
