"""The page "Phase 26 — Quizzes", by concept."""

from __future__ import annotations

from labkit.quizzes import markdown as md
from labkit.quizzes import words
from labkit.quizzes.items import Question, Quiz
from labkit.quizzes.tell import written

FILES = {"en": "docs/en/quizzes.md", "es": "docs/es/cuestionarios.md"}


def page(quiz: Quiz, language: str, references: dict, labs: dict) -> str:
    """The whole page in one language."""
    groups = [
        (key, title[language], [item for item in quiz.items if item.concept == key])
        for key, title in quiz.concepts.items()
    ]
    lines = md.head(quiz.title, quiz.file, language, words.say(language, "intro_quiz", count=len(quiz.items)))
    lines += md.contents(groups, language)
    for anchor, title, items in groups:
        lines += md.heading(2, title, anchor)
        for item in items:
            lines += _item(item, language, references, labs)
    return md.joined(lines)


def _item(item: Question, language: str, references: dict, labs: dict) -> list[str]:
    about = f"{md.lab_link(item.lab, labs, language)} · {words.say(language, f'difficulty_{item.difficulty}')}"
    lines = md.heading(3, f"{item.id} · {item.title[language]}", item.id)
    lines += [about, "", *asked(item, language)]
    inside = answered(item, language) + md.evidence(item, references, language)
    return lines + md.hidden(words.say(language, "show_answer", id=item.id), inside)


def asked(item: Question, language: str) -> list[str]:
    """The stem, the choices as a numbered list, and how to answer."""
    lines = [item.stem[language], ""]
    lines += [f"{number}. {md.inline(choice.text[language])}" for number, choice in enumerate(item.choices, 1)]
    lines += [""] * bool(item.choices)
    how = {"single": "choose_single", "multiple": "choose_multiple", "free": "write_free", "numeric": "write_numeric"}
    unit = item.unit[language] if item.unit else ""
    return lines + [f"*{words.say(language, how[item.kind], unit=unit)}*", ""]


def answered(item: Question, language: str) -> list[str]:
    """The right answer, each choice's why, and the explanation: all but the evidence."""
    if item.choices:
        lines = _choices(item, language)
    elif item.kind == "numeric":
        tolerance = (
            f" ({words.say(language, 'tolerance', tolerance=written(item.tolerance))})" if item.tolerance else ""
        )
        lines = [f"**{written(item.value)} {item.unit[language]}**{tolerance}", ""]
    else:
        lines = [item.answer[language], "", f"**{words.say(language, 'must_name')}**", ""]
        lines += [*(f"- {idea.name[language]}" for idea in item.ideas), ""]
    return lines + [f"**{words.say(language, 'why')}**", "", item.explanation[language], ""]


def _choices(item: Question, language: str) -> list[str]:
    right = [number for number, choice in enumerate(item.choices, 1) if choice.right]
    says = words.say(language, "right_is", answer=", ".join(map(str, right)))
    lines = [f"**{says}**", ""]
    for number, choice in enumerate(item.choices, 1):
        why = md.inline(choice.why[language])
        if choice.right:
            lines.append(f"{number}. **{words.say(language, 'is_right')}.** {why}")
        else:
            name = md.inline(choice.misunderstanding[language])
            lines.append(f"{number}. *{words.say(language, 'misunderstanding')}: {name}.* {why}")
    return [*lines, ""]
