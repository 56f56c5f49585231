"""`lab hint [03.2]`: one tier at a time, for what goes wrong now.

The hints of an exercise are keyed by symptom: the first whose `match` is found in the message of its last failure.
Another symptom begins anew, because what helped before is about something else. An exercise that nobody has begun has
no symptom: it is told where it is, and its docstring's example.
"""

from __future__ import annotations

import ast
import re

from labkit import course
from labkit.loop import names, show
from labkit.loop.names import exercise_name, short
from labkit.loop.progress import Progress, Standing
from labkit.loop.screen import Screen, begin, guarded
from labkit.loop.typed import command, shown


def main(argv: list[str]) -> int:
    def arguments(parser, says):
        parser.add_argument("what", nargs="?", metavar="03.2", help=says("help_one"))

    options, screen = begin("hint", argv, arguments)
    return guarded(screen, lambda: _run(options, screen))


def _run(options, screen: Screen) -> int:
    progress = Progress(lambda key, **fills: screen.say(key, "bold", **fills))
    if options.what:
        lab, exercise = names.find_exercise(options.what, screen, "hint")
        show.refresh(progress, screen, [lab])
    else:
        show.refresh(progress, screen)
        step = progress.next()
        if step is None:
            screen.say("all_done", "green bold")
            return 0
        lab, exercise = step.lab, step.exercise
    give(progress.standing(lab, exercise), progress, screen)
    return 0


def give(s: Standing, progress: Progress, screen: Screen, again: str = "") -> None:
    """One more tier for this exercise, under those given already; how many are left, and what gives one (`again`)."""
    name = exercise_name(s.lab, s.exercise)
    unwritten = progress.source(s.lab).is_unwritten(s.exercise.function)
    if s.status == "passed":
        screen.say("hint_passed", "green", name=name)
        return
    if s.status == "not_written" and not unwritten:
        _send_on(s, screen)
        return
    hint = for_symptom(s.exercise, "" if unwritten else s.message)
    if unwritten:
        _begin_here(s, progress, screen)
    if hint is None:
        screen.say("hint_none", name=name)
        return
    tiers, before, symptom = hint.tiers[screen.language], s.entry.get("hint") or {}, hint.symptom["en"]
    if before.get("symptom") not in (None, symptom) and not before.get("start"):
        screen.say("hint_new_symptom", "dim")
    given = before.get("tiers") if before.get("symptom") == symptom else None
    # Where nothing is written the place and the example come first, so that the tiers begin with the second asking.
    given = min(given + 1 if isinstance(given, int) else int(not unwritten), len(tiers))
    kept = {"symptom": symptom, "tiers": given, "start": unwritten}
    progress.store.keep_all({progress.key(s.lab, s.exercise): {**s.entry, "hint": kept}})
    if s.status == "changed":
        screen.say("hint_not_checked", "dim", name=name)
    if not unwritten:
        screen.say("hint_title", "bold", name=name, symptom=hint.symptom[screen.language])
    _tiers(tiers, given, s, screen, again or command(f"hint {short(s.lab, s.exercise)}"))


def _tiers(tiers: tuple[str, ...], given: int, s: Standing, screen: Screen, again: str) -> None:
    for number, text in enumerate(tiers[:given], 1):
        newest = number == given
        screen.line(" ".join(text.split()), "" if newest else "dim", indent=2, hang=f"{number}. ")
    left = len(tiers) - given
    if left:
        screen.say("hint_left_1" if left == 1 else "hint_left", "dim", count=left, command=again)
    elif (s.lab.folder / "solution.py").is_file():
        screen.say("hint_last", "dim", command=command(f"solution {short(s.lab, s.exercise)} --give-up"))
    else:
        screen.say("hint_last_student", "dim")


def _begin_here(s: Standing, progress: Progress, screen: Screen) -> None:
    """Nothing has failed yet: where the function is, what it is for, its worked example, and how to take it."""
    source = progress.source(s.lab)
    screen.say("hint_unwritten", "bold", name=exercise_name(s.lab, s.exercise))
    screen.steps([(screen.words("open"), f"{shown(source.path)}:{s.line}")])
    summary, example = beginning(source.piece(s.exercise.function))
    if summary:
        screen.line(summary, indent=2)
    if example:
        screen.line(example, indent=2, hang=screen.words("hint_example") + " ")
    screen.say("hint_begin", indent=2)


def beginning(piece: str | None) -> tuple[str, str]:
    """The first line of a function's docstring, and the worked example at its end; empty where there is none."""
    try:
        lines = (ast.get_docstring(ast.parse(piece or "").body[0]) or "").splitlines()
    except (SyntaxError, IndexError, TypeError):
        return "", ""
    start = next((n for n, line in enumerate(lines) if line.startswith("Example:")), len(lines))
    example = " ".join(line.strip() for line in lines[start:]).removeprefix("Example:").strip()
    return lines[0] if lines else "", example


def _send_on(s: Standing, screen: Screen) -> None:
    """The function is written and calls one that is not."""
    screen.line(exercise_name(s.lab, s.exercise), "bold")
    screen.say("waits_for", indent=2, message=s.message)
    other = next((e for e in s.lab.exercises if re.search(rf"\b{e.function}\b", s.message)), None)
    if other is not None:
        screen.steps([(command(f"hint {short(s.lab, other)}"), screen.words("do_hint"))])


def for_symptom(exercise: course.Exercise, message: str) -> course.Hint | None:
    """The first hint that fits what went wrong; where nothing has, the general one."""
    if not message:
        return next((hint for hint in exercise.hints if not hint.match), None)
    return next((hint for hint in exercise.hints if re.search(hint.match, message)), None)
