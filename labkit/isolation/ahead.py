"""Ask a worker what the tests will ask, before they ask it; and run no test whose outcome is known.

A test is a function of its seed and of what the calls in it give back. Our own solution has been through it
(rehearsal.py): what it was asked and what it answered is the test's script. A submission whose functions have the same
parameters and answer the same, byte for byte, passes as the solution did, without the test being run once more. Where
an answer differs the test is run, and takes the answers that are there already.

The calls are made in the order in which the tests make them. Asked ahead is only what does not depend on an answer
that is still to come, so that no question gives away what another one asks for. What a test would not have asked any
more, since it failed before, may have been asked nevertheless.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labkit.isolation.channel import Body
from labkit.isolation.client import Trouble, Worker

QUESTIONS = 64  # asked ahead at most, and Worker.room bytes: so judge and worker never wait for each other to read


@dataclass(frozen=True)
class Step:
    """One call of a test: the question, the solution's answer."""

    function: str
    question: Body
    answer: Body
    free: bool  # the question is the same whatever was answered before it


@dataclass(frozen=True)
class Scripts:
    """Of one lab: its tests in their order, each with its steps (None: no script), and the functions' parameters."""

    steps: Mapping[str, Sequence[Step] | None]
    about: Mapping[str, object]


class Ahead:
    """The calls of one worker, from the first test to the last or to the first trouble."""

    def __init__(self, scripts: Scripts, worker: Worker, about: Mapping[str, object], seconds):
        """about: the submission's parameters; seconds: a function, what a call may take."""
        alike = {name for name, parameters in scripts.about.items() if about.get(name) == parameters}
        self._worker, self._room, self._seconds = worker, worker.room, seconds
        self._place = {test: place for place, test in enumerate(scripts.steps)}
        self._steps = {
            self._place[test]: steps if steps and all(step.function in alike for step in steps) else None
            for test, steps in scripts.steps.items()
        }
        self._now = -1  # the test that is being judged
        self._next = (0, 0)  # the first step not yet asked: test, step
        self._asked: deque[tuple[int, Step]] = deque()  # and not yet answered
        self._size = 0  # bytes of these
        self._early: deque[tuple[int, Body, Body]] = deque()  # question and answer, not yet used
        self._given: deque[tuple[Body, Body]] = deque()  # of this test
        self.trouble: Trouble | None = None  # what this test will meet, once it has taken what was given
        self.shared = False  # another lab was in this worker before
        self.wasted = False  # something was asked that no test waits for

    def passes(self, test: str) -> bool:
        """Whether every call of the test is answered as the solution answered it."""
        self._now, self._given = self._place[test], deque()
        steps = self._steps[self._now] or ()
        try:
            self._forget()
            for number, step in enumerate(steps):
                self._ask(number)
                answer = self._early.popleft()[2] if self._early else self._hear()
                self._given.append((step.question, answer))
                if answer != step.answer:
                    return False
        except Trouble as trouble:
            self.trouble = trouble
            return False
        return bool(steps)

    def answer(self, question: Body) -> Body:
        """The answer to a test that is being run."""
        if self._given:
            known, answer = self._given.popleft()
            if known == question:
                return answer
            self._given.clear()
        if self.trouble:
            raise self.trouble
        self._forget()
        if self._early and self._early[0][:2] == (self._now, question):
            return self._early.popleft()[2]
        if self._asked and self._asked[0][0] == self._now and self._asked[0][1].question == question:
            return self._hear()
        while self._asked:  # it asks something else than the solution was asked: first hear what is under way
            number, step = self._asked[0]
            self._early.append((number, step.question, self._hear()))
        self._worker.ask([question], self._seconds())
        return self._worker.answer(self._seconds())

    def _ask(self, matched: int) -> None:
        """Ask what may be asked, `matched` answers of this test being the solution's."""
        place = max(self._next, (self._now, 0))
        if place > (self._now, matched) and (len(self._asked) >= QUESTIONS // 2 or self._size >= self._room // 2):
            return  # enough is under way
        batch = []
        while (steps := self._steps.get(place[0])) is not None:
            if place[1] == len(steps):
                place = place[0] + 1, 0
                continue
            step = steps[place[1]]
            if not step.free and place > (self._now, matched):
                break
            size = len(step.question.data)
            if self._asked and (self._size + size > self._room or len(self._asked) >= QUESTIONS):
                break
            batch.append(step.question)
            self._asked.append((place[0], step))
            self._size += size
            place = place[0], place[1] + 1
        self._next = place
        if batch:
            try:
                self._worker.ask(batch, self._seconds())
            except Trouble:
                self.wasted = True  # it is not this test's question that was too much
                raise

    def _hear(self) -> Body:
        """The next answer of the worker."""
        answer = self._worker.answer(self._seconds())
        self._size -= len(self._asked.popleft()[1].question.data)
        return answer

    def _forget(self) -> None:
        """Let go of what only tests that are over would have asked."""
        while self._early and self._early[0][0] < self._now:
            self._early.popleft()
        while not self._early and self._asked and self._asked[0][0] < self._now:
            self.wasted = True
            self._hear()
