"""Anki notes, by genanki: question on the front, answer, reasons and evidence on the back.

A note's guid comes from its id and language, so that importing a newer export updates the notes and keeps their
schedule.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import genanki

from labkit.quizzes import words
from labkit.quizzes.export import html
from labkit.quizzes.items import Interview, InterviewQuestion, Question, Quiz

MODEL = 1_726_061_401  # drawn once; Anki knows the note type by it
CSS = ".card { font-family: sans-serif; font-size: 18px; text-align: left; max-width: 42em; margin: 0 auto; }"


def write(file: Path, quizzes: tuple[Quiz, ...], interviews: tuple[Interview, ...], references, language: str) -> int:
    """One deck for each quiz and each list of interview questions; the number of notes."""
    model = genanki.Model(
        MODEL,
        "Quantization Labs",
        fields=[{"name": "Id"}, {"name": "Question"}, {"name": "Answer"}],
        templates=[
            {"name": "Card 1", "qfmt": "{{Question}}", "afmt": '{{FrontSide}}<hr id="answer">{{Answer}}<p>{{Id}}</p>'}
        ],
        css=CSS,
    )
    decks = []
    for whole, back in [*((q, _quiz_back) for q in quizzes), *((i, _interview_back) for i in interviews)]:
        deck = genanki.Deck(_stable(whole.key, language), whole.title[language])
        for item in whole.items:
            front = _quiz_front(item, language) if isinstance(item, Question) else html.block(item.question[language])
            answer = back(item, language) + html.evidence(item, references, language)
            deck.add_note(
                genanki.Note(
                    model=model,
                    fields=[item.id, _titled(item, language) + front, answer],
                    guid=genanki.guid_for(item.id, language),
                    tags=_tags(item),
                )
            )
        decks.append(deck)
    genanki.Package(decks).write_to_file(str(file))
    return sum(len(deck.notes) for deck in decks)


def _stable(key: str, language: str) -> int:
    """A deck's id, the same in every export."""
    return (1 << 30) + zlib.crc32(f"{key}/{language}".encode()) // 4


def _tags(item) -> list[str]:
    about = item.concept if isinstance(item, Question) else item.level
    return [f"lab-{item.lab}", item.kind, about]


def _titled(item, language: str) -> str:
    return f"<p><strong>{html.inline(item.title[language])}</strong></p>"


def _quiz_front(item: Question, language: str) -> str:
    choices = "".join(f"<li>{html.inline(choice.text[language])}</li>" for choice in item.choices)
    how = f"<p><em>{words.say(language, f'choose_{item.kind}')}</em></p>" if item.choices else ""
    return html.question(item, language) + (f"<ol>{choices}</ol>" if choices else "") + how


def _quiz_back(item: Question, language: str) -> str:
    if item.choices:
        right = ", ".join(str(n) for n, choice in enumerate(item.choices, 1) if choice.right)
        whys = "".join(f"<li>{html.wrong_because(item, n, language)}</li>" for n in range(len(item.choices)))
        answer = html.bold(language, "right_is", answer=right) + f"<ol>{whys}</ol>"
    elif item.kind == "numeric":
        answer = f"<p><strong>{html.number(item, language)}</strong></p>"
    else:
        answer = html.block(item.answer[language]) + html.ideas(item, language)
    return answer + html.block(item.explanation[language])


def _interview_back(item: InterviewQuestion, language: str) -> str:
    answer = html.block(item.answer[language])
    if item.names:
        named = "".join(
            f"<li>{html.inline(words.say(language, name) + ': ' + text[language])}</li>"
            for name, text in item.names.items()
        )
        answer += html.bold(language, "strong_names") + f"<ul>{named}</ul>"
    return answer
