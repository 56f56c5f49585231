"""`lab next`: the next exercise, where it is, and what its docstring asks for."""

from __future__ import annotations

import ast

from labkit.loop import show
from labkit.loop.progress import Progress
from labkit.loop.screen import Screen, begin, guarded


def main(argv: list[str]) -> int:
    _, screen = begin("next", argv)
    return guarded(screen, lambda: _run(screen))


def _run(screen: Screen) -> int:
    progress = Progress(lambda key, **fills: screen.say(key, "yellow", **fills))
    show.refresh(progress, screen)
    step = progress.next()
    show.next_step(progress, screen, commands=False)
    if step is not None:
        says = _first_line_of_docstring(progress.source(step.lab).piece(step.exercise.function))
        if says:
            screen.line()
            screen.line(says, "dim", indent=2)
        if step.status in ("failed", "error"):
            screen.line()
            show.verdict(step, progress, screen)
    return 0


def _first_line_of_docstring(piece: str | None) -> str:
    try:
        return (ast.get_docstring(ast.parse(piece or "").body[0]) or "").partition("\n")[0]
    except (SyntaxError, IndexError, TypeError):
        return ""
