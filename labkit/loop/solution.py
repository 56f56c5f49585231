"""`lab solution 03.2`: the reference, once yours passes, or when you give the exercise up, and says which."""

from __future__ import annotations

import ast
from datetime import datetime

from labkit.loop import names, show
from labkit.loop.names import exercise_name, short
from labkit.loop.progress import Progress
from labkit.loop.screen import Screen, begin, guarded
from labkit.loop.source import Source
from labkit.loop.typed import command, shown


def main(argv: list[str]) -> int:
    def arguments(parser, says):
        parser.add_argument("what", metavar="03.2", help=says("help_one"))
        parser.add_argument("--give-up", action="store_true", help=says("help_give_up"))

    options, screen = begin("solution", argv, arguments)
    return guarded(screen, lambda: _run(options, screen))


def _run(options, screen: Screen) -> int:
    lab, exercise = names.find_exercise(options.what, screen, "solution")
    name, number = exercise_name(lab, exercise), short(lab, exercise)
    source = Source(lab.folder / "solution.py")
    if not source.text:
        screen.say("solution_none", command=command(f"hint {number}"))
        return 1
    progress = Progress(lambda key, **fills: screen.say(key, "bold", **fills))
    show.refresh(progress, screen, [lab])
    passed = progress.standing(lab, exercise).status == "passed"
    if not passed and not options.give_up:
        again = command(f"solution {number} --give-up")
        screen.say("solution_first", name=name, hint=command(f"hint {number}"), command=again)
        return 1
    if not passed:
        key = progress.key(lab, exercise)
        now = datetime.now().isoformat(timespec="seconds")
        progress.store.keep_all({key: {"gave_up": now, **progress.store.entry(key)}})
    screen.say("solution_after" if passed else "solution_given_up", "bold", name=name)
    screen.line()
    exercises = {e.function for e in lab.exercises}
    for used in reversed(source.uses(exercise.function)):
        if used == exercise.function or used not in exercises:
            for line in _text(source, used).splitlines():
                screen.out.write(screen.plain(line).rstrip() + "\n")  # as it is: to be read as code
            screen.line()
    screen.steps([(screen.words("open"), f"{shown(source.path)}:{source.line_of(exercise.function)}")])
    return 0


def _text(source: Source, name: str) -> str:
    """Its text without the docstring, which is the starter's."""
    span = source.span(name)
    if span is not None:
        first = source.nodes(name)[-1].body[0]
        is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        skipped = range(first.lineno - 1, first.end_lineno) if is_docstring else ()
        return "".join(source.lines[n] for n in range(*span) if n not in skipped)
    return "\n".join("".join(source.lines[n.lineno - 1 : n.end_lineno]).rstrip() for n in source.nodes(name))
