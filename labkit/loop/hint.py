"""`lab hint [03.2]`: one tier at a time, for what goes wrong now.

The hints of an exercise are keyed by symptom: the first whose `match` is found in the message of its last failure.
Another symptom begins anew, because what helped before is about something else.
"""

from __future__ import annotations

import re

from labkit import course
from labkit.loop import names, show
from labkit.loop.names import exercise_name, short
from labkit.loop.progress import Progress, Standing
from labkit.loop.screen import Screen, begin, guarded
from labkit.loop.words import command


def main(argv: list[str]) -> int:
    def arguments(parser, says):
        parser.add_argument("what", nargs="?", metavar="03.2", help=says("help_one"))

    options, screen = begin("hint", argv, arguments)
    return guarded(screen, lambda: _run(options, screen))


def _run(options, screen: Screen) -> int:
    progress = Progress(lambda key, **fills: screen.say(key, "yellow", **fills))
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


def give(s: Standing, progress: Progress, screen: Screen) -> None:
    """One more tier for this exercise, under those given already; how many are left."""
    name = exercise_name(s.lab, s.exercise)
    if s.status == "passed":
        screen.say("hint_passed", "green", name=name)
        return
    hint = for_symptom(s.exercise, s.message)
    if hint is None:
        screen.say("hint_none", name=name)
        return
    before = s.entry.get("hint") or {}
    symptom = hint.symptom["en"]
    if before.get("symptom") not in (None, symptom):
        screen.say("hint_new_symptom", "dim")
    tiers = hint.tiers[screen.language]
    given = before.get("tiers", 0) if before.get("symptom") == symptom else 0
    given = min(given + 1 if isinstance(given, int) else 1, len(tiers))
    progress.store.keep_all(
        {progress.key(s.lab, s.exercise): {**s.entry, "hint": {"symptom": symptom, "tiers": given}}}
    )
    if s.status == "changed":
        screen.say("hint_not_checked", "dim", name=name)
    screen.say("hint_title", "bold", name=name, symptom=hint.symptom[screen.language])
    for number, text in enumerate(tiers[:given], 1):
        newest = number == given
        screen.line(" ".join(text.split()), "" if newest else "dim", indent=2, hang=f"{number}. ")
    left = len(tiers) - given
    if left:
        again = command(f"hint {short(s.lab, s.exercise)}")
        screen.say("hint_left_1" if left == 1 else "hint_left", "dim", count=left, command=again)
    elif (s.lab.folder / "solution.py").is_file():
        screen.say("hint_last", "dim", command=command(f"solution {short(s.lab, s.exercise)} --give-up"))
    else:
        screen.say("hint_last_student", "dim")


def for_symptom(exercise: course.Exercise, message: str) -> course.Hint | None:
    """The first hint that fits what went wrong; nothing written yet fits the general one."""
    if not message:
        return next((hint for hint in exercise.hints if not hint.match), None)
    return next((hint for hint in exercise.hints if re.search(hint.match, message)), None)
