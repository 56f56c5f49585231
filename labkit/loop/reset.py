"""`lab reset 03.2`: one function as it came, everything else in the file byte for byte as it is.

The whole file is first copied to `.lab/copies/` under a name with the date in it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from labkit import course
from labkit.loop import names, pristine
from labkit.loop.names import exercise_name
from labkit.loop.progress import Progress, _make_folder, folder
from labkit.loop.screen import Screen, begin, guarded
from labkit.loop.source import Source, write_text
from labkit.loop.typed import shown


def main(argv: list[str]) -> int:
    def arguments(parser, says):
        parser.add_argument("what", metavar="03.2", help=says("help_one"))

    options, screen = begin("reset", argv, arguments)
    return guarded(screen, lambda: _run(options, screen))


def _run(options, screen: Screen) -> int:
    lab, exercise = names.find_exercise(options.what, screen, "reset")
    progress = Progress(lambda key, **fills: screen.say(key, "bold", **fills))
    source, name = progress.source(lab), exercise_name(lab, exercise)
    found = pristine.function(lab, exercise.function, source)
    if found is None:
        screen.complain(screen.words("reset_impossible", name=name))
        return 1
    text, origin = found
    if _same(source, exercise.function, text):
        screen.say("reset_nothing", name=name)
        return 0
    try:
        copy = keep_copy(source.path, lab, exercise.function)
        write_text(source.path, with_function(source, lab, exercise.function, text), source.encoding)
    except OSError as error:
        reason = error.strerror or str(error)
        screen.complain(screen.words("reset_failed", file=shown(Path(error.filename or source.path)), reason=reason))
        return 1
    key = progress.key(lab, exercise)
    entry = {k: v for k, v in progress.store.entry(key).items() if k in ("gave_up", "first_passed")}
    if entry != progress.store.entry(key):
        progress.store.keep_all({key: entry})
    screen.say("reset_done", name=name, copy=shown(copy) if copy else "-")
    if origin == "own":
        screen.say("reset_from_own", "bold")
    return 0


def _same(source: Source, name: str, text: str) -> bool:
    spans = source.spans(name)
    return len(spans) == 1 and (source.piece(name) or "").replace("\r\n", "\n").rstrip() == text.rstrip()


def keep_copy(file: Path, lab: course.Lab, function: str) -> Path | None:
    """Copy the learner's file aside under a free dated name; None if there is no file."""
    if not file.exists():
        return None
    _make_folder(folder())
    where = folder() / "copies" / lab.key
    where.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    target, number = where / f"{stamp}-{function}.py", 2
    while target.exists():
        target, number = where / f"{stamp}-{function}-{number}.py", number + 1
    target.write_bytes(file.read_bytes())
    return target


def with_function(source: Source, lab: course.Lab, name: str, text: str) -> str:
    """The file with `text` for the function `name`; all else, line endings too, as it is."""
    newline = "\r\n" if "\r\n" in source.text else "\n"
    piece = [line + newline for line in text.rstrip().splitlines()]
    lines = list(source.lines)
    spans = source.spans(name)
    if spans:
        for start, end in reversed(spans[1:]):  # a second definition would win over the one put back
            del lines[start:end]
        start, end = spans[0]
        lines[start:end] = piece
        return "".join(lines)
    if not source.text.strip():
        given = pristine.whole(lab)
        if given is not None:
            return given.text.replace("\n", newline)
    at = _place(source, lab, name)
    if at is None:
        at = len(lines)
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += newline
        return "".join([*lines, newline, newline, *piece])
    return "".join([*lines[:at], *piece, newline, newline, *lines[at:]])


def _place(source: Source, lab: course.Lab, name: str) -> int | None:
    """The line where a function that has gone belongs: before the next exercise that is there; None: at the end."""
    functions = [e.function for e in lab.exercises]
    for later in functions[functions.index(name) + 1 :]:
        span = source.span(later)
        if span:
            return span[0]
    return None
