"""The page "Phase 06 — Interview Questions: Quantization", by level, the rapid-fire questions last."""

from __future__ import annotations

from labkit.quizzes import markdown as md
from labkit.quizzes import words
from labkit.quizzes.items import LEVELS, Interview, InterviewQuestion

FILES = {"en": "docs/en/interviews.md", "es": "docs/es/entrevistas.md"}


def page(interview: Interview, language: str, references: dict, labs: dict) -> str:
    """The whole page in one language."""
    groups = grouped(interview, language)
    rapid = sum(item.kind == "rapid" for item in interview.items)
    intro = words.say(language, "intro_interview", count=len(interview.items) - rapid, rapid=rapid)
    lines = md.head(interview.title, interview.file, language, intro) + md.contents(groups, language)
    for anchor, title, items in groups:
        lines += md.heading(2, title, anchor)
        for item in items:
            lines += _item(item, language, references, labs)
    return md.joined(lines)


def grouped(interview: Interview, language: str) -> list[tuple[str, str, list[InterviewQuestion]]]:
    """Anchor, title and questions of each level, then of the rapid-fire questions."""
    rapid = [item for item in interview.items if item.kind == "rapid"]
    groups = [
        (f"level-{level}", words.say(language, "level_heading", level=words.say(language, level)), of)
        for level in LEVELS
        if (of := [item for item in interview.items if item.kind == "question" and item.level == level])
    ]
    return groups + ([("rapid", words.say(language, "rapid_fire"), rapid)] if rapid else [])


def _item(item: InterviewQuestion, language: str, references: dict, labs: dict) -> list[str]:
    about = md.lab_link(item.lab, labs, language)
    if item.kind == "rapid":
        about += f" · {words.say(language, item.level)}"
    lines = md.heading(3, f"{item.id} · {item.title[language]}", item.id)
    lines += [about, "", item.question[language], ""]
    return lines + md.hidden(words.say(language, "show_answer", id=item.id), _answer(item, language, references))


def _answer(item: InterviewQuestion, language: str, references: dict) -> list[str]:
    lines = [item.answer[language], ""]
    for key, entries in parts(item, language).items():
        lines += [f"**{words.say(language, key)}**", "", *entries, ""]
    return lines + md.evidence(item, references, language)


def parts(item: InterviewQuestion, language: str) -> dict[str, list[str]]:
    """What stands beside the model answer, as lists: key of words.py -> lines. Rapid-fire questions have none."""
    if item.kind != "question":
        return {}
    names = [f"- {words.say(language, name)}: {md.inline(text[language])}" for name, text in item.names.items()]
    weak = [f"- “{md.inline(says[language]).strip('“”')}” {md.inline(why[language])}" for says, why in item.weak]
    follow_ups = [f"- {md.inline(text[language])}" for text in item.follow_ups]
    return {"strong_names": names, "weak_answers": weak, "follow_ups": follow_ups}
