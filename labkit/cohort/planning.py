"""What there is to do: which submissions are new, which changed, which are to be graded again on request.

A round of grading ends when nothing is left to do; one that was interrupted goes on. What a round changed is what
its lines in results.jsonl say beside those of the rounds before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit import course
from labkit.cohort import version
from labkit.cohort.discover import Entry, Handed, read
from labkit.cohort.results import Last, Results
from labkit.cohort.verdicts import VERDICTS


@dataclass
class Plan:
    """What one run has to do."""

    todo: list[Entry]
    round: int
    words: str
    hints: list[str]


@dataclass
class Cohort:
    """A folder of submissions and the results so far."""

    entries: list[Entry]
    labs: list[course.Lab]
    seed: int
    versions: dict[str, str]
    results: Results
    lang: str = "en"
    limits: dict = field(default_factory=dict)

    def plan(self, regrade: list[str] | None = None) -> Plan:
        """What is new, what has changed since it was graded, what is to be graded again on request."""
        was = self.results.settings
        asked = {"labs": [lab.key for lab in self.labs], "seed": self.seed, "versions": self.versions}
        changed = [name for name in asked if was and was[name] != asked[name]]
        unfinished = bool(was) and not was["complete"]
        if regrade is None and unfinished and not changed:
            regrade = was["regrade"]  # goes on regrading what an interrupted run began to
        same = unfinished and not changed and was["regrade"] == regrade
        this = was.get("round", 0) + (0 if same else 1)
        last = self.results.latest(this)
        self._check_names(regrade, last)
        todo, counts, without = (
            [],
            {"new": 0, "changed": 0, "asked for again": 0},
            {lab.folder.name for lab in self.labs},
        )
        for entry in self.entries:
            digest, handed = self.digest(entry)
            without -= handed.files.keys()
            why = _why(entry.id, digest, last.get(entry.id), this, regrade)
            if why:
                todo.append(entry)
                counts[why] += 1
        self.results.save_settings(**asked, round=this, regrade=regrade, complete=not todo)
        parts = [f"{number} {why}" for why, number in counts.items() if number]
        parts.append(f"{len(self.entries) - len(todo)} graded already and as they were")
        return Plan(
            todo, this, "to grade: " + ", ".join(parts), [*self._what_changed(was, changed), *_missing(without)]
        )

    def _check_names(self, regrade: list[str] | None, last: dict[str, Last]) -> None:
        known = {entry.id for entry in self.entries} | last.keys() | set(VERDICTS)
        unknown = [name for name in regrade or () if name not in known]
        if unknown:
            raise course.CourseError(f"--regrade {unknown[0]!r} is no id here and no verdict ({', '.join(VERDICTS)})")

    def _what_changed(self, was: dict, changed: list[str]) -> Iterator[str]:
        if "versions" in changed:
            names = [n for n in self.versions if was["versions"].get(n, self.versions[n]) != self.versions[n]]
            if names:
                yield "changed since the last run: " + ", ".join(names)
        for name in ("labs", "seed"):
            if name in changed:
                yield f"another choice of {name} than in the last run: what it concerns is graded again"

    def digest(self, entry: Entry) -> tuple[str, Handed]:
        """What the submission holds now, and the digest of all that its score depends on."""
        handed = read(entry, self.labs)
        return version.of_submission(handed.files, handed.problem, self.labs, self.seed, self.versions), handed


def _why(id: str, digest: str, last: Last | None, this: int, regrade: list[str] | None) -> str | None:
    if last is None:
        return "new"
    if last.digest != digest:
        return "changed"
    wanted = regrade is not None and (not regrade or id in regrade or last.verdict in regrade)
    return "asked for again" if wanted and last.round < this else None


def _missing(without: set[str]) -> Iterator[str]:
    if without:
        numbers = ", ".join(sorted(course.find(name).number for name in without))
        yield f"no submission holds lab {numbers}: it counts as not written. If it was not asked, leave it out (--labs)"
