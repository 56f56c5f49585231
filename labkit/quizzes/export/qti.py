"""A quiz for Canvas (QTI 1.2), by text2qti: choices, numbers, and essays with the model answer as feedback.

text2qti reads a text of its own, in which the beginning of a line decides what the line is; so what belongs to a
line above is indented, and `$` and `<` are escaped, which would begin a formula or a tag.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

from labkit.quizzes import words
from labkit.quizzes.items import Interview, Question, Quiz


def write(file: Path, quizzes: tuple[Quiz, ...], interviews: tuple[Interview, ...], references, language: str) -> int:
    """All quizzes as one assessment; the number of questions. Interviews have no place in it."""
    from text2qti.config import Config
    from text2qti.qti import QTI
    from text2qti.quiz import Quiz as Text2qtiQuiz

    with redirect_stdout(io.StringIO()):  # Config() alone: .load() would write a file into the person's home
        quiz = Text2qtiQuiz(source(quizzes, language), config=Config(), source_name="data/quizzes")
        QTI(quiz).save(file)
    return sum(len(quiz.items) for quiz in quizzes)


def source(quizzes: tuple[Quiz, ...], language: str) -> str:
    """The text that text2qti reads."""
    title = " · ".join(_line(quiz.title[language]) for quiz in quizzes)
    lines = [f"Quiz title: {title}", "Shuffle answers: false", ""]
    number = 0
    for quiz in quizzes:
        for item in quiz.items:
            number += 1
            lines += [*_item(item, number, language), ""]
    return "\n".join(lines)


def _item(item: Question, number: int, language: str) -> list[str]:
    stem = item.stem[language]
    if item.kind == "numeric":
        stem += f"\n\n*{words.say(language, 'write_numeric', unit=item.unit[language])}*"
    feedback = item.explanation[language]
    if item.kind == "free":
        feedback = f"{item.answer[language]}\n\n{feedback}"
    lines = [f"Title: {item.id} {_line(item.title[language])}", "Points: 1"]
    lines += [*_after(f"{number}. ", stem), *_after("... ", feedback)]
    if item.kind == "free":
        return [*lines, "____"]
    if item.kind == "numeric":
        return [*lines, f"= {_range(item)}"]
    for letter, choice in zip("abcde", item.choices):
        if item.kind == "single":
            mark = f"{'*' * choice.right}{letter}) "
        else:
            mark = "[*] " if choice.right else "[ ] "
        why = choice.why[language]
        if choice.misunderstanding:
            why = f"*{words.say(language, 'misunderstanding')}: {choice.misunderstanding[language]}.* {why}"
        lines += [*_after(mark, " ".join(choice.text[language].split())), *_after("... ", " ".join(why.split()))]
    return lines


def _range(item: Question) -> str:
    if not item.tolerance and float(item.value).is_integer():
        return str(int(item.value))
    slack = item.tolerance or 1e-6 * abs(item.value)
    return f"[{item.value - slack:.10f}, {item.value + slack:.10f}]"


def _after(mark: str, markdown: str) -> list[str]:
    """`mark` before the first line, the others under what follows it."""
    margin = " " * len(mark)
    lines = _escaped(markdown).splitlines()
    return [mark + lines[0], *(margin + line if line.strip() else "" for line in lines[1:])]


def _line(text: str) -> str:
    return _escaped(" ".join(text.split()))


def _escaped(markdown: str) -> str:
    """`$` and `<` escaped outside code, where they would begin a formula or a tag."""
    parts = re.split(r"(`[^`]*`)", markdown)
    return "".join(part if part.startswith("`") else part.replace("$", r"\$").replace("<", "&lt;") for part in parts)
