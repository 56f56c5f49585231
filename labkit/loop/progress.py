"""Where a learner stands: the last verdict of every exercise, and which of them still hold.

One small JSON file keyed by exercise, `.lab/exercises.json` in the checkout (or in LAB_HOME). Exercises that the
course no longer has are kept. A verdict holds as long as nothing it depends on has changed: the function, what it
uses, and the lab's tests.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labkit import course
from labkit.grading import scorecard
from labkit.grading.terminal import write_json
from labkit.loop.runner import Outcome, Runner, tests_digest
from labkit.loop.source import Source
from labkit.quizzes import state

NAME = "exercises.json"
DONE = ("passed", "not_checked")  # nothing more to do here


@dataclass(frozen=True)
class Standing:
    """One exercise now."""

    lab: course.Lab
    exercise: course.Exercise
    status: str  # the scorecard's, or "changed": not graded since it changed
    entry: dict  # what is stored of it; verdict fields hold only where `status` is not "changed"
    def_line: int | None
    digest: str

    @property
    def earned(self) -> float:
        return self.entry.get("points", 0.0) if self.status not in ("changed", "not_written") else 0.0

    @property
    def unchecked(self) -> float:
        return self.entry.get("unchecked", 0.0) if self.status in ("not_checked", "not_run") else 0.0

    @property
    def message(self) -> str:
        return self.entry.get("message", "") if self.status != "changed" else ""

    @property
    def line(self) -> int:
        """Where to look: the line of the trouble, which moves with its function; else the function."""
        if self.status in ("failed", "error") and self.entry.get("offset") is not None:
            return max((self.def_line or 1) + self.entry["offset"], 1)
        return self.def_line or 1


class Store(state.State):
    """The file; several verdicts are written at once."""

    def keep_all(self, entries: Mapping[str, dict]) -> None:
        if not entries:
            return
        self.items = {**((self.saves and self._read()) or self.items), **entries}
        if not self.saves:
            return
        try:
            _make_folder(self.file.parent)
            write_json({"version": state.VERSION, "items": self.items}, self.file)
        except OSError as error:
            if not self.told:
                self.tell("state_unsaved", reason=error.strerror or str(error))
            self.told = True


def folder(environment=os.environ) -> Path:
    """Where the loop keeps what it knows: with the checkout, because that is where the functions are."""
    if environment.get("LAB_HOME"):
        return Path(environment["LAB_HOME"]).expanduser()
    return course.ROOT / ".lab"


def _make_folder(where: Path) -> None:
    where.mkdir(parents=True, exist_ok=True)
    if where.name == ".lab" and not (where / ".gitignore").exists():
        (where / ".gitignore").write_text("# A learner's own record; it belongs to no commit.\n*\n", encoding="utf-8")


class Progress:
    """The course as this learner has it. `tell(key, **fills)` says what is wrong with the stored file."""

    def __init__(self, tell: Callable[..., None]):
        self.labs = course.labs()
        self.store = Store(folder() / NAME, tell)
        self._sources: dict[str, Source] = {}
        self._tests = {lab.key: tests_digest([lab]) for lab in self.labs}

    def file(self, lab: course.Lab) -> Path:
        return lab.folder / "starter.py"

    def source(self, lab: course.Lab) -> Source:
        if lab.key not in self._sources:
            self._sources[lab.key] = Source(self.file(lab))
        return self._sources[lab.key]

    def reread(self) -> None:
        """The files may have changed."""
        self._sources.clear()

    def key(self, lab: course.Lab, exercise: course.Exercise) -> str:
        return f"{lab.key}/{exercise.function}"

    def standing(self, lab: course.Lab, exercise: course.Exercise) -> Standing:
        source, entry = self.source(lab), _sound(self.store.entry(self.key(lab, exercise)), exercise)
        digest = source.digest(exercise.function, self._tests[lab.key])
        if source.is_unwritten(exercise.function):
            status = "not_written"
        elif entry.get("code") != digest or entry.get("status") not in scorecard.STATUSES:
            status = "changed"
        else:
            status = entry["status"]
        return Standing(lab, exercise, status, entry, source.line_of(exercise.function), digest)

    def standings(self, lab: course.Lab) -> list[Standing]:
        return [self.standing(lab, exercise) for exercise in lab.exercises]

    def changed(self, labs=None) -> dict[str, list[str]]:
        """Lab -> functions that must be graded before it can be said how it stands."""
        found = {
            lab.key: [s.exercise.function for s in self.standings(lab) if s.status == "changed"]
            for lab in (self.labs if labs is None else labs)
        }
        return {key: names for key, names in found.items() if names}

    def next(self) -> Standing | None:
        """The first core exercise of the path that is not done, then the first beyond of a lab; None when all are."""
        every = [s for lab in self.labs for s in self.standings(lab)]
        open_ones = [s for s in every if s.status not in DONE]
        return next((s for s in open_ones if not s.exercise.beyond), open_ones[0] if open_ones else None)

    def grade(
        self,
        exercises: Mapping[str, list[str]],
        runner: Runner | None = None,
        slow: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """Run these exercises' tests and keep the verdicts."""
        before = {
            self.key(lab, e): self.standing(lab, e) for lab in self.labs if lab.key in exercises for e in lab.exercises
        }  # what was graded is the file as it was when grading began
        own = runner or Runner([lab for lab in self.labs if lab.key in exercises])
        try:
            outcome = own.grade(exercises, slow, stop)
        finally:
            if runner is None:
                own.end()
        self._keep(outcome, before)
        return outcome

    def _keep(self, outcome: Outcome, before: Mapping[str, Standing]) -> None:
        now = datetime.now().isoformat(timespec="seconds")
        entries = {}
        results = sorted(outcome.results, key=lambda r: r["place"])
        for score in scorecard.build(results) if results else ():
            for e in score.exercises:
                old = before.get(self.key(score.lab, e.exercise))
                if e.was_run and old is not None:
                    printed = [r for r in outcome.results if r["exercise"] == e.exercise.function]
                    entries[self.key(score.lab, e.exercise)] = _entry(e, old, now, printed)
        for lab, function, mark in outcome.left_out:
            old = before.get(f"{lab}/{function}")
            if old is not None and old.status == "changed" and f"{lab}/{function}" not in entries:
                waiting = {"status": "not_run", "points": 0.0, "code": old.digest, "graded": now, "needs": mark}
                entries[f"{lab}/{function}"] = {**_carried(old.entry), **waiting}
        self.store.keep_all(entries)


