"""What a quiz and an interview are made of, once read: plain data, each text in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

Text = dict[str, str]  # language -> text

LEVELS = ("junior", "mid", "senior", "staff")


@dataclass(frozen=True)
class Evidence:
    """What holds a claim: a test, a figure of a measurement, a formula, or a source."""

    claim: str
    kind: str  # test, measurement, formula, cite
    target: str  # node id, stem, expression, key
    says: tuple[str, ...]  # the numbers as the text quotes them
    line: int
    path: str = ""  # measurement: where in the file
    value: str = ""  # measurement: an expression over `data`
    section: str = ""  # cite


@dataclass(frozen=True)
class Choice:
    text: Text
    right: bool
    why: Text
    misunderstanding: Text | None = None


@dataclass(frozen=True)
class Idea:
    """One thing a free answer must name."""

    name: Text
    phrases: dict[str, tuple[str, ...]]
    excluded: tuple[str, ...] = ()  # phrases that do not count


@dataclass(frozen=True)
class Held:
    """A text whose numbers must be backed by evidence (or, `given`, one that sets the task)."""

    field: str
    text: Text
    line: int
    given: bool = False
    pages: dict[str, Path] | None = None  # where the text stands, if not in the item's own file


@dataclass(frozen=True)
class Item:
    """What quiz items, interview questions and reading labs have in common."""

    id: str
    file: Path
    line: int
    title: Text
    evidence: tuple[Evidence, ...] = field(repr=False)
    held: tuple[Held, ...] = field(repr=False)


@dataclass(frozen=True)
class Question(Item):
    """A quiz item; which of the last fields it has depends on its kind."""

    kind: str  # single, multiple, free, numeric
    lab: str
    difficulty: int
    concept: str
    stem: Text
    explanation: Text
    choices: tuple[Choice, ...] = ()
    ideas: tuple[Idea, ...] = ()
    answer: Text | None = None
    tries: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, repr=False)
    value: float | None = None
    tolerance: float = 0.0
    unit: Text | None = None


@dataclass(frozen=True)
class InterviewQuestion(Item):
    kind: str  # question, rapid
    level: str
    lab: str
    question: Text
    answer: Text
    names: dict[str, Text] = field(default_factory=dict)  # state, axis, tradeoff
    weak: tuple[tuple[Text, Text], ...] = ()  # what is said, why it is weak
    follow_ups: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Quiz:
    key: str
    file: Path
    title: Text
    concepts: dict[str, Text]
    items: tuple[Question, ...] = field(repr=False)

    def item(self, name: str) -> Question | None:
        return next((item for item in self.items if item.id == name), None)


@dataclass(frozen=True)
class Interview:
    key: str
    file: Path
    title: Text
    items: tuple[InterviewQuestion, ...] = field(repr=False)
