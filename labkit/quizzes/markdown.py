"""What both kinds of generated page share: head, anchors, hidden answers, evidence with links.

Everything is Markdown that GitHub and a site builder read alike: anchors of our own, because the two make different
ones out of accents; a blank line after <summary> and before </details>, without which the inside stays unread.
"""

from __future__ import annotations

from labkit import course
from labkit.quizzes import sources, words
from labkit.quizzes.items import Item, Text

UP = "../../"  # from docs/en/ or docs/es/ to the root


def head(title: Text, source, language: str, intro: str) -> list[str]:
    notice = words.say(language, "notice", source=course.show_path(source))
    return [f"# {title[language]}", "", f"<!-- {notice} -->", "", intro, ""]


def contents(groups: list[tuple[str, str, list[Item]]], language: str) -> list[str]:
    """A list of links: group, then its items (four spaces, which every Markdown reads as a list in a list)."""
    lines = [f"## {words.say(language, 'contents')}", ""]
    for anchor, title, items in groups:
        lines.append(f"- [{title}](#{anchor})")
        lines += [f"    - [{item.id} · {item.title[language]}](#{item.id})" for item in items]
    return [*lines, ""]


def heading(level: int, title: str, anchor: str) -> list[str]:
    return [f'<a id="{anchor}"></a>', "", f"{'#' * level} {title}", ""]


def hidden(summary: str, inside: list[str]) -> list[str]:
    return ['<details markdown="1">', f"<summary>{summary}</summary>", "", *_trimmed(inside), "", "</details>", ""]


def lab_link(number: str, labs: dict[str, dict[str, str]], language: str) -> str:
    name = words.say(language, "lab", number=number)
    return f"[{name}]({UP}{labs[number][language]})" if number in labs else name


def evidence(item: Item, references: dict, language: str) -> list[str]:
    return [f"**{words.say(language, 'evidence')}**", "", *evidence_list(item, references, language), ""]


def evidence_list(item: Item, references: dict, language: str) -> list[str]:
    """One line for each piece of evidence, with links."""

    def link(text: str, target: str) -> str:
        return f"[{text}]({target if '://' in target else UP + target})"

    told = [sources.told(entry, references, language, link) for entry in item.evidence]
    return [f"- {line}" for line in dict.fromkeys(told)]


def inline(text: str) -> str:
    """One line, for inside a list item."""
    return " ".join(text.split())


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def joined(lines: list[str]) -> str:
    return "\n".join(_trimmed(lines)) + "\n"
