"""The end of a run: verdicts, exercises, what to look at by hand, and what this round changed."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from pathlib import Path

from labkit import course
from labkit.cohort.results import Last
from labkit.cohort.verdicts import MEANING, STATUSES, TO_LOOK_AT, VERDICTS

SHOWN = 12  # rows of a list; the files hold all of them
_MARKS = {"passed": "pass", "failed": "fail", "not_written": "not written", "not_checked": "not checked here"}


def show(cohort, plan) -> None:
    """Print the summary of everything graded so far, and write differences.csv where a round changed scores."""
    ids = [entry.id for entry in cohort.entries]
    last = cohort.results.latest(plan.round)
    lines = cohort.results.lines_at([last[i].at for i in ids if i in last])
    verdicts: Counter[str] = Counter()
    exercises: dict[tuple, Counter[str]] = {}
    points, to_look_at, not_enclosed = [], [], Counter()
    for line in lines:
        verdicts[line["verdict"]] += 1
        not_enclosed[line["open"]] += bool(line["open"])
        if line["verdict"] in TO_LOOK_AT:
            to_look_at.append((line["id"], line["verdict"], line["says"]))
        if line["exercises"]:
            points.append((line["points"], line["possible"]))
        for lab, scores in line["exercises"].items():
            for function, (status, _) in scores.items():
                exercises.setdefault((lab, function), Counter())[status] += 1
    print()
    for verdict in VERDICTS:
        if verdicts[verdict]:
            print(f"{verdicts[verdict]:>6} {verdict:<17} {MEANING[verdict]}")
    _exercises(exercises)
    _points(points)
    for why, number in not_enclosed.items():
        if number:
            print(
                f"\n{number} were graded without an enclosure ({why}); docs/en/isolation.md says what that leaves open"
            )
    _look_at(to_look_at, cohort.results.folder)
    _changes(cohort, ids, last, plan)
    gone = [id for id in last if id not in set(ids)]
    if gone:
        print(f"\n{len(gone)} results are of submissions that are no longer there: {', '.join(gone[:5])}")
    shown = near(cohort.results.folder)
    print(f"\n{shown}/results.jsonl, scorecards/ and messages/ hold it all; `lab grades csv {shown}` makes a table.")


def near(path: Path) -> str:
    """`path` as one would type it from here."""
    relative = course.seen_from(path)
    return str(path) if relative.startswith("..") else relative


def _exercises(exercises: dict[tuple, Counter]) -> None:
    columns = [s for s in STATUSES if any(counts[s] for counts in exercises.values())]
    if not columns:
        return
    names = [_MARKS.get(s, s.replace("_", " ")) for s in columns]
    width = max(len(f"{lab} {function}") for lab, function in exercises)
    print(f"\n{'exercise':<{width}}  " + "  ".join(names))
    for (lab, function), counts in exercises.items():
        cells = "  ".join(f"{counts[s] or '·':>{len(name)}}" for s, name in zip(columns, names))
        print(f"{lab + ' ' + function:<{width}}  {cells}")


def _points(points: list[tuple[float, float]]) -> None:
    if points:
        earned = sorted(e for e, _ in points)
        middle, low, high = (earned[int((len(earned) - 1) * share)] for share in (0.5, 0.25, 0.75))
        possible = max(p for _, p in points)
        print(
            f"\npoints of {possible:g}, where graded: lowest {earned[0]:.1f}, quarter {low:.1f}, "
            f"median {middle:.1f}, three quarters {high:.1f}, highest {earned[-1]:.1f}"
        )


def _look_at(rows: list[tuple], folder: Path) -> None:
    if not rows:
        return
    print(f"\nlook at these before scores go out ({len(rows)}):")
    room = max(40, shutil.get_terminal_size((140, 24)).columns - 42)
    for id, verdict, says in rows[:SHOWN]:
        print(f"  {id:<28.28} {verdict:<10} {says.splitlines()[0][:room] if says else ''}")
    if len(rows) > SHOWN:
        print(f"  ... {len(rows) - SHOWN} more: grep for the verdict in results.jsonl")


def _changes(cohort, ids: list[str], last: dict[str, Last], plan) -> None:
    """The table of what this round changed beside the round before."""
    again = [i for i in ids if i in last and last[i].round == plan.round and last[i].before is not None]
    if not again:
        return
    now = cohort.results.lines_at([last[i].at for i in again])
    before = cohort.results.lines_at([last[i].before for i in again])
    rows = [row for old, new in zip(before, now) if (row := difference(old, new))]
    print(f"\n{len(again)} graded again in this round: {len(rows)} scores or verdicts changed")
    for row in rows[:SHOWN]:
        print(f"  {row[0]:<28.28} {row[1]:>6.1f} -> {row[2]:<6.1f} {row[5][:100]}")
    target = cohort.results.folder / "differences.csv"
    if not rows:
        target.unlink(missing_ok=True)
        return
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["id", "points before", "points now", "verdict before", "verdict now", "what changed"])
    table.writerows(rows)
    target.write_text(text.getvalue(), encoding="utf-8", newline="")
    more = f"{len(rows) - SHOWN} more: " if len(rows) > SHOWN else "all of them: "
    print(f"  {more}{near(target)}")


def difference(old: dict, new: dict) -> tuple | None:
    """(id, points before, now, verdict before, now, exercise by exercise); None if nothing changed."""
    changes = []
    if old["verdict"] != new["verdict"]:
        changes.append(f"{old['verdict']} -> {new['verdict']}")
    for lab, scores in new["exercises"].items():
        for function, (status, points) in scores.items():
            was_status, was_points = old["exercises"].get(lab, {}).get(function, ["absent", 0])
            if (was_status, was_points) != (status, points):
                said = f"{was_status} -> {status}, " if was_status != status else ""
                changes.append(f"{function}: {said}{round(was_points, 2):g} -> {round(points, 2):g}")
    if not changes and old["points"] == new["points"]:
        return None
    return new["id"], old["points"], new["points"], old["verdict"], new["verdict"], "; ".join(changes)
