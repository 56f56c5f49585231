"""What a table needs to be read on any width, found in its cells at build time.

A column of numbers gets the class `num` (the style sheet sets it flush right); the first column, where it holds short
names, `name` (it does not wrap); a column of sentences `long`, one of words `mid` (on a phone they get a width, so that
a sentence does not become a column of single words). A long name in code may break after `_`, `.` or `/`, and nowhere
else.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

LONG, MID, NAME = 50, 14, 18  # characters of a column's longest cell
_NUMBER = r"[-+−±~]?\d[\d.,]*(?:e[-+−]?\d+)?(?: ?(?:%|×|x|[kMG]i?B|[mµn]?s|min|bytes|bits))?"
_CELL = re.compile(rf"{_NUMBER}(?: · {_NUMBER})*")
_DIGIT = re.compile(r"[A-F]")  # the other digits of a hexadecimal column
_NONE = {"", "–", "-", "—"}
_BREAKS = re.compile(r"(?<=\w[._/])(?=[A-Za-z])")


class _Tables(Treeprocessor):
    def run(self, root: Element) -> None:
        for table in root.iter("table"):
            if table.get("class"):
                continue
            rows = [list(row) for row in table.iter("tr")]
            for place, column in enumerate(zip(*rows)):
                _classify(column, first=place == 0)
            for cell in (cell for row in rows for cell in row):
                for code in list(cell.iter("code")):
                    _breakable(code)


def _classify(column: tuple[Element, ...], first: bool) -> None:
    """Give the cells of a column, its heading first, the class that its content asks for."""
    says = [" ".join("".join(cell.itertext()).split()) for cell in column]
    body = [text for text in says[1:] if text not in _NONE and not _DIGIT.fullmatch(text)]
    longest = max(map(len, body), default=0)
    if body and all(_CELL.fullmatch(text) for text in body):
        name = "num"
    elif first and body and longest <= NAME:
        name = "name"
    elif longest > MID:
        name = "long" if longest > LONG else "mid"
    else:
        return
    for cell in column:
        cell.set("class", name)


def _breakable(code: Element) -> None:
    first, *rest = _BREAKS.split(code.text or "")
    if not rest:
        return
    # subtle: AtomicString, or Markdown would look for `_` and `*` in a name.
    code.text = AtomicString(first)
    for part in rest:
        SubElement(code, "wbr").tail = AtomicString(part)


class TablesExtension(Extension):
    """Classes for the columns of tables, and places where a name in code may break."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.treeprocessors.register(_Tables(md), "labkit_tables", 15)  # after inline Markdown (20) has become elements


def makeExtension(**options) -> TablesExtension:
    return TablesExtension(**options)
