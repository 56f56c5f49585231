"""The scorecard for a person: any width, colour or none, Unicode or not."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from labkit import course
from labkit.grading.scorecard import WRONG, ExerciseScore, LabScore, next_step

MARKS = dict(passed="✓", failed="✗", error="✗", timeout="✗", not_written="·", not_checked="?", not_run=" ")
PLAIN = dict(passed="+", failed="x", error="x", timeout="x", not_written=".", not_checked="?", not_run=" ")
COLOURS = {
    "passed": {"green": True},
    "failed": {"red": True},
    "error": {"red": True},
    "timeout": {"red": True},
    "not_written": {"yellow": True},
    "not_checked": {"cyan": True},
    "not_run": {},
}


def show(scores: list[LabScore], tw, setting: str, relative: Callable[[str], str]) -> None:
    """Write the scorecard to pytest's terminal writer `tw`."""
    unicode = _can_show(tw, "✓✗·")
    width = max(40, min(tw.fullwidth, 100))
    marks = MARKS if unicode else PLAIN
    tw.line()
    for score in scores:
        title = f"Lab {score.lab.number} {'·' if unicode else '-'} {score.lab.title['en']}"
        tw.line(_cut(title, width, unicode), bold=True)
        tw.line("graded: " + _cut(relative(score.file), width - len("graded: "), unicode, keep_end=True))
        for problem in score.problems:
            tw.line(_cut(f"  ! {problem}", width, unicode), red=True)
        for beyond in (False, True):
            of = [e for e in score.exercises if e.exercise.beyond == beyond and e.was_run]
            if beyond and of:
                tw.line("  beyond")
            for e in of:
                _show_exercise(e, tw, width, marks, unicode)
            if of:
                _show_points(score, beyond, tw)
        tw.line()
    _show_next(scores, tw, setting, relative)


def _show_exercise(e: ExerciseScore, tw, width: int, marks: dict, unicode: bool) -> None:
    right = f"{_points(e.earned)}/{_points(e.exercise.points)}"
    if e.status == "not_written":
        right = "not written yet"
    elif e.status == "not_checked":
        right = "not checked"
    elif e.status == "not_run":
        right = f"only in part: {right}"
    room = width - len(right) - 2
    left = f"  {marks[e.status]} {e.exercise.number:>2} {e.exercise.function}"
    # The mark carries the colour; the words stay readable on a light and on a dark background.
    tw.write(left[:3], **COLOURS[e.status])
    tw.line(_cut(left[3:], room - 3, unicode).ljust(room - 3) + "  " + right)
    trouble = e.first_trouble
    if trouble and e.status in WRONG:
        claim = trouble.name.removeprefix("test_").replace("_", " ")
        raised = [line for line in trouble.message.splitlines() if line.startswith("raised ") or "could not be" in line]
        raised = [e.first_trouble.message.splitlines()[0]] if e.status == "timeout" else raised
        tw.line(_cut(f"       {(raised or [claim])[0]}", width, unicode), red=True)
    elif trouble and e.status == "not_checked":
        tw.line(_cut(f"       on this machine: {trouble.message}", width, unicode), cyan=True)
    elif trouble and e.status == "not_written" and e.exercise.function not in trouble.message:
        tw.line(_cut(f"       waits: {trouble.message}", width, unicode), yellow=True)


def _show_points(score: LabScore, beyond: bool, tw) -> None:
    earned, possible, unchecked = score.points(beyond)
    line = f"     {_points(earned)} of {_points(possible)} points"
    if unchecked:
        line += f", {_points(unchecked)} more not checked on this machine"
    left_out = sum(e.exercise.beyond == beyond and not e.was_run for e in score.exercises)
    partly = any(t.status == "not_run" for e in score.exercises if e.was_run for t in e.tests)
    if left_out or partly:
        line += (
            f" ({left_out} exercise{'s' * (left_out > 1)} left out of this run)"
            if left_out
            else " (some tests left out of this run)"
        )
    tw.line(line, bold=True)


def _show_next(scores: list[LabScore], tw, setting: str, relative: Callable[[str], str]) -> None:
    step = next_step(scores)
    if step is None:
        complete = [s for s in scores if all(e.status == "passed" for e in s.exercises)]
        if len(complete) < len(scores):
            if all(e.status == "passed" or not e.was_run for s in scores for e in s.exercises):
                tw.line("Every exercise that was run passes.", green=True)
            return
        numbers = ", ".join(s.lab.number for s in complete)
        tw.line(f"Lab{'s' if len(complete) > 1 else ''} {numbers} complete: every exercise passes.", green=True)
        later = [lab for lab in course.labs() if lab.order > max(s.lab.order for s in complete)]
        if later and setting == "starter":
            tw.line(f"Next on the path: lab {later[0].number}, {later[0].title['en']}", bold=True)
            folder = Path(relative(str(later[0].folder))).as_posix()
            tw.line(f"  read   {folder}/README.md")
            tw.line(f"  check  {_check_command(setting, folder, later[0].number)}")
        return
    tw.line(f"Next: lab {step.lab.number}, exercise {step.exercise.number}: {step.exercise.function}", bold=True)
    tw.line(f"  open   {relative(step.file)}:{step.line or 1}")
    folder = Path(relative(str(step.lab.folder))).as_posix()
    tw.line(f"  read   {folder}/README.md")
    tw.line(f"  check  {_check_command(setting, folder, step.lab.number)}")


def show_fresh_cases(drawn: int, seed: int, tw) -> None:
    """For whoever passes everything: which checks a grader may repeat on cases not seen here."""
    import textwrap

    says = (
        f"At grading, {drawn} of these checks may be run again on other shapes and values, with the same properties; "
    )
    says += f"--seed {seed + 1} shows you such a set."
    for line in textwrap.wrap(says, max(40, min(tw.fullwidth, 100)), break_on_hyphens=False):
        tw.line(line)


def _check_command(setting: str, folder: str, number: str) -> str:
    """What to type to grade this lab again: something that works in the shell the person is in."""
    if os.name == "nt":
        return f"lab grade {number}"  # neither of its shells knows NAME=value before a command
    pytest = shutil.which("pytest")
    if pytest and Path(pytest).parent == Path(sys.executable).parent:
        return f"LAB_IMPL={setting} pytest {folder} -q"
    if setting == "starter" and Path("Makefile").is_file():
        return f"LAB={number} make grade"  # the virtual environment is there but not activated
    return f"LAB_IMPL={setting} {course.seen_from(sys.executable)} -m pytest {folder} -q"


def write_json(card: dict, target: Path) -> None:
    """Write `card` to `target` whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(card, file, indent=2, ensure_ascii=False)
            file.write("\n")
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _points(value: float) -> str:
    """Rounded down to a tenth, so that nearly all is never shown as all."""
    tenths = int(value * 10 + 1e-6)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def _cut(text: str, width: int, unicode: bool, keep_end: bool = False) -> str:
    if len(text) <= width:
        return text
    dots = "…" if unicode else "..."
    return dots + text[len(text) - width + len(dots) :] if keep_end else text[: width - len(dots)] + dots


def _can_show(tw, characters: str) -> bool:
    encoding = getattr(getattr(tw, "_file", None), "encoding", None) or "ascii"
    try:
        characters.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
