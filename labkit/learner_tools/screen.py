"""How the learner's tools speak: English or Spanish, with or without Unicode and colour, in any width."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

LANGUAGES = ("en", "es")
COLOURS = {"good": "32", "note": "33", "bad": "31", "part": "36", "bold": "1"}
PLAINER = {"→": "->", "·": "-", "—": "-", "–": "-", "×": "x", "✓": "+", "✗": "x", "…": "...", "≤": "<=", "ŵ": "w"}


def language_of(argv: list) -> str:
    """The language asked for with --lang, else the terminal's; known before the options are parsed, for --help."""
    for word, after in zip(argv, [*argv[1:], ""]):
        asked = after if word == "--lang" else word[7:] if word.startswith("--lang=") else None
        if asked in LANGUAGES:
            return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "es" if os.environ[name].lower().startswith("es") else "en"
    if os.name == "nt":  # sets no LANG: its own setting, whose primary language is in the low ten bits
        import ctypes

        return "es" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x0A else "en"
    return "en"


class Screen:
    """Writes lines to `out`; never fails for a letter that it cannot show."""

    def __init__(self, out=None):
        self.out = out or sys.stdout
        self.encoding = getattr(self.out, "encoding", None) or "ascii"
        terminal = getattr(self.out, "isatty", lambda: False)()
        self.colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.width = max(40, min(shutil.get_terminal_size().columns, 100)) if terminal else 100
        if os.name == "nt" and self.colour:
            os.system("")  # makes the old console understand colours

    def can_show(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except (UnicodeError, LookupError):
            return False
        return True

    def mark(self, wanted: str, plain: str) -> str:
        return wanted if self.can_show(wanted) else plain

    def line(self, text: str = "", colour=None, letters: int | None = None) -> None:
        """Write a line; only its first `letters` in the colour, or all of it."""
        if not self.can_show(text):
            text = plainer(text).encode(self.encoding, "replace").decode(self.encoding)
        code = COLOURS.get(colour) if self.colour else None
        if code:
            letters = len(text) if letters is None else letters
            text = "\x1b[%sm%s\x1b[0m%s" % (code, text[:letters], text[letters:])
        self.out.write(text + "\n")

    def paragraph(self, text: str, first: str = "", rest: str = "", colour=None) -> None:
        """`text` broken to the width; begun with `first`, whose mark alone has the colour, then with `rest`."""
        lines = textwrap.wrap(
            text, self.width - 1, initial_indent=first, subsequent_indent=rest,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        for number, line in enumerate(lines or [first]):
            self.line(line, colour if number == 0 else None, 3)


def plainer(text: str) -> str:
    """The nearest letters of ASCII: é as e, → as ->."""
    import unicodedata

    for fancy, plain in PLAINER.items():
        text = text.replace(fancy, plain)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
