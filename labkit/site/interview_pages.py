"""The interview questions on the site: an overview, and one page a level.

Each question reads whole without scripts: what a strong answer names, the model answer and the follow-ups are three
<details>, in the order in which one opens them. assets/js/interview.js adds a clock, boxes to tick and a rating.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from labkit import course
from labkit.quizzes import load, page_interviews, words
from labkit.quizzes import markdown as md
from labkit.quizzes.items import InterviewQuestion, Text
from labkit.quizzes.pages import lab_pages
from labkit.site.page import Page
from labkit.site.quiz_pages import data_block, scripts

WORDS: dict[str, Text] = {
    "title": {"en": "Interviews", "es": "Entrevistas"},
    "intro": {
        "en": "{count} questions as they are asked in interviews, up to staff level, and {rapid} for rapid fire. "
        "Answer out loud, as you would there: two minutes, no notes. Then look at what a strong answer names, tick "
        "what you named yourself, and only then read the model answer. In the terminal, `lab interview` rehearses "
        "them with you.",
        "es": "{count} preguntas como las que se hacen en entrevistas, hasta el nivel staff, y {rapid} de respuesta "
        "rápida. Responde en voz alta, como lo harías allí: dos minutos y sin notas. Mira después qué nombra una "
        "respuesta sólida, marca lo que nombraste tú y solo entonces lee la respuesta modelo. En el terminal, "
        "`lab interview --lang es` las ensaya contigo.",
    },
    "levels": {"en": "Level by level", "es": "Nivel a nivel"},
    "count": {"en": "{count} questions", "es": "{count} preguntas"},
    "model": {"en": "Model answer", "es": "Respuesta modelo"},
    "next": {"en": "Next: {link}", "es": "Siguiente: {link}"},
    "all": {"en": "All interview questions", "es": "Todas las preguntas de entrevista"},
}
FOLDER = "interviews"


def pages(language: str, root: Path = course.ROOT) -> list[Page]:
    """The overview, then one page a level and one for rapid fire; none where the edition has no interviews."""
    groups = _groups(root, language)
    if not groups:
        return []
    data, source = root / "data", page_interviews.FILES[language]
    references, labs = load.references(data), lab_pages(root)
    found = [Page(f"{FOLDER}/index", _say(language, "title"), _overview(groups, language), source)]
    for group, after in zip(groups, [*groups[1:], None]):
        text = _level(group, after, language, references, labs)
        found.append(Page(f"{FOLDER}/{_slug(group[0])}", group[1], text, source, search=False))
    return found


def anchor_page(anchor: str, root: Path = course.ROOT) -> str:
    """The page that holds an anchor of the one-page edition ("i-06-06", "level-mid"); the overview for any other."""
    return _anchors(root).get(anchor, f"{FOLDER}/index")


@lru_cache(maxsize=4)
def _anchors(root: Path) -> dict[str, str]:
    found = {}
    for anchor, _, items in _groups(root, "en"):
        found |= {each: f"{FOLDER}/{_slug(anchor)}" for each in (anchor, *(item.id for item in items))}
    return found


@lru_cache(maxsize=4)
def _groups(root: Path, language: str) -> list[tuple[str, str, list[InterviewQuestion]]]:
    """Anchor, title and questions of each level; levels of several phases are one."""
    merged: dict[str, tuple[str, str, list]] = {}
    if any((root / "data/interviews").glob("*.yaml")):
        for interview in load.interviews(root / "data"):
            for anchor, title, items in page_interviews.grouped(interview, language):
                merged.setdefault(anchor, (anchor, title, []))[2].extend(items)
    return list(merged.values())


def _overview(groups: list, language: str) -> str:
    rapid = sum(item.kind == "rapid" for _, _, items in groups for item in items)
    count = sum(len(items) for _, _, items in groups) - rapid
    lines = [f"# {_say(language, 'title')}", "", _say(language, "intro", count=count, rapid=rapid), ""]
    lines += scripts("quiz-core.js", "interview.js")
    known = {_slug(anchor): [item.id for item in items] for anchor, _, items in groups}
    lines += [data_block({"levels": known}), "", '<div class="quiz-concepts" markdown="1">', ""]
    lines += [f"## {_say(language, 'levels')}", ""]
    for anchor, title, items in groups:
        link = _link(anchor, title, language)
        lines.append(f"- {link}{{: data-level={_slug(anchor)} }} {_count(items, language)}")
    return md.joined([*lines, "", "</div>"])


def _level(group: tuple, after, language: str, references: dict, labs: dict) -> str:
    anchor, title, items = group
    lines = [f"# {title} {{#{anchor}}}", "", _count(items, language), "{: .quiz-mix }", ""]
    lines += scripts("quiz-core.js", "interview.js")
    for item in items:
        lines += _item(item, language, references, labs)
    ways = [_say(language, "next", link=_link(after[0], after[1], language))] if after else []
    ways.append(f"[{_say(language, 'all')}]({_file(language)})")
    return md.joined([*lines, " · ".join(ways), "{: .quiz-ways }"])


def _item(item: InterviewQuestion, language: str, references: dict, labs: dict) -> list[str]:
    about = [item.id, md.lab_link(item.lab, labs, language)]
    if item.kind == "rapid":
        about.append(words.say(language, item.level))
    lines = ['<div class="interview-item" markdown="1">', "", f"## {item.title[language]} {{#{item.id}}}", ""]
    lines += [" · ".join(about), "{: .quiz-about }", "", item.question[language], "{: .interview-question }", ""]
    parts = page_interviews.parts(item, language)
    lines += _part("strong_names", parts, "interview-names", language)
    evidence = md.hidden(words.say(language, "evidence"), md.evidence_list(item, references, language))
    lines += _hidden(_say(language, "model"), [item.answer[language], "", *evidence], "interview-model")
    lines += _part("weak_answers", parts, "interview-weak", language)
    lines += _part("follow_ups", parts, "interview-follow", language)
    return [*lines, "</div>", ""]


def _part(key: str, parts: dict, css: str, language: str) -> list[str]:
    if key not in parts:
        return []
    lines = parts[key]
    if language == "es":
        lines = [line.replace("“", "«").replace("”", "»") for line in lines]
    return _hidden(words.say(language, key), lines, css)


def _hidden(summary: str, inside: list[str], css: str) -> list[str]:
    lines = md.hidden(summary, inside)
    return [lines[0].replace("<details", f'<details class="{css}"'), *lines[1:]]


def _slug(anchor: str) -> str:
    return anchor.removeprefix("level-")


def _count(items: list, language: str) -> str:
    return f"<small>{_say(language, 'count', count=len(items))}</small>"


def _file(language: str) -> str:
    return Path(page_interviews.FILES[language]).name


def _link(anchor: str, title: str, language: str) -> str:
    return f"[{title}]({_file(language)}#{anchor})"


def _say(language: str, key: str, **fills) -> str:
    return WORDS[key][language].format(**fills)
