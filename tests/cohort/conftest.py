"""Tools of the cohort's tests: small folders of submissions, and an executor that works in this very process."""

import json
from concurrent.futures import Future
from pathlib import Path

import pytest

from labkit import course
from labkit.cohort import version
from labkit.cohort.discover import find
from labkit.cohort.loop import grade
from labkit.cohort.planning import Cohort
from labkit.cohort.results import Results

GOLDEN = Path(__file__).parent / "golden"
LAB = course.find("01")
# Short enough for a test, long enough for a busy machine.
LIMITS = {"call_seconds": 1.5, "load_seconds": 5.0, "total_seconds": 60.0}


class Inline:
    """An executor without processes: what the others do, one after the other, here."""

    width, words = 1, "this process"

    def __init__(self):
        self.graded = []

    def submit(self, function, task):
        future = Future()
        self.graded.append(task.id)
        try:
            future.set_result(function(task))
        except Exception as error:
            future.set_exception(error)
        return future

    def renew(self):
        pass

    def stop(self, at_once=False):
        pass


class Class:
    """A folder of submissions and its results."""

    def __init__(self, place: Path):
        self.folder, self.out = place / "class", place / "results"
        self.folder.mkdir()

    def hand_in(self, name: str, golden: str) -> None:
        source = next(p for p in GOLDEN.glob(f"{golden}.py*"))
        (self.folder / f"{name}.py").write_bytes(source.read_bytes())

    def grade(self, executor=None, regrade=None, seed=0, lang="en", labs=(LAB,)):
        """One run; (ids graded in it, the plan)."""
        executor = executor or Inline()
        with Results(self.out) as results:
            versions = version.of_course(labs)
            cohort = Cohort(find(self.folder)[0], list(labs), seed, versions, results, lang, LIMITS)
            plan = cohort.plan(regrade)
            if plan.todo:
                grade(cohort, plan, executor)
        return getattr(executor, "graded", None), plan

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in (self.out / "results.jsonl").read_text(encoding="utf-8").splitlines()]

    def verdicts(self) -> dict[str, str]:
        return {line["id"]: line["verdict"] for line in self.lines()}

    def card(self, id: str) -> dict:
        return json.loads((self.out / "scorecards" / f"{id}.json").read_text(encoding="utf-8"))

    def message(self, id: str) -> str:
        return (self.out / "messages" / f"{id}.txt").read_text(encoding="utf-8")


@pytest.fixture
def course_of(tmp_path):
    """course_of(anna="all_pass", ben="hang") -> a Class with these golden submissions in it."""

    def make(**golden: str) -> Class:
        made = Class(tmp_path)
        for name, which in golden.items():
            made.hand_in(name, which)
        return made

    return make


@pytest.fixture
def inline():
    return Inline()
