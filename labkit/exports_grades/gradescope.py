"""Gradescope's results.json for one submission; gradescope.schema.json beside this file documents the fields used.

The score at the top is the core's points, and overrides the sum of the parts; `beyond=True` adds what is beyond.
A part is an exercise (its tests are in its output), or with `by="test"` a test. What could not be checked on the
grading machine has neither score nor max_score: it counts neither for nor against.
"""

from __future__ import annotations

from labkit.exports_grades.results import UNCHECKED, Graded, possible

VISIBILITY = ("visible", "hidden", "after_due_date", "after_published")
MARKS = {"passed": "✓", "not_checked": "?", "not_run": " ", "not_written": "·"}  # any other: ✗
MOST = 20_000  # characters of one output


def results(graded: Graded, visibility: str = "visible", by: str = "exercise", beyond: bool = False) -> dict:
    """The dict that goes into results.json."""
    found = {
        "score": 0,
        "execution_time": round(graded.seconds),
        "output": "",
        "output_format": "text",
        "test_output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",  # the grader's own words are for the instructor
        "extra_data": {"id": graded.id, "verdict": graded.verdict},
        "tests": [],
    }
    card = graded.card
    if card is None:
        says = graded.says or "No scorecard came back."
        found["output"] = _cut(f"{graded.verdict}: {says}")
        found["tests"] = [{"name": "graded at all", "status": "failed", "output": _cut(says), "visibility": visibility}]
        return found
    found["score"] = _points(card["points"]["earned"] + beyond * card["points_beyond"]["earned"])
    found["extra_data"] |= {"seed": card["seed"], "points": card["points"], "points_beyond": card["points_beyond"]}
    found["output"] = _cut("\n".join(filter(None, [graded.says, *_summary(card)])))
    for lab in card["labs"]:
        for e in lab["exercises"]:
            tests = graded.tests_of(lab["lab"], e["function"])
            if any(t["status"] != "not_run" for t in tests):
                found["tests"] += [part | {"visibility": visibility} for part in _parts(lab, e, tests, by)]
    return found


def _summary(card: dict) -> list[str]:
    lines = []
    for lab in card["labs"]:
        lines.append(f"{lab['lab']}: {_share(lab['points'])}")
        if lab["points_beyond"]["possible"]:
            lines[-1] += f", beyond the core {_share(lab['points_beyond'])}"
        lines += [f"  {problem}" for problem in lab["problems"]]
    step = card["next"]
    if step:
        where = f", line {step['line']}" if step["line"] else ""
        lines.append(f"Next: {step['lab']}, exercise {step['number']}, {step['exercise']}{where}")
    return lines


def _share(points: dict) -> str:
    unchecked = f" ({_points(points['not_checked'])} more not checked here)" if points["not_checked"] else ""
    return f"{_points(points['earned'])} of {_points(points['possible'])} points{unchecked}"


def _parts(lab: dict, e: dict, tests: list[dict], by: str) -> list[dict]:
    number = f"{int(lab['lab'].removeprefix('lab-'))}.{e['number']}"
    tags = [lab["lab"], "beyond" if e["beyond"] else "core"]
    if by == "test":
        return [_part(f"{number}.{i}", f"{e['function']}: {_claim(t)}", [t], tags) for i, t in enumerate(tests, 1)]
    return [_part(number, e["function"], tests, tags)]


def _part(number: str, name: str, tests: list[dict], tags: list[str]) -> dict:
    checked = [t for t in tests if t["status"] not in UNCHECKED]
    part = {"number": number, "name": name, "tags": tags, "output": _cut("\n".join(_lines(tests)))}
    if checked:
        part["score"] = _points(sum(t["points"] for t in checked))
        part["max_score"] = _points(possible(checked))
        part["status"] = "passed" if all(t["status"] == "passed" for t in checked) else "failed"
    else:
        part["name"] += " (not checked here)"
    return part


def _lines(tests: list[dict]) -> list[str]:
    """A line a test, and below it what was said; what every test says alike ("not written yet") is said once."""
    words = {"not_checked": ": not checked here", "not_run": ": not run", "timeout": ": did not come to an end"}
    said, lines = set(), []
    for test in tests:
        lines.append(f"{MARKS.get(test['status'], '✗')} {_claim(test)}{words.get(test['status'], '')}")
        if test["message"] not in said:
            lines += [f"    {line}" for line in test["message"].splitlines()]
            said.add(test["message"])
    return lines


def _claim(test: dict) -> str:
    return test["test"].removeprefix("test_").replace("_", " ")


def _points(value: float) -> int | float:
    value = round(value, 2)
    return int(value) if value == int(value) else value


def _cut(text: str) -> str:
    text = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    return text if len(text) <= MOST else text[:MOST] + "\n… (cut)"
