"""`lab release`: the student edition, a repository without solutions.

    lab release OUT            write it into the folder OUT
    lab release --check OUT    look whether anything of the solutions is left there (in any folder)

The edition is looked through before it is written, and OUT is there whole or not at all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from labkit import course
from labkit.release import build, check, rules


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab release", description="Write the student edition: no solutions in it.")
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write, or with --check to look through")
    parser.add_argument("--check", action="store_true", help="write nothing: is anything of the solutions in OUT?")
    parser.add_argument("--force", action="store_true", help="replace the edition that is there (its .git stays)")
    parser.add_argument("--untracked", action="store_true", help="take files along that git does not know yet")
    options = parser.parse_args(argv)
    try:
        return _check(options.out) if options.check else _write(options)
    except (build.ReleaseError, course.CourseError) as error:
        print(f"lab release: {error}", file=sys.stderr)
    except OSError as error:
        print(f"lab release: {error.filename or options.out}: {error.strerror or error}", file=sys.stderr)
    return 2


def _write(options) -> int:
    build.refuse(course.ROOT, options.out, options.force)
    chosen = rules.read()
    found = build.files(course.ROOT, chosen, options.untracked)
    for rule in chosen.idle:
        print(f"edition.yaml: this rule finds nothing any more ({rule})", file=sys.stderr)
    report = check.look_at(found, course.ROOT, chosen)
    if report.left:
        _tell(report)
        print("lab release: nothing was written; edition.yaml says what is left out", file=sys.stderr)
        return 1
    build.write(course.ROOT, options.out, found, options.force)
    print(f"{options.out}: {len(found)} files. {_looked(report)}")
    if not (options.out / ".git").exists():
        print("Next:")  # a line each: not every shell knows &&
        for line in (f'cd "{options.out}"', "git init", "git add .", 'git commit -m "Student edition"'):
            print(f"  {line}")
    return 0


def _check(folder: Path) -> int:
    if not folder.is_dir():
        raise build.ReleaseError(f"there is no folder {folder} to look through")
    missing = [lab.key for lab in course.labs() if not (lab.folder / "solution.py").is_file()]
    if missing:
        raise build.ReleaseError("this edition has no solutions to compare with: run the check from the full course")
    report = check.look(folder, course.ROOT, rules.read())
    if report.left:
        _tell(report)
        return 1
    print(f"{folder}: {_looked(report)}")
    return 0


def _tell(report: check.Report) -> None:
    for line in report.left:
        print(f"left: {line}")


def _looked(report: check.Report) -> str:
    return (
        f"Nothing of the solutions is left: {report.functions} functions were compared with {report.files} files "
        f"({report.too_short} are too short to tell a copy from chance)."
    )
