"""What a person types to name a lab or an exercise: 03, lab-03, 03.2, or a function's name."""

from __future__ import annotations

import re

from labkit import course
from labkit.loop import typed
from labkit.loop.screen import Screen


class NoSuchName(Exception):
    """A name that fits nothing; the message lists what there is."""


def exercise_name(lab: course.Lab, exercise: course.Exercise) -> str:
    """`03.2 dequantize_groupwise`."""
    return f"{short(lab, exercise)} {exercise.function}"


def short(lab: course.Lab, exercise: course.Exercise) -> str:
    return f"{lab.number}.{exercise.number}"


def find(name: str, screen: Screen) -> tuple[course.Lab, course.Exercise | None]:
    """The lab or the exercise called `name`; NoSuchName."""
    name = name.strip().rstrip("/")
    labs = course.labs()
    if match := re.fullmatch(r"(?:lab[- ]?)?0*(\d+)(?:[.:/-](.+))?", name.lower()):
        lab = next((lab for lab in labs if int(lab.number) == int(match[1])), None)
        if lab is None:
            raise NoSuchName(screen.words("no_such_lab", name=match[1], known=", ".join(k.number for k in labs)))
        return lab, _in_lab(lab, match[2], screen) if match[2] else None
    for lab in labs:
        if name in (lab.folder.name, str(lab.folder), course.show_path(lab.folder)):
            return lab, None
    found = [(lab, e) for lab in labs for e in lab.exercises if e.function == name]
    if len(found) == 1:
        return found[0]
    if found:
        known = ", ".join(short(*pair) for pair in found)
        raise NoSuchName(screen.words("which_lab", name=name, known=known))
    raise NoSuchName(screen.words("no_such_name", name=name))


def _in_lab(lab: course.Lab, word: str, screen: Screen) -> course.Exercise:
    for exercise in lab.exercises:
        if word in (str(exercise.number), f"{exercise.number:02}", exercise.function):
            return exercise
    raise NoSuchName(f"{screen.words('no_such_exercise', lab=lab.number, name=word)}\n{listing(lab)}")


def find_exercise(name: str, screen: Screen, verb: str) -> tuple[course.Lab, course.Exercise]:
    """Like `find`, where a lab alone is not enough."""
    lab, exercise = find(name, screen)
    if exercise is None:
        example = typed.command(f"{verb} {lab.number}.1")
        raise NoSuchName(f"{screen.words('name_exercise', lab=lab.number, command=example)}\n{listing(lab)}")
    return lab, exercise


def listing(lab: course.Lab) -> str:
    return "\n".join(f"  {short(lab, e):>5}  {e.function}" for e in lab.exercises)
