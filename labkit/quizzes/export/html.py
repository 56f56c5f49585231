"""The texts as HTML, for systems that show HTML; by markdown-it, which escapes whatever is not Markdown."""

from __future__ import annotations

from functools import lru_cache

from labkit.quizzes import sources, words
from labkit.quizzes.items import Item, Question
from labkit.quizzes.tell import written


@lru_cache(maxsize=None)
def _reader():
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def block(markdown: str) -> str:
    """Paragraphs, lists, tables."""
    return _reader().render(markdown).strip()


def inline(markdown: str) -> str:
    """The inside of a paragraph."""
    return _reader().renderInline(" ".join(markdown.split()))


def bold(language: str, key: str, **fills) -> str:
    return f"<p><strong>{inline(words.say(language, key, **fills))}</strong></p>"


def evidence(item: Item, references: dict, language: str) -> str:
    def link(text: str, target: str) -> str:
        return f"[{text}]({target})" if "://" in target else text

    told = dict.fromkeys(sources.told(entry, references, language, link) for entry in item.evidence)
    return bold(language, "evidence") + "<ul>" + "".join(f"<li>{inline(line)}</li>" for line in told) + "</ul>"


def feedback(item: Question, references: dict, language: str) -> str:
    """Why, and what holds it: what every system shows after the answer."""
    return block(item.explanation[language]) + evidence(item, references, language)


def question(item: Question, language: str) -> str:
    """The stem, and for a number its unit."""
    how = ""
    if item.kind == "numeric":
        how = f"<p><em>{inline(words.say(language, 'write_numeric', unit=item.unit[language]))}</em></p>"
    return block(item.stem[language]) + how


def wrong_because(item: Question, number: int, language: str) -> str:
    """Why a choice is right or wrong, the misunderstanding by its name."""
    choice = item.choices[number]
    why = inline(choice.why[language])
    if choice.misunderstanding is None:
        return f"<p>{why}</p>"
    name = f"{words.say(language, 'misunderstanding')}: {choice.misunderstanding[language]}."
    return f"<p><em>{inline(name)}</em> {why}</p>"


def ideas(item: Question, language: str) -> str:
    names = "".join(f"<li>{inline(idea.name[language])}</li>" for idea in item.ideas)
    return bold(language, "must_name") + f"<ul>{names}</ul>"


def number(item: Question, language: str) -> str:
    tolerance = f" (± {written(item.tolerance)})" if item.tolerance else ""
    return f"{written(item.value)} {inline(item.unit[language])}{tolerance}"
