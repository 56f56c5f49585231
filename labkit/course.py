"""What is in the course: phases, labs, exercises, points, order.

The only source is the `lab.yaml` of each lab folder; there is no second table.
Adding a lab means adding a folder, adding a phase means adding a `phase-*` folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "es")

# libyaml parses a lab.yaml in milliseconds; the pure-Python loader is correct but ten times slower.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CourseError(Exception):
    """A lab folder or lab.yaml that cannot be used; the message says where and what mends it."""


@dataclass(frozen=True)
class Hint:
    """Three tiers of help for one symptom: a question, a direction, nearly the answer."""

    symptom: dict[str, str]  # language -> what the learner sees
    match: str  # regular expression found in the failing test's message; "" fits any
    tiers: dict[str, tuple[str, ...]]  # language -> three texts


@dataclass(frozen=True)
class Exercise:
    """One function of a lab."""

    number: int
    function: str
    points: float
    minutes: int
    difficulty: int  # 1 (a line or two) to 5 (an afternoon)
    returns: tuple[str, ...]  # names of the returned values; one name: no tuple
    beyond: bool  # scored apart, so that the core stays a weekend's work
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True)
class Lab:
    """One lab folder."""

    key: str  # "lab-01"
    folder: Path
    order: int  # place in the recommended path, which is not the number
    title: dict[str, str]
    minutes: int
    exercises: tuple[Exercise, ...] = field(repr=False)

    @property
    def number(self) -> str:
        return self.key.removeprefix("lab-")

    def exercise(self, function: str) -> Exercise:
        for exercise in self.exercises:
            if exercise.function == function:
                return exercise
        known = ", ".join(e.function for e in self.exercises)
        raise CourseError(f"{self.key} has no exercise {function!r}; its lab.yaml lists: {known}")


def labs(root: Path = ROOT, only: Container[str] | None = None) -> tuple[Lab, ...]:
    """Every lab in the recommended order; CourseError if there is none.

    `only` holds the names of the folders wanted: the others' lab.yaml are not even read.
    """
    files = sorted(root.glob("phase-*/labs/lab-*/lab.yaml"))
    if only is not None:
        files = [file for file in files if file.parent.name in only]
    if not files:
        raise CourseError(f"no lab found: looked for phase-*/labs/lab-*/lab.yaml under {root.name}/")
    return tuple(sorted((_read(file) for file in files), key=lambda lab: (lab.folder.parent, lab.order)))


def find(name: str, root: Path = ROOT) -> Lab:
    """The lab called `name`: "3", "03", "lab-03" or its folder's name."""
    known = labs(root)
    digits = re.fullmatch(r"(?:lab-?)?0*(\d+)", name.strip().lower())
    for lab in known:
        if name.strip().rstrip("/") in (lab.folder.name, str(lab.folder)) or (
            digits and int(lab.number) == int(digits[1])
        ):
            return lab
    raise CourseError(f"no lab is called {name!r}; there are: {', '.join(lab.key for lab in known)}")


def lab_at(folder: Path) -> Lab:
    """The lab whose tests lie in `folder`."""
    return _read(Path(folder) / "lab.yaml")


@lru_cache(maxsize=None)
def _read(file: Path) -> Lab:
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        raise CourseError(f"{show_path(file)} is missing: each lab folder needs one") from None
    except yaml.YAMLError as error:
        raise CourseError(f"{show_path(file)} is not valid YAML: {error}") from None
    key = re.match(r"lab-\d+", file.parent.name)
    if key is None:
        raise CourseError(f"{show_path(file.parent)}: a lab's folder is called lab-NN-some-words")
    take = _Taker(file)
    exercises = tuple(
        _exercise(number, entry, take) for number, entry in enumerate(take(data, "exercises", list, "top"), 1)
    )
    return Lab(
        key=key[0],
        folder=file.parent,
        order=take(data, "order", int, "top"),
        title=take.both(data, "title", "top"),
        minutes=sum(e.minutes for e in exercises if not e.beyond),
        exercises=exercises,
    )


def _exercise(number: int, entry: dict, take: _Taker) -> Exercise:
    where = f"exercise {number}"
    returns = take(entry, "returns", (str, list), where)
    return Exercise(
        number=number,
        function=take(entry, "function", str, where),
        points=take(entry, "points", (int, float), where),
        minutes=take(entry, "minutes", int, where),
        difficulty=take(entry, "difficulty", int, where),
        returns=tuple(returns) if isinstance(returns, list) else (returns,),
        beyond=bool(entry.get("beyond", False)),
        hints=tuple(_hint(hint, take, where) for hint in entry.get("hints", [])),
    )


def _hint(entry: dict, take: _Taker, where: str) -> Hint:
    tiers = {language: tuple(take(entry, language, list, f"{where}, hint")) for language in LANGUAGES}
    for language, texts in tiers.items():
        if len(texts) != 3:
            raise CourseError(f"{show_path(take.file)}, {where}: a hint has three tiers, {language!r} has {len(texts)}")
    return Hint(take.both(entry, "symptom", f"{where}, hint"), str(entry.get("match", "")), tiers)


class _Taker:
    """Reads typed fields and says file, place, field and expectation when one is not as it should be."""

    def __init__(self, file: Path):
        self.file = file

    def __call__(self, entry, name: str, kind, where: str):
        value = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(value, kind):
            wanted = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
            raise CourseError(f"{show_path(self.file)}, {where}: {name!r} must be {wanted}, got {value!r}")
        return value

    def both(self, entry, name: str, where: str) -> dict[str, str]:
        value = self(entry, name, dict, where)
        for language in LANGUAGES:
            self(value, language, str, f"{where}, {name}")
        return value


def show_path(path: Path) -> str:
    """`path` as a reader of this repository would write it, never with the machine's own prefix."""
    try:
        return path.relative_to(ROOT).as_posix()
    except ValueError:
        return path.as_posix()


def seen_from(path, start: str | os.PathLike = os.curdir) -> str:
    """`path` as one types it from the folder `start`; whole where no way leads there: another drive of Windows."""
    try:
        return os.path.relpath(path, start)
    except ValueError:
        return str(path)
