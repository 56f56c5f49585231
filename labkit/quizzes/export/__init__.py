"""`lab export`: the quizzes as Anki notes, a Moodle question bank, or a QTI quiz for Canvas.

    lab export anki   quizzes.apkg --lang en     every quiz item, and the interview questions beside them
    lab export moodle quizzes.xml  --lang es
    lab export qti    quizzes.zip  --lang en

A file is written whole or not at all.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from pathlib import Path

from labkit import course
from labkit.quizzes import load
from labkit.quizzes.marked import ContentError

# format -> (suffix, packages it needs beside the quiz's own)
FORMATS = {
    "anki": (".apkg", ("genanki", "markdown_it")),
    "moodle": (".xml", ("markdown_it",)),
    "qti": (".zip", ("text2qti", "markdown_it")),
}


def main(argv: list[str], data: Path = load.DATA) -> int:
    parser = argparse.ArgumentParser(prog="lab export", description="Write the quizzes for another system.")
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("file", type=Path, metavar="FILE", help="what to write: .apkg, .xml, or .zip")
    parser.add_argument("--lang", choices=course.LANGUAGES, default="en")
    options = parser.parse_args(argv)
    suffix, needs = FORMATS[options.format]
    missing = next((name for name in ("jsonschema", *needs) if importlib.util.find_spec(name) is None), None)
    if missing:
        return _error(f"the package {missing} is not installed here: run `make instructor`")
    if options.file.suffix != suffix:
        return _error(f"{options.format} reads {suffix} files: write to {options.file.stem}{suffix}")
    if not options.file.absolute().parent.is_dir():
        return _error(f"there is no folder {options.file.parent}")
    try:
        quizzes, interviews = load.quizzes(data), load.interviews(data)
        references = load.references(data)
    except ContentError as error:
        print(error, file=sys.stderr)
        return 2
    module = importlib.import_module(f"labkit.quizzes.export.{options.format}")
    part = options.file.with_name(f"{options.file.stem}.{os.getpid()}.part{suffix}")
    try:
        count = module.write(part, quizzes, interviews, references, options.lang)
        os.replace(part, options.file)
    except OSError as error:
        return _error(f"{options.file} could not be written: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)
    print(f"{options.file}: {count} questions ({options.lang})")
    return 0


def _error(message: str) -> int:
    print(f"lab export: {message}", file=sys.stderr)
    return 2
