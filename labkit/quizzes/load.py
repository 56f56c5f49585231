"""Read the content files: everything that is wrong with their form in one go, or plain data with no surprises."""

from __future__ import annotations

from pathlib import Path

from labkit import course
from labkit.quizzes import build, checks, marked, schema
from labkit.quizzes.items import Interview, Item, Quiz
from labkit.quizzes.marked import ContentError, Marked, Slip

DATA = course.ROOT / "data"


def quizzes(data: Path = DATA) -> tuple[Quiz, ...]:
    """Every quiz in data/quizzes/; ContentError says all slips of form in them."""
    return tuple(_all(data, "quizzes", "quiz", _quiz))


def interviews(data: Path = DATA) -> tuple[Interview, ...]:
    """Every list of interview questions in data/interviews/."""
    return tuple(_all(data, "interviews", "interview", _interview))


def readings(data: Path = DATA) -> tuple[Item, ...]:
    """The reading labs as items: their evidence, and their pages' prose as the texts it must hold."""
    read, slips = [], []
    for file in sorted((data / "reading").glob("*.yaml")):
        source = marked.read(file)
        found = form(source, "reading")
        found = found or [
            source.slip(("page", language), f"`page.{language}`: there is no {source.data['page'][language]}")
            for language in course.LANGUAGES
            if not (data.parent / source.data["page"][language]).is_file()
        ]
        slips += found
        if not found:
            read.append(build.reading(source, data.parent))
    if slips:
        raise ContentError(slips)
    return tuple(read)


def references(data: Path = DATA) -> dict[str, dict]:
    """data/references.yaml: key -> source."""
    source = marked.read(data / "references.yaml")
    slips = form(source, "references")
    if slips:
        raise ContentError(slips)
    return source.data


def readable(data: Path = DATA) -> tuple[list[Item], list[Slip]]:
    """For whoever mends the content: every item that can be read, though others in its file cannot; and all slips."""
    items, slips = [], []
    kinds = (("quizzes", "quiz", build.question), ("interviews", "interview", build.interview_question))
    for folder, name, make in kinds:
        for source in _sources(data, folder, name, slips):
            found = form(source, name)
            slips += found
            broken = {slip.item for slip in found if slip.item}
            if isinstance(source.data, dict) and isinstance(source.data.get("items"), list):
                places = [("items", number) for number in range(len(source.data["items"]))]
                items += [make(source, place[1]) for place in places if source.item(place) not in broken]
    try:
        items += readings(data)
    except ContentError as error:
        slips += error.slips
    return items, slips


def form(source: Marked, name: str) -> list[Slip]:
    """The slips of one file: its YAML, its structure, and what no schema can say."""
    if source.data is None:
        return source.slips
    structure = schema.slips(source, name)
    return source.slips + structure + checks.slips(source, name, structure)


def _sources(data: Path, folder: str, name: str, slips: list[Slip]) -> list[Marked]:
    files = sorted((data / folder).glob("*.yaml"))
    if not files:
        slips.append(Slip(data / folder, 1, "", f"there is no {name} here: expected a file phase-NN-….yaml"))
    return [marked.read(file) for file in files]


def _all(data: Path, folder: str, name: str, make) -> list:
    slips: list[Slip] = []
    sources = _sources(data, folder, name, slips)
    slips += [slip for source in sources for slip in form(source, name)]
    if slips:
        raise ContentError(slips)
    return [make(source) for source in sources]


def _quiz(source: Marked) -> Quiz:
    data = source.data
    items = tuple(build.question(source, number) for number in range(len(data["items"])))
    return Quiz(data["quiz"], source.file, data["title"], data["concepts"], items)


def _interview(source: Marked) -> Interview:
    data = source.data
    items = tuple(build.interview_question(source, number) for number in range(len(data["items"])))
    return Interview(data["interview"], source.file, data["title"], items)
