"""Content that has been found right in form, made into items."""

from __future__ import annotations

import re
from pathlib import Path

from labkit import course
from labkit.quizzes.items import Choice, Evidence, Held, Idea, InterviewQuestion, Item, Question, Text
from labkit.quizzes.marked import Marked

_HEADING = re.compile(r"^#+ .*$", re.M)
_UNCHECKED = re.compile(
    r"^(```|~~~).*?^\1[^\n]*$"  # code blocks
    r"|<!-- (excerpt|measured|filled): .*?<!-- /\2 -->"  # generated blocks: checked where they come from
    r"|<!--.*?-->|\]\([^)]*\)|^\[[^\]]+\]: .*$",  # comments and where links lead
    re.M | re.S,
)


def question(source: Marked, number: int) -> Question:
    item, place = source.data["items"][number], ("items", number)
    held = _Held(source, place)
    held.add("stem", given=True)
    for n, choice in enumerate(item.get("choices", [])):
        held.add("choices", n, "text", given=True)
        held.add("choices", n, "misunderstanding")
        held.add("choices", n, "why")
    held.add("answer")
    held.add("explanation")
    return Question(
        **_common(source, place, held),
        kind=item["kind"],
        lab=item["lab"],
        difficulty=item["difficulty"],
        concept=item["concept"],
        stem=_texts(item["stem"]),
        explanation=_texts(item["explanation"]),
        choices=tuple(
            Choice(_texts(c["text"]), c.get("right", False), _texts(c["why"]), _texts(c.get("misunderstanding")))
            for c in item.get("choices", [])
        ),
        ideas=tuple(_idea(idea) for idea in item.get("ideas", [])),
        answer=_texts(item.get("answer")),
        tries={
            kind: tuple(pair for entry in entries for pair in entry.items())
            for kind, entries in item.get("tries", {}).items()
        },
        value=item.get("value"),
        tolerance=item.get("tolerance", 0.0),
        unit=_texts(item.get("unit")),
    )


def _idea(idea: dict) -> Idea:
    excluded = idea.get("not", [])
    if isinstance(excluded, dict):
        excluded = [phrase for phrases in excluded.values() for phrase in phrases]
    return Idea(idea["name"], {lang: tuple(idea[lang]) for lang in course.LANGUAGES}, tuple(excluded))


def interview_question(source: Marked, number: int) -> InterviewQuestion:
    item, place = source.data["items"][number], ("items", number)
    held = _Held(source, place)
    held.add("question", given=True)
    held.add("answer")
    for name in item.get("names", {}):
        held.add("names", name)
    for n, _ in enumerate(item.get("weak", [])):
        held.add("weak", n, "says")
        held.add("weak", n, "why")
    for n, _ in enumerate(item.get("follow_ups", [])):
        held.add("follow_ups", n)
    return InterviewQuestion(
        **_common(source, place, held),
        kind=item["kind"],
        level=item["level"],
        lab=item["lab"],
        question=_texts(item["question"]),
        answer=_texts(item["answer"]),
        names={name: _texts(text) for name, text in item.get("names", {}).items()},
        weak=tuple((_texts(w["says"]), _texts(w["why"])) for w in item.get("weak", [])),
        follow_ups=tuple(map(_texts, item.get("follow_ups", []))),
    )


def reading(source: Marked, root: Path) -> Item:
    pages = {lang: (root / page).read_text(encoding="utf-8") for lang, page in source.data["page"].items()}
    prose = {lang: _UNCHECKED.sub("", _HEADING.sub("", page)) for lang, page in pages.items()}
    return Item(
        id=source.file.stem,
        file=source.file,
        line=1,
        title={lang: re.sub(r"^#+ ", "", _HEADING.search(page)[0]) for lang, page in pages.items()},
        evidence=_evidence(source, ()),
        held=(
            Held(
                "page", prose, source.line(("page",)), pages={lang: root / p for lang, p in source.data["page"].items()}
            ),
        ),
    )


class _Held:
    """Collects the texts of one item whose numbers are checked, each with its line."""

    def __init__(self, source: Marked, place: tuple):
        self.source, self.place, self.all = source, place, []

    def add(self, *inner, given: bool = False) -> None:
        value = self.source.data
        for part in (*self.place, *inner):
            value = value.get(part) if isinstance(value, dict) else value[part]
        if value is not None:
            name = ".".join(str(part + 1) if isinstance(part, int) else part for part in inner)
            self.all.append(Held(name, value, self.source.line((*self.place, *inner)), given))


def _common(source: Marked, place: tuple, held: _Held) -> dict:
    item = source.data["items"][place[1]]
    return {
        "id": item["id"],
        "file": source.file,
        "line": source.line(place),
        "title": _texts(item["title"]),
        "evidence": _evidence(source, place),
        "held": tuple(held.all),
    }


def _evidence(source: Marked, place: tuple) -> tuple[Evidence, ...]:
    holder = source.data["items"][place[1]] if place else source.data
    built = []
    for number, entry in enumerate(holder["evidence"]):
        at = (*place, "evidence", number)
        kind = next(kind for kind in ("test", "measurement", "formula", "cite") if kind in entry)

        def written(name: str) -> str:
            return source.raw.get((*at, name), "")

        says = entry.get("says", [])
        quoted = (
            [source.raw[(*at, "says", n)] for n in range(len(says))] if isinstance(says, list) else [written("says")]
        )
        built.append(
            Evidence(
                claim=entry["claim"],
                kind=kind,
                target=written(kind),
                says=tuple(quoted),
                line=source.line((*at, "says") if "says" in entry else at),
                path=written("path"),
                value=written("value"),
                section=written("section"),
            )
        )
    return tuple(built)


def _texts(text: Text | None) -> Text | None:
    """Without the spaces and line ends that YAML leaves around a block."""
    return None if text is None else {language: words.strip() for language, words in text.items()}
