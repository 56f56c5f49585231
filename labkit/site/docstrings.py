"""A docstring of the starters as HTML: its words as written, its lines as wide as the reader's screen.

Paragraphs, then Args, Returns and Raises, the form that every starter keeps. Nothing in it is Markdown: `2**(bits-1)`
and `w[:, j]` stay as they are.
"""

from __future__ import annotations

import html
import re
from itertools import groupby

_PART = re.compile(r"(Args|Returns|Raises):")
_NAMED = re.compile(r"^(\w+(?:, \w+)*): ")


def shown(docstring: str) -> str:
    """The docstring as one block of HTML, without an empty line, at which Markdown would begin anew."""
    lines = ['<div class="docstring" lang="en">']
    for in_list, blocks in groupby(_blocks(docstring), key=lambda block: block[0] != "p"):
        inside = [f"<{tag}>{_words(text, tag)}</{tag}>" for tag, text in blocks]
        lines += ["<dl>", *inside, "</dl>"] if in_list else inside
    return "\n".join([*lines, "</div>"])


def _blocks(docstring: str) -> list[tuple[str, str]]:
    """("p" | "dt" | "dd", text) of each paragraph, heading and entry, with their lines joined."""
    found: list[tuple[str, list[str]]] = []
    fresh = True  # does the next line begin a block of its own?
    for line in docstring.split("\n"):
        text, tag = line.strip(), "dd" if line.startswith("    ") else "p"
        if not text:
            fresh = True
        elif part := _PART.fullmatch(text):
            found.append(("dt", [part[1]]))
            fresh = True
        else:
            entry = tag == "dd" and not line.startswith("     ")
            if found and entry and not fresh:  # a name begins an entry, and so does what follows a full stop
                fresh = bool(_NAMED.match(text)) or found[-1][1][-1].endswith(".")
            if fresh or found[-1][0] != tag:
                found.append((tag, []))
            found[-1][1].append(text)
            fresh = False
    return [(tag, " ".join(lines)) for tag, lines in found]


def _words(text: str, tag: str) -> str:
    text = html.escape(text, quote=False)
    if tag == "dd":
        text = _NAMED.sub(
            lambda m: ", ".join(f"<code>{name}</code>" for name in m[1].split(", ")) + ": ", text, count=1
        )
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
