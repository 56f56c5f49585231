"""Maths at build time: `$…$` and `$$…$$` in Markdown become KaTeX's HTML and MathML.

A reader's browser then needs KaTeX's style sheet and fonts, and no script. The formula is taken out before
Markdown sees it, so that `|` and `_` in it harm nothing, in a table either. Code is left alone.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

SCRIPT = Path(__file__).parent / "assets/katex/katex.min.js"
# Code first, so that a `$` in it is not taken for maths. An escaped \$ is a dollar. `$5 and $6` is no maths:
# inside, no space may touch a dollar, and no digit may follow.
_PIECES = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|\\\$"
    r"|\$\$(?P<display>.+?)\$\$"
    r"|\$(?P<inline>(?!\s)[^$\n]*(?:\n[^$\n]+)*?(?<!\s))\$(?!\d)",
    re.S,
)


class MathsError(ValueError):
    """A formula that KaTeX refuses."""


@lru_cache(maxsize=1)
def _katex():
    from py_mini_racer import MiniRacer

    engine = MiniRacer()
    engine.eval(SCRIPT.read_text(encoding="utf-8"))
    return engine


@lru_cache(maxsize=None)
def render(formula: str, display: bool = False) -> str:
    """HTML with MathML inside, for one formula in TeX; MathsError says what KaTeX found."""
    options = {"displayMode": display, "throwOnError": True, "strict": "error", "output": "htmlAndMathml"}
    call = f"katex.renderToString({json.dumps(formula)}, {json.dumps(options)})"
    try:
        return str(_katex().eval(call))
    except Exception as error:  # the engine's own class, which differs from version to version
        raise MathsError(f"the formula {formula!r} cannot be set: {str(error).splitlines()[0]}") from None


class _Maths(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        return _PIECES.sub(self._set, "\n".join(lines)).split("\n")

    def _set(self, match: re.Match) -> str:
        if match["display"] is not None:
            return self.md.htmlStash.store(render(match["display"].strip(), display=True))
        if match["inline"] is not None:
            return self.md.htmlStash.store(render(" ".join(match["inline"].split())))
        return match[0]


class MathsExtension(Extension):
    """`$…$` and `$$…$$`."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.preprocessors.register(_Maths(md), "labkit_maths", 24)  # after fenced code (25) has been taken out


def makeExtension(**options) -> MathsExtension:
    return MathsExtension(**options)
