"""`lab next`: the next exercise, where it is, and what its docstring asks for."""

from __future__ import annotations

from labkit.loop import show
from labkit.loop.hint import beginning
from labkit.loop.progress import Progress
from labkit.loop.screen import Screen, begin, guarded


def main(argv: list[str]) -> int:
    _, screen = begin("next", argv)
    return guarded(screen, lambda: _run(screen))


def _run(screen: Screen) -> int:
    progress = Progress(lambda key, **fills: screen.say(key, "bold", **fills))
    show.refresh(progress, screen)
    step = progress.next()
    show.next_step(progress, screen, commands=False)
    if step is not None:
        says, _ = beginning(progress.source(step.lab).piece(step.exercise.function))
        if says:
            screen.line()
            screen.line(says, "dim", indent=2)
        if step.status in ("failed", "error"):
            screen.line()
            show.verdict(step, progress, screen)
    return 0
