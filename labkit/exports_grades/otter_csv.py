"""The CSV that otter-grader writes as final_grades.csv, so that a gradebook made for it can read ours.

As in otter-grader 7.0.0 (`otter.grade.utils.merge_scores_to_df`):
1. columns: file, one a question in alphabetical order, total_points_earned, percent_correct, grading_status;
2. the first row is `points-per-question`: the points possible, percent_correct 1, status `--`;
3. then one row a submission, by name; percent_correct is a fraction, rounded to four digits;
4. status `Completed`, or what went wrong, and then zero points.

A question is an exercise: `lab-01/quantize_per_tensor`. The totals hold the core; `beyond=True` adds the rest.
"""

from __future__ import annotations

import csv
import io

from labkit import course
from labkit.exports_grades.results import Graded, ResultsError, possible

POSSIBLE = "points-per-question"


def write(graded: list[Graded], beyond: bool = False) -> str:
    """The CSV as text; ResultsError if no submission has a scorecard."""
    asked = _asked(graded, beyond)
    names = sorted(asked)
    total = round(sum(asked.values()), 2)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["file", *names, "total_points_earned", "percent_correct", "grading_status"])
    rows.writerow([POSSIBLE, *(_number(asked[n]) for n in names), _number(total), 1, "--"])
    for one in sorted(graded, key=lambda g: g.id):
        earned = _earned(one) if one.card else {}
        sum_of = sum(earned.get(name, 0) for name in names)
        fraction = round(sum_of / total, 4) if total else 0
        row = [_number(earned.get(name, 0)) for name in names]
        rows.writerow([_harmless(one.id), *row, _number(sum_of), _number(fraction), _harmless(_status(one))])
    return out.getvalue()


def _asked(graded: list[Graded], beyond: bool) -> dict[str, float]:
    """Question -> its points, over all that was checked for anybody."""
    asked: dict[str, float] = {}
    for one in graded:
        for lab in one.card["labs"] if one.card else []:
            for e in lab["exercises"]:
                points = possible(one.tests_of(lab["lab"], e["function"]))
                if points and (beyond or not e["beyond"]):
                    name = f"{lab['lab']}/{e['function']}"
                    asked[name] = max(asked.get(name, 0), points)
    if not asked and not any(one.card for one in graded):
        asked = {f"{lab.key}/{e.function}": e.points for lab in course.labs() for e in lab.exercises if not e.beyond}
    if not asked:
        raise ResultsError("no exercise was run in these results: nothing to export")
    return asked


def _earned(one: Graded) -> dict[str, float]:
    return {f"{lab['lab']}/{e['function']}": e["points"] for lab in one.card["labs"] for e in lab["exercises"]}


def _status(one: Graded) -> str:
    return "Completed" if one.card else " ".join(f"{one.verdict}: {one.says}".split())


def _number(value: float) -> int | float:
    value = round(value, 4)
    return int(value) if value == int(value) else value


def _harmless(text: str) -> str:
    """subtle: a spreadsheet runs a cell that begins with = + - or @; a submission chooses its own name."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text != "--" else text
