"""The starter previews in docs/: copied from the starter files, never typed.

A starter file under docs/code/ marks a part, and a page shows it:

    <!-- excerpt-begin: NAME -->                      <!-- excerpt: code/FOLDER/FILE.md#NAME -->
    ...                                               <!-- /excerpt -->
    <!-- excerpt-end: NAME -->

What stands between the page's two lines is generated: the part as it is, with an empty line before and after.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from labkit import course

DOCS = course.ROOT / "docs"
_BLOCK = re.compile(r"(<!-- excerpt: (\S+?)#([\w-]+) -->\n).*?(<!-- /excerpt -->)", re.S)


def part(file: Path, name: str) -> str:
    """The marked part of a starter file; CourseError where the file or the part is not there exactly once."""
    if not file.is_file():
        raise course.CourseError(f"{course.show_path(file)} is missing")
    text = file.read_text(encoding="utf-8")
    begin, end = f"<!-- excerpt-begin: {name} -->\n", f"<!-- excerpt-end: {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise course.CourseError(f"{course.show_path(file)} needs one line {begin.strip()} and after it one {end}")
    return text.split(begin)[1].split(end)[0]


def fill(text: str, name: str, docs: Path = DOCS) -> str:
    """The text of the page called `name` with each of its previews made anew; CourseError for a broken block."""
    if text.count("<!-- excerpt: ") != len(_BLOCK.findall(text)) or text.count("<!-- /excerpt -->") != len(
        _BLOCK.findall(text)
    ):
        raise course.CourseError(
            f"{name}: a preview is <!-- excerpt: PATH#NAME --> on a line of its own and later <!-- /excerpt -->"
        )

    def block(match: re.Match) -> str:
        shown = part(docs / match[2], match[3])
        if "](" in shown:
            raise course.CourseError(f"{match[2]}#{match[3]} holds a link, which would lead elsewhere from a page")
        return f"{match[1]}\n{shown}\n{match[4]}"

    return _BLOCK.sub(block, text)


def refresh(check: bool, docs: Path = DOCS) -> list[str]:
    """Make every preview anew (with `check`, only look); the pages that were not as their starter files.

    CourseError for a broken block, and where no page shows a preview: a guard must not pass on nothing.
    """
    stale, seen = [], 0
    for page in sorted([*docs.glob("en/*.md"), *docs.glob("es/*.md")]):
        old = page.read_text(encoding="utf-8")
        new = fill(old, course.show_path(page), docs)
        seen += len(_BLOCK.findall(old))
        if new != old:
            stale.append(course.show_path(page))
            if not check:
                page.write_text(new, encoding="utf-8")
    if not seen:
        raise course.CourseError(f"no page under {course.show_path(docs)}/ shows a preview of a starter file")
    return stale


def main(argv: list[str]) -> int:
    """Exit code 0: up to date, or brought there; 1: --check found an old preview; 2: a broken block."""
    parser = argparse.ArgumentParser(
        prog="lab excerpts", description="Copy the marked parts of docs/code/ into the pages that show them."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; say which pages would change")
    options = parser.parse_args(argv)
    try:
        stale = refresh(options.check)
    except course.CourseError as error:
        print(f"lab excerpts: {error}", file=sys.stderr)
        return 2
    for page in stale:
        print(f"{page}: a preview is not as its starter file" if options.check else f"brought up to date: {page}")
    if stale and options.check:
        print("mend it with: lab excerpts", file=sys.stderr)
    if not stale:
        print("every preview is as its starter file")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
