"""`lab` alone: where you are, the next exercise, and the two commands you may want."""

from __future__ import annotations

from labkit.loop import show
from labkit.loop.progress import Progress
from labkit.loop.screen import Screen, begin, guarded


def main(argv: list[str]) -> int:
    _, screen = begin("", argv)
    return guarded(screen, lambda: _run(screen))


def _run(screen: Screen) -> int:
    progress = Progress(lambda key, **fills: screen.say(key, "bold", **fills))
    show.refresh(progress, screen)
    screen.say("title", "bold")
    screen.line()
    show.labs_table(progress, screen)
    screen.line()
    show.next_step(progress, screen)
    return 0