KINDS = {
    "status": str, "points": (int, float), "unchecked": (int, float), "code": str, "message": str, "printed": str,
    "failing": int, "offset": (int, type(None)), "hint": dict, "gave_up": str, "needs": str,
}  # fmt: skip


def _sound(entry: dict, exercise: course.Exercise) -> dict:
    """The entry as this code may rely on it: somebody may have edited the file, or another version written it."""
    sound = all(isinstance(entry[name], kind) for name, kind in KINDS.items() if name in entry)
    return entry if sound and 0 <= entry.get("points", 0) <= exercise.points + 1e-6 else {}


def _carried(entry: dict) -> dict:
    """What outlives a verdict."""
    return {name: entry[name] for name in ("hint", "gave_up", "first_passed") if name in entry}


def _entry(e: scorecard.ExerciseScore, old: Standing, now: str, results: list[dict]) -> dict:
    """What is stored of one verdict; hints and `gave_up` are carried over."""
    trouble = e.first_trouble
    status = e.status
    # Tests that take minutes were left out: what they said of the same code still holds.
    if status == "not_run" and old.status == "passed":
        return old.entry
    line = trouble.line if trouble else None
    printed = next((r["printed"] for r in results if trouble and r["test"] == trouble.name and r["printed"]), "")
    entry = {
        **_carried(old.entry),
        "status": status,
        "points": round(e.earned, 4),
        "code": old.digest,
        "graded": now,
    }
    if trouble and status != "passed":
        failing = sum(t.status in ("failed", "error") for t in e.tests)
        entry |= {"message": trouble.message, "test": trouble.name, "failing": failing, "printed": printed}
        entry["unchecked"] = round(sum(t.possible for t in e.tests if t.status == "not_checked"), 4)
        entry["offset"] = line - old.def_line if line and old.def_line else None
    if status == "passed":
        entry.setdefault("first_passed", now)
    return entry
