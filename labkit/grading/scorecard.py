"""From test results to points. Pure: no pytest, no terminal.

An exercise's points are shared equally among its tests. A test that is run on several cases counts once
and passes only if every case does. What was not run or could not be checked here never counts as passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from labkit import course

SCHEMA = 1
# Worst first: a test with several cases, or an exercise with several tests, shows its worst.
STATUSES = ("timeout", "error", "failed", "not_written", "not_checked", "not_run", "passed")
WRONG = ("timeout", "error", "failed")


@dataclass
class TestScore:
    """One test function of an exercise."""

    name: str
    status: str
    possible: float
    message: str = ""
    line: int | None = None
    seconds: float = 0.0
    named: bool = False  # the message names the misunderstanding

    @property
    def earned(self) -> float:
        return self.possible if self.status == "passed" else 0.0


@dataclass
class ExerciseScore:
    exercise: course.Exercise
    status: str = "not_run"
    line: int | None = None
    tests: list[TestScore] = field(default_factory=list)

    @property
    def earned(self) -> float:
        return sum(test.earned for test in self.tests)

    @property
    def was_run(self) -> bool:
        """At least one of its tests was; with only some of them run, the status stays not_run."""
        return any(test.status != "not_run" for test in self.tests)

    @property
    def first_trouble(self) -> TestScore | None:
        """The test whose message helps most: one that names the misunderstanding, else the first."""
        alike = WRONG if self.status in WRONG else (self.status,)
        troubles = [t for t in self.tests if t.status in alike and t.status != "passed"]
        return next((t for t in troubles if t.named), troubles[0] if troubles else None)


@dataclass
class LabScore:
    lab: course.Lab
    file: str
    exercises: list[ExerciseScore]
    problems: list[str] = field(default_factory=list)  # top-level statements of the file that failed

    def points(self, beyond: bool) -> tuple[float, float, float]:
        """(earned, possible, not checked) over the core or the beyond exercises that were run."""
        of = [e for e in self.exercises if e.exercise.beyond == beyond and e.was_run]
        unchecked = sum(t.possible for e in of for t in e.tests if t.status == "not_checked")
        return sum(e.earned for e in of), sum(e.exercise.points for e in of) - unchecked, unchecked


def build(results: Iterable[dict]) -> list[LabScore]:
    """Score the raw results that the plugin collects, one dict a test case (see plugin.py)."""
    by_lab: dict[str, list[dict]] = {}
    for result in results:
        by_lab.setdefault(result["lab"], []).append(result)
    return [_score_lab(lab, by_lab[lab.folder.name]) for lab in course.labs(only=by_lab)]


def _score_lab(lab: course.Lab, results: list[dict]) -> LabScore:
    scores = []
    for exercise in lab.exercises:
        mine = [r for r in results if r["exercise"] == exercise.function]
        scores.append(_score_exercise(exercise, mine))
    problems = list(dict.fromkeys(p for r in results for p in r["problems"]))
    return LabScore(lab, results[0]["file"], scores, problems)


def _score_exercise(exercise: course.Exercise, results: list[dict]) -> ExerciseScore:
    if not results:
        return ExerciseScore(exercise)
    expected = results[0]["tests_in_exercise"]
    cases: dict[str, list[dict]] = {}
    for result in results:
        cases.setdefault(result["test"], []).append(result)
    share = exercise.points / max(len(expected), len(cases))
    tests = []
    for name in dict.fromkeys([*expected, *cases]):
        mine = cases.get(name, [])
        worst = min(mine, key=lambda r: STATUSES.index(r["status"]), default=None)
        if worst is None:
            tests.append(TestScore(name, "not_run", share))
        else:
            tests.append(
                TestScore(
                    name,
                    worst["status"],
                    share,
                    worst["message"],
                    worst["line"],
                    sum(r["seconds"] for r in mine),
                    worst["named"],
                )
            )
    status = min((t.status for t in tests), key=STATUSES.index)
    return ExerciseScore(exercise, status, results[0]["exercise_line"], tests)


@dataclass(frozen=True)
class NextStep:
    """Where to go on: the first exercise, in course order, that is not passed."""

    lab: course.Lab
    exercise: course.Exercise
    file: str
    line: int | None
    status: str


def next_step(scores: list[LabScore]) -> NextStep | None:
    """The first core exercise that was run and is not passed, then the first beyond; None when all pass."""
    for beyond in (False, True):
        for score in scores:
            for e in score.exercises:
                if e.exercise.beyond == beyond and e.status in (*WRONG, "not_written"):
                    # What went wrong is at the line that raised; what is still to come begins at its docstring.
                    trouble = e.first_trouble if e.status != "not_written" else None
                    line = (trouble.line if trouble else None) or e.line
                    return NextStep(score.lab, e.exercise, score.file, line, e.status)
    return None


def as_json(scores: list[LabScore], implementation: str, seed: int) -> dict:
    """The scorecard as data; scorecard.schema.json beside this file documents every field."""
    step = next_step(scores)
    return {
        "schema": SCHEMA,
        "implementation": implementation,
        "seed": seed,
        "points": _points_json([s.points(False) for s in scores]),
        "points_beyond": _points_json([s.points(True) for s in scores]),
        "labs": [_lab_json(score) for score in scores],
        "tests": [
            {
                "lab": score.lab.key,
                "exercise": e.exercise.function,
                "test": test.name,
                "status": test.status,
                "points": round(test.earned, 4),
                "points_possible": round(test.possible, 4),
                "message": test.message,
                "seconds": round(test.seconds, 4),
            }
            for score in scores
            for e in score.exercises
            for test in e.tests
        ],
        "next": step
        and {
            "lab": step.lab.key,
            "exercise": step.exercise.function,
            "number": step.exercise.number,
            "file": step.file,
            "line": step.line,
            "status": step.status,
        },
    }


def _points_json(triples: list[tuple[float, float, float]]) -> dict:
    earned, possible, unchecked = (round(sum(column), 4) for column in zip(*triples)) if triples else (0, 0, 0)
    return {"earned": earned, "possible": possible, "not_checked": unchecked}


def _lab_json(score: LabScore) -> dict:
    return {
        "lab": score.lab.key,
        "title": score.lab.title["en"],
        "file": score.file,
        "problems": score.problems,
        "points": _points_json([score.points(False)]),
        "points_beyond": _points_json([score.points(True)]),
        "exercises": [
            {
                "number": e.exercise.number,
                "function": e.exercise.function,
                "beyond": e.exercise.beyond,
                "status": e.status,
                "points": round(e.earned, 4),
                "points_possible": e.exercise.points,
                "line": e.line,
            }
            for e in score.exercises
        ],
    }
