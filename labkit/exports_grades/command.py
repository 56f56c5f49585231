"""`lab grades`: what was graded, in the form another system reads.

    lab grades csv            RESULTS grades.csv     otter-grader's layout
    lab grades gradescope     RESULTS FOLDER         a results.json a submission (one scorecard: one file)
    lab grades junit          RESULTS grades.xml     JUnit XML
    lab grades gradescope-zip autograder.zip         an autograder to upload to Gradescope

RESULTS is the folder that `lab cohort` wrote, a folder of scorecards, or one scorecard.
What is there already is left alone unless --force is given; each file is written whole or not at all.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from labkit import course
from labkit.exports_grades import autograder, gradescope, junit, otter_csv
from labkit.exports_grades.results import Graded, ResultsError, read

SUFFIX = {"csv": ".csv", "junit": ".xml", "gradescope-zip": ".zip"}


class _Refused(Exception):
    """One line for the person, exit code 2."""


def main(argv: list[str]) -> int:
    options = _parser().parse_args(argv)
    try:
        print(_ACTIONS[options.format](options))
    except (_Refused, ResultsError, course.CourseError) as error:
        print(f"lab grades {options.format}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"lab grades {options.format}: {place}{error.strerror or error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab grades", description="Export grades to another system.")
    formats = parser.add_subparsers(dest="format", required=True, metavar="csv|gradescope|junit|gradescope-zip")
    verbs = {
        "csv": "otter-grader's layout: a row of points possible, then a row a submission",
        "gradescope": "a results.json a submission",
        "junit": "JUnit XML: a suite a submission and lab",
    }
    for name, says in verbs.items():
        sub = formats.add_parser(name, help=says, description=says)
        sub.add_argument("results", type=Path, metavar="RESULTS", help="a cohort's folder, or one scorecard")
        sub.add_argument("out", type=Path, metavar="OUT")
        _common(sub, name != "junit")
    says = "an autograder to upload to Gradescope"
    sub = formats.add_parser("gradescope-zip", help=says, description=says)
    sub.add_argument("out", type=Path, metavar="OUT")
    sub.add_argument("--labs", metavar="LABS", help="which labs, for example 01,03 (all without)")
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="grade on other cases with the same properties")
    _common(sub, True)
    for name in ("gradescope", "gradescope-zip"):
        add = formats.choices[name].add_argument
        add("--visibility", choices=gradescope.VISIBILITY, default="visible", help="when students see the tests")
        add("--by", choices=("exercise", "test"), default="exercise", help="what one entry is (default: exercise)")
    return parser


def _common(sub: argparse.ArgumentParser, beyond: bool) -> None:
    sub.add_argument("--force", action="store_true", help="overwrite what is there")
    if beyond:
        sub.add_argument("--beyond", action="store_true", help="count what is beyond the core towards the total")


def _csv(options) -> str:
    graded = read(options.results)
    text = otter_csv.write(graded, options.beyond)
    _write(options, text.encode("utf-8", "backslashreplace"))
    return f"{options.out}: {_count(graded)}"


def _junit(options) -> str:
    graded = read(options.results)
    _write(options, junit.write(graded))
    return f"{options.out}: {_count(graded)}"


def _gradescope(options) -> str:
    graded = read(options.results)
    if options.results.is_file():
        _write(options, as_bytes(_results(graded[0], options)), ".json")
        return f"{options.out}: {_count(graded)}"
    out: Path = options.out
    if out.exists() and not out.is_dir():
        raise _Refused(f"{out} is a file: {options.results} holds many submissions, so give a folder")
    there = [one.id for one in graded if (out / f"{one.id}.json").exists()]
    if there and not options.force:
        raise _Refused(f"{out} holds {len(there)} of these already ({there[0]}.json): add --force to overwrite them")
    out.mkdir(parents=True, exist_ok=True)
    for one in graded:
        write_whole(out / f"{one.id}.json", as_bytes(_results(one, options)))
    return f"{out}: {_count(graded)}"


def _gradescope_zip(options) -> str:
    if options.seed < 0:
        raise _Refused(f"--seed {options.seed}: a seed is 0 or larger")
    names = {course.find(name).key for name in (options.labs or "").split(",") if name}
    labs = tuple(lab for lab in course.labs() if not names or lab.key in names)
    chosen = {"seed": options.seed, "visibility": options.visibility, "by": options.by, "beyond": options.beyond}
    _write(options, autograder.build(labs, chosen))
    points = autograder.points(labs, options.beyond)
    which = ", ".join(lab.key for lab in labs)
    return f"{options.out}: an autograder for {which}. Enter {points:g} as the assignment's points."


def _results(one: Graded, options) -> dict:
    return gradescope.results(one, options.visibility, options.by, options.beyond)


def _count(graded: list[Graded]) -> str:
    without = sum(one.card is None for one in graded)
    says = f"{len(graded)} submission{'s' * (len(graded) != 1)}"
    return f"{says}, {without} of them without a scorecard: look at these by hand" if without else says


def as_bytes(data: dict) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _write(options, data: bytes, suffix: str | None = None) -> None:
    out: Path = options.out
    suffix = suffix or SUFFIX[options.format]
    if out.is_dir():
        raise _Refused(f"{out} is a folder: give a file, for example {out / ('grades' + suffix)}")
    if out.suffix != suffix:
        raise _Refused(f"{options.format} is a {suffix} file: write to {out.stem}{suffix}")
    if not out.absolute().parent.is_dir():
        raise _Refused(f"there is no folder {out.parent}")
    if out.exists() and not options.force:
        raise _Refused(f"{out} is there already: add --force to overwrite it")
    write_whole(out, data)


def write_whole(target: Path, data: bytes) -> None:
    """The file is there whole or not at all."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


_ACTIONS = {"csv": _csv, "gradescope": _gradescope, "junit": _junit, "gradescope-zip": _gradescope_zip}
