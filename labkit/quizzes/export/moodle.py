"""A Moodle question bank (Moodle XML): multichoice, numerical, and essays with the model answer for the grader.

Format: the Moodle documentation, page "Moodle XML format" (Moodle 4.5).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from labkit.quizzes import words
from labkit.quizzes.export import html
from labkit.quizzes.items import Interview, Question, Quiz

# Moodle takes only shares from a fixed list, written to five decimals.
SHARES = {1: "100", 2: "50", 3: "33.33333", 4: "25", 5: "20"}


def write(file: Path, quizzes: tuple[Quiz, ...], interviews: tuple[Interview, ...], references, language: str) -> int:
    """The quizzes, each in a category of its own; the number of questions. Interviews have no place in Moodle."""
    root = ET.Element("quiz")
    for quiz in quizzes:
        category = ET.SubElement(root, "question", type="category")
        # A slash in a name would open a category inside it; Moodle writes it doubled.
        _text(ET.SubElement(category, "category"), "$course$/top/" + quiz.title[language].replace("/", "//"))
        for item in quiz.items:
            _question(root, item, references, language)
    ET.indent(root)
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
    return sum(len(quiz.items) for quiz in quizzes)


def _question(root: ET.Element, item: Question, references: dict, language: str) -> None:
    kind = {"numeric": "numerical", "free": "essay"}.get(item.kind, "multichoice")
    element = ET.SubElement(root, "question", type=kind)
    _text(ET.SubElement(element, "name"), f"{item.id} {item.title[language]}")
    _html(element, "questiontext", html.question(item, language))
    _html(element, "generalfeedback", html.feedback(item, references, language))
    for name, value in (
        ("defaultgrade", "1"),
        ("penalty", "0"),
        ("hidden", "0"),
        ("idnumber", f"{item.id}-{language}"),
    ):
        ET.SubElement(element, name).text = value
    {"numerical": _numerical, "essay": _essay, "multichoice": _multichoice}[kind](element, item, language)
    tags = ET.SubElement(element, "tags")
    for tag in (f"lab {item.lab}", item.concept, words.say("en", f"difficulty_{item.difficulty}")):
        _text(ET.SubElement(tags, "tag"), tag)


def _multichoice(element: ET.Element, item: Question, language: str) -> None:
    ET.SubElement(element, "single").text = "true" if item.kind == "single" else "false"
    ET.SubElement(element, "shuffleanswers").text = "false"  # explanations speak of choices by their number
    ET.SubElement(element, "answernumbering").text = "123"
    right = sum(choice.right for choice in item.choices)
    wrong = len(item.choices) - right
    for number, choice in enumerate(item.choices):
        share = SHARES[right] if choice.right else "0" if item.kind == "single" else "-" + SHARES[wrong]
        answer = ET.SubElement(element, "answer", fraction=share, format="html")
        ET.SubElement(answer, "text").text = f"<p>{html.inline(choice.text[language])}</p>"
        _html(answer, "feedback", html.wrong_because(item, number, language))


def _numerical(element: ET.Element, item: Question, language: str) -> None:
    answer = ET.SubElement(element, "answer", fraction="100", format="moodle_auto_format")
    ET.SubElement(answer, "text").text = _digits(item.value)
    ET.SubElement(answer, "tolerance").text = _digits(item.tolerance)
    _html(answer, "feedback", f"<p>{html.number(item, language)}</p>")


def _essay(element: ET.Element, item: Question, language: str) -> None:
    values = {
        "responseformat": "plain", "responserequired": "1", "responsefieldlines": "5", "attachments": "0",
        "attachmentsrequired": "0",
    }  # fmt: skip
    for name, value in values.items():
        ET.SubElement(element, name).text = value
    _html(element, "graderinfo", html.block(item.answer[language]) + html.ideas(item, language))
    _html(element, "responsetemplate", "")


def _digits(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _html(parent: ET.Element, name: str, content: str) -> None:
    _text(ET.SubElement(parent, name, format="html"), content)


def _text(parent: ET.Element, content: str) -> None:
    ET.SubElement(parent, "text").text = content
