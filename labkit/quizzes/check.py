"""`python -m labkit.quizzes.check`: everything that is wrong with the content files, in one list.

Form, evidence, numbers, and whether the grader judges each item's own tries as the item says.
"""

from __future__ import annotations

import sys
from pathlib import Path

from labkit.quizzes import evidence, load
from labkit.quizzes.items import Item, Question
from labkit.quizzes.marked import ContentError, Slip


def content(data: Path = load.DATA) -> tuple[list[Item], dict, list[Slip]]:
    """Every item of every readable file, the references, and the slips of form of the others."""
    items, slips = load.readable(data)
    try:
        references = load.references(data)
    except ContentError as error:
        references, slips = {}, slips + error.slips
    return items, references, slips


def slips_of(item: Item, references: dict, places: evidence.Places = evidence.Places()) -> list[Slip]:
    """What does not hold in one item: its evidence, its numbers, its tries."""
    found = evidence.slips(item, references, places)
    if isinstance(item, Question):
        from labkit.quizzes import grade

        found += grade.slips(item)
    return found


def main(argv: list[str] | None = None) -> int:
    items, references, slips = content()
    for item in items:
        slips += slips_of(item, references)
    for slip in sorted(set(slips)):
        print(slip)
    print(f"{len(items)} items read, {len(set(slips))} slips")
    return 1 if slips else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
