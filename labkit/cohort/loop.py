"""The grading loop: a plan carried out side by side, each result stored the moment it arrives.

Only a few submissions are in memory or under way at a time, so that 100,000 take no more room than 100.
A worker that is killed costs nothing: what was under way is graded again, one at a time, until it is known
which submission (if any) kills workers; that one gets the verdict "no report".
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass

from labkit import course
from labkit.cohort import work
from labkit.cohort.discover import Entry, Handed
from labkit.cohort.messages import WORDS, in_short, message
from labkit.cohort.planning import Cohort, Plan
from labkit.cohort.progress import Bar
from labkit.isolation.judge import JudgeError

AHEAD = 2  # tasks handed to each worker, so that none waits for the next
MOST_TRIES = 3
POLL = 0.25  # seconds until Ctrl-C is seen


class Stopped(Exception):
    """The run ended before its time; what was graded is stored."""

    def __init__(self, says: str, code: int = 1):
        super().__init__(says)
        self.code = code


@dataclass
class _Job:
    entry: Entry
    handed: Handed | None = None
    digest: str = ""
    tries: int = 0


def grade(cohort: Cohort, plan: Plan, executor) -> None:
    """Grade all of `plan`; Stopped when somebody (or a lost cluster) ends it before."""
    finished = False
    try:
        _try_out(cohort, executor)
        with Bar(len(plan.todo)) as bar, _signals() as stop:
            _Loop(cohort, plan, executor, bar, stop).run()
        finished = True
    finally:
        executor.stop(at_once=not finished)
    cohort.results.save_settings(complete=True)


def _try_out(cohort: Cohort, executor) -> None:
    """Grade our own solutions first: if those get no scorecard, or not all points, that is no student's fault."""
    solutions = {lab.folder.name: lab.folder / "solution.py" for lab in cohort.labs}
    files = {name: path.read_bytes() for name, path in solutions.items() if path.is_file()}
    if not files:
        return
    task = work.Task("the solutions", files, {}, tuple(solutions), cohort.seed, cohort.versions, cohort.limits)
    try:
        result = executor.submit(work.grade, task).result()
    except BrokenExecutor:
        raise Stopped("a worker was lost before anything was graded: is there memory left?") from None
    except (work.OtherVersion, CancelledError) as error:
        raise Stopped(_lost(error)) from None
    if result["card"] is None:
        raise Stopped(f"grading does not work here, not even for our own solutions: {result['says']}")
    if result["verdict"] not in ("pass", "not checked here"):
        print(f"look at the tests: our own solutions get {result['points']:g} of {result['possible']:g} points")


class _Loop:
    """One run: what waits, what is under way, what is suspected of killing its worker."""

    def __init__(self, cohort: Cohort, plan: Plan, executor, bar: Bar, stop: threading.Event):
        self.cohort, self.plan, self.executor, self.bar, self.stop = cohort, plan, executor, bar, stop
        self.waiting = iter(plan.todo)
        self.suspects: deque[_Job] = deque()
        self.under_way: dict[Future, _Job] = {}
        self.broken = False

    def run(self) -> None:
        while sum(self.bar.counts.values()) < len(self.plan.todo):
            for job in self._next_jobs():
                self._hand_out(job)
                if self.broken or self.stop.is_set():
                    break
            if self.stop.is_set():
                left = len(self.plan.todo) - sum(self.bar.counts.values())
                raise Stopped(f"stopped. {left} are left; the same command goes on with them.", 130)
            done, _ = wait(self.under_way, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                self._take_in(future)
            if self.broken:
                self._recover()

    def _next_jobs(self) -> Iterator[_Job]:
        """Jobs to hand out now; while there are suspects, one at a time."""
        while self.suspects and not self.under_way:
            yield self.suspects.popleft()
        while not self.suspects and len(self.under_way) < self.executor.width * AHEAD:
            entry = next(self.waiting, None)
            if entry is None:
                return
            yield _Job(entry)

    def _hand_out(self, job: _Job) -> None:
        cohort = self.cohort
        job.digest, job.handed = cohort.digest(job.entry)
        if job.handed.problem:
            return self._land(job, _ungraded(job.entry.id, "error", job.handed.problem, cohort.labs))
        folders = tuple(lab.folder.name for lab in cohort.labs)
        files, names = job.handed.files, job.handed.names
        task = work.Task(job.entry.id, files, names, folders, cohort.seed, cohort.versions, cohort.limits)
        try:
            self.under_way[self.executor.submit(work.grade, task)] = job
        except BrokenExecutor:
            self.broken = True
            self.suspects.append(job)

    def _take_in(self, future: Future) -> None:
        job = self.under_way.pop(future)
        try:
            self._land(job, future.result())
        except BrokenExecutor:
            self.broken = True
            job.tries += 1
            if job.tries < MOST_TRIES:
                self.suspects.append(job)
            else:
                self._no_report(job)
        except (work.OtherVersion, JudgeError, CancelledError) as error:
            raise Stopped(_lost(error)) from None
        except Exception as error:
            if type(error).__name__ != "KilledWorker":  # Dask's: it was tried on four workers, and each was lost
                raise
            self._no_report(job)

    def _recover(self) -> None:
        """A new executor; whatever was under way in the old one is tried again, one at a time."""
        for future in wait(self.under_way, timeout=10).done:
            self._take_in(future)
        self.suspects.extend(self.under_way.values())
        self.under_way.clear()
        self.broken = False
        self.executor.renew()
        self.bar.say(f"a worker was lost: what was under way ({len(self.suspects)}) is graded again, one at a time")

    def _no_report(self, job: _Job) -> None:
        says = WORDS[self.cohort.lang]["verdicts"]["no report"]
        self._land(job, _ungraded(job.entry.id, "no report", says, self.cohort.labs))

    def _land(self, job: _Job, result: dict) -> None:
        """Store one result."""
        card, lang = result["card"], self.cohort.lang
        line = {key: result[key] for key in ("id", "verdict", "points", "possible", "seconds")}
        line |= {"says": result["says"] or in_short(result, lang), "digest": job.digest}
        line |= {"name": job.entry.name, "round": self.plan.round, "host": result["host"], "open": result["open"]}
        line["exercises"] = {}
        for lab in card["labs"] if card else []:
            line["exercises"][lab["lab"]] = {e["function"]: [e["status"], e["points"]] for e in lab["exercises"]}
        self.cohort.results.add(line, card, message(result, job.handed.notes, lang))
        self.bar.one(result["verdict"])


def _ungraded(id: str, verdict: str, says: str, labs: list[course.Lab]) -> dict:
    possible = sum(e.points for lab in labs for e in lab.exercises if not e.beyond)
    facts = {"points": 0, "possible": possible, "seconds": 0.0, "card": None, "host": "", "open": ""}
    return {"id": id, "verdict": verdict, "says": work.clean(says), **facts}


def _lost(error: BaseException) -> str:
    if isinstance(error, CancelledError):
        return "the scheduler is lost. What was graded is stored; the same command goes on when it is back."
    return str(error)


@contextmanager
def _signals():
    """Ctrl-C and SIGTERM set an event in here: no result is cut in two by them."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, handler)
