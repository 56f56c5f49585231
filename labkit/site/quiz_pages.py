"""The quizzes on the site: an overview, and one page a concept, so that a page stays light.

Every question is plain Markdown that reads whole without scripts: stem, list of choices, the answer in <details>.
What marks answers (assets/js/quiz*.js) finds what it needs in a JSON block of the page: which choices are right, a
number with its tolerance, the phrases of a free answer's ideas. What it says about a choice it takes from <details>.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path

from labkit import course
from labkit.quizzes import choose, load, page_quizzes, words
from labkit.quizzes import markdown as md
from labkit.quizzes.items import Question, Text
from labkit.quizzes.pages import lab_pages
from labkit.site.page import Page

WORDS: dict[str, Text] = {
    "title": {"en": "Quizzes", "es": "Cuestionarios"},
    "intro": {
        "en": "{count} questions on {concepts} concepts. Answer before you look: behind each wrong choice stands a "
        "misunderstanding, and the answer calls it by its name. In the terminal, `lab quiz` asks the same questions "
        "and brings back what you missed when it is time.",
        "es": "{count} preguntas sobre {concepts} conceptos. Responde antes de mirar: detrás de cada opción "
        "equivocada hay un malentendido, y la respuesta lo llama por su nombre. En el terminal, `lab quiz --lang es` "
        "hace las mismas preguntas y, a su debido tiempo, vuelve a las que fallaste.",
    },
    "concepts": {"en": "Concept by concept", "es": "Concepto a concepto"},
    "count": {"en": "{count} questions", "es": "{count} preguntas"},
    "count_1": {"en": "1 question", "es": "1 pregunta"},
    "taught": {"en": "taught in {lab}", "es": "se enseña en el {lab}"},
    "next": {"en": "Next concept: {link}", "es": "Siguiente concepto: {link}"},
    "all": {"en": "All quizzes", "es": "Todos los cuestionarios"},
}
SCRIPTS = ("quiz-core.js", "quiz-grade.js", "quiz-item.js", "quiz-round.js", "quiz.js")
FOLDER = "quizzes"


def pages(language: str, root: Path = course.ROOT) -> list[Page]:
    """The overview, then one page a concept in the order of the file; none where the edition has no quizzes."""
    groups = _groups(root)
    if not groups:
        return []
    data, source = root / "data", page_quizzes.FILES[language]
    references, labs = load.references(data), lab_pages(root)
    found = [Page(f"{FOLDER}/index", _say(language, "title"), _overview(groups, language), source)]
    following = [*groups[1:], None]
    for (key, title, items), after in zip(groups, following):
        text = _concept(key, title, items, after, language, references, labs)
        # The search would find the answers; the overview names the concepts.
        found.append(Page(f"{FOLDER}/{key}", title[language], text, source, search=False))
    return found


def anchor_page(anchor: str, root: Path = course.ROOT) -> str:
    """The page that holds an anchor of the one-page edition ("q-26-06", "scale"); the overview for any other."""
    return _anchors(root).get(anchor, f"{FOLDER}/index")


@lru_cache(maxsize=4)
def _anchors(root: Path) -> dict[str, str]:
    groups = _groups(root)
    concepts = {key: f"{FOLDER}/{key}" for key, _, _ in groups}
    return concepts | {item.id: f"{FOLDER}/{key}" for key, _, items in groups for item in items}


@lru_cache(maxsize=4)
def _groups(root: Path) -> list[tuple[str, Text, list[Question]]]:
    """Concept, its title and its questions; a concept that two phases ask about is one."""
    if not any((root / "data/quizzes").glob("*.yaml")):
        return []
    quizzes = load.quizzes(root / "data")
    items = [item for quiz in quizzes for item in quiz.items]
    groups = [(key, title, [item for item in items if item.concept == key]) for key, title in _titles(quizzes)]
    return [group for group in groups if group[2]]


def _titles(quizzes) -> list[tuple[str, Text]]:
    return list(choose.concepts(quizzes).items())


def _overview(groups: list, language: str) -> str:
    count = sum(len(items) for _, _, items in groups)
    lines = [f"# {_say(language, 'title')}", "", _say(language, "intro", count=count, concepts=len(groups)), ""]
    lines += scripts("quiz-core.js", "quiz-overview.js")
    known = {key: [[item.id, plain(item.title[language])] for item in items] for key, _, items in groups}
    lines += [data_block({"concepts": known}), "", '<div class="quiz-concepts" markdown="1">', ""]
    lines += [f"## {_say(language, 'concepts')}", ""]
    for key, title, items in groups:
        lines.append(f"- {_link(key, title, language)}{{: data-concept={key} }} {_mix(items, language)}")
    return md.joined([*lines, "", "</div>"])


def _mix(items: list[Question], language: str) -> str:
    """How many questions, and how hard: "3 questions · recall 1 · apply 2"."""
    number = len(items)
    count = _say(language, "count_1" if number == 1 else "count", count=number)
    by = sorted(Counter(item.difficulty for item in items).items())
    mix = [count, *(f"{words.say(language, f'difficulty_{difficulty}')} {n}" for difficulty, n in by)]
    return f"<small>{' · '.join(mix)}</small>"


def _concept(key: str, title: Text, items: list, after, language: str, references: dict, labs: dict) -> str:
    lines = [f"# {title[language]} {{#{key}}}", "", _mix(items, language), "{: .quiz-mix }", "", *scripts(*SCRIPTS)]
    lines += [data_block({"items": {item.id: graded_by(item) for item in items}, "concept": key}), ""]
    for item in items:
        lines += _item(item, language, references, labs)
    ways = [_say(language, "next", link=_link(after[0], after[1], language))] if after else []
    ways.append(f"[{_say(language, 'all')}]({_file(language)}){{: .quiz-all }}")
    return md.joined([*lines, " · ".join(ways), "{: .quiz-ways }"])


def _item(item: Question, language: str, references: dict, labs: dict) -> list[str]:
    about = [item.id, words.say(language, f"difficulty_{item.difficulty}")]
    about.append(_say(language, "taught", lab=md.lab_link(item.lab, labs, language)))
    lines = ['<div class="quiz-item" markdown="1">', "", f"## {item.title[language]} {{#{item.id}}}", ""]
    lines += [" · ".join(about), "{: .quiz-about }", ""]
    lines += [*page_quizzes.asked(item, language)[:-1], "{: .quiz-how }", ""]
    evidence = md.hidden(words.say(language, "evidence"), md.evidence_list(item, references, language))
    inside = [*page_quizzes.answered(item, language), *evidence]
    return [*lines, *md.hidden(words.say(language, "show_answer", id=item.id), inside), "</div>", ""]


def graded_by(item: Question) -> dict:
    """What the page's script grades by; the words that it says are in the page."""
    known = {"kind": item.kind}
    if item.choices:
        known["right"] = [place for place, choice in enumerate(item.choices) if choice.right]
    elif item.kind == "numeric":
        known |= {"value": item.value, "tolerance": item.tolerance, "unit": item.unit}
    else:
        known["ideas"] = [
            {
                "name": {language: plain(text) for language, text in idea.name.items()},
                "phrases": [phrase for some in idea.phrases.values() for phrase in some],
                "excluded": list(idea.excluded),
            }
            for idea in item.ideas
        ]
    return known


def scripts(*names: str) -> list[str]:
    """The lines by which a page asks for its scripts, in the order in which they run."""
    return [*(f"<!-- script: {name} -->" for name in names), ""]


def data_block(data: dict) -> str:
    """JSON inside a page. Escaped is what Markdown, maths or HTML would take for their own."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&$`":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" class="quiz-data">{text}</script>'


def plain(text: str) -> str:
    """Without the signs of Markdown, for where a script shows it as text."""
    return text.replace("`", "").replace("**", "").replace("*", "")


def _file(language: str) -> str:
    return Path(page_quizzes.FILES[language]).name


def _link(key: str, title: Text, language: str) -> str:
    return f"[{title[language]}]({_file(language)}#{key})"


def _say(language: str, key: str, **fills) -> str:
    return WORDS[key][language].format(**fills)
