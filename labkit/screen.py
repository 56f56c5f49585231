"""How every verb speaks to a person: English or Spanish, in any width, with colour or none, in any encoding.

Imported before anything is known to be installed (`lab doctor`), also by Pythons too old for the course: the standard
library alone, and no newer syntax than Python 3.8's.
"""

from __future__ import annotations

import codecs
import os
import shutil
import sys
import textwrap
import unicodedata

LANGUAGES = ("en", "es")
NARROWEST, WIDEST = 20, 88
STYLES = {"bold": "1", "dim": "2", "green": "32", "red": "31", "yellow": "33", "cyan": "36"}
ASCII = {
    "✓": "+", "✗": "x", "·": "-", "•": "-", "—": "-", "–": "-", "−": "-", "→": "->", "←": "<-", "×": "x", "≈": "~",
    "≤": "<=", "≥": ">=", "≠": "!=", "…": "...", "“": '"', "”": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "±": "+-",
    "√": "sqrt", "Σ": "sum", "α": "alpha", "σ": "sigma", "Δ": "delta", "µ": "u", "¿": "", "¡": "", "ŵ": "w^",
    "¼": "1/4", "½": "1/2", "¾": "3/4", "∞": "inf", "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")",
}  # fmt: skip


def language_of(argv: list) -> str:
    """`--lang es` or `--lang=es`, known before the options are parsed so that --help speaks it; else the terminal's."""
    for word, after in zip(argv, [*argv[1:], ""]):
        asked = after if word == "--lang" else word[7:] if word.startswith("--lang=") else None
        if asked in LANGUAGES:
            return asked
    return of_the_terminal()


def of_the_terminal(environment=os.environ) -> str:
    """Spanish where the person's terminal speaks it, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "es" if environment[name].lower().startswith("es") else "en"
    if sys.platform == "win32":  # sets no LANG: its own setting, whose primary language is in the low ten bits
        import ctypes

        return "es" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x0A else "en"
    return "en"


class Screen:
    """One conversation in one language; a letter that the output cannot show becomes the nearest one that it can."""

    def __init__(self, language: str = "en", out=None, source=None, err=None):
        self.language = language
        self.out = out if out is not None else sys.stdout
        self.source = source if source is not None else sys.stdin
        self.err = err if err is not None else sys.stderr
        self.terminal = getattr(self.out, "isatty", lambda: False)()
        # Colours, and moving the cursor: a terminal that says it is dumb has neither.
        self.moves = self.terminal and os.environ.get("TERM") != "dumb" and _understands_escapes()
        self.colour = self.moves and not os.environ.get("NO_COLOR")
        # Python writes UTF-8 under LANG=C as well; somebody who says C wants the characters of C.
        self.ascii = (os.environ.get("LC_ALL") or os.environ.get("LANG")) in ("C", "POSIX")
        self.measure()
        forgiving(self.out, self.err)
        if hasattr(self.source, "reconfigure"):
            self.source.reconfigure(errors="replace")

    def words(self, key: str, **fills) -> str:
        """What is called `key`, in this screen's language; each package has its own."""
        raise NotImplementedError

    def say(self, key: str, style: str = "", indent: int = 0, **fills) -> None:
        self.line(self.words(key, **fills), style, indent)

    def measure(self) -> None:
        """The terminal's width now: it may have been changed."""
        self.width = max(NARROWEST, min(shutil.get_terminal_size((80, 24)).columns - 1, WIDEST))

    def plain(self, text: str) -> str:
        """`text` in the characters that this output can show."""
        encoding = "ascii" if self.ascii else getattr(self.out, "encoding", None) or "utf-8"
        return text if _can_show(text, encoding) else "".join(_shown(character, encoding) for character in text)

    def line(
        self, text: str = "", style: str = "", indent: int = 0, hang: str = "", sign: tuple[str, str] = ("", "")
    ) -> None:
        """One paragraph, wrapped; `sign` (a mark and its colour) and `hang` stand before it, its lines under it."""
        mark, hang = self._mark(sign), self.plain(hang)
        begins = " " * (indent + len(mark)) + hang
        wrapped = textwrap.wrap(
            self.plain(text),
            max(self.width, len(begins) + 12),
            initial_indent=begins,
            subsequent_indent=" " * len(begins),
            break_on_hyphens=False,
            break_long_words=False,  # a path or a command is there to be copied
        )
        for number, part in enumerate(wrapped or [begins.rstrip()]):
            if mark and not number:
                part = part[indent + len(mark) :]
                self.out.write(" " * indent + self.styled(mark, sign[1]))
            self.out.write(self.styled(part, style) + "\n")

    def block(self, text: str, style: str = "", indent: int = 0) -> None:
        """Lines that are not to be joined: each wrapped by itself."""
        for line in text.splitlines():
            self.line(line, style, indent)

    def row(self, left: str, right: str = "", style: str = "", indent: int = 0, sign: tuple[str, str] = ("", "")):
        """One line: `left` cut to fit, `right` at the right edge; the sign carries the colour."""
        mark, left, right = self._mark(sign), self.plain(" " * indent + left), self.plain(right)
        room = self.width - len(mark) - (len(right) + 2 if right else 0)
        if len(left) > room:
            dots = self.plain("…")
            left = left[: max(room - len(dots), 1)] + dots
        gap = " " * max(self.width - len(mark) - len(left) - len(right), 0) if right else ""
        self.out.write(self.styled(mark, sign[1]) + self.styled(left + gap + right, style) + "\n")

    def steps(self, pairs: list[tuple[str, str]], indent: int = 2) -> None:
        """Two columns: a word or command, and what it is for; never cut, because they are to be copied."""
        pairs = [(self.plain(a), self.plain(b)) for a, b in pairs]
        width = max(len(a) for a, _ in pairs)
        apart = any(b and indent + width + 2 + len(b) > self.width for _, b in pairs)  # all alike: it is one list
        for a, b in pairs:
            name = " " * indent + self.styled(a if apart else a.ljust(width), "bold")
            self.out.write(f"{name}\n{' ' * (indent + 2)}{b}\n" if apart and b else f"{name}  {b}".rstrip() + "\n")

    def complain(self, text: str) -> None:
        print(self.plain(text), file=self.err)

    def styled(self, text: str, style: str) -> str:
        if not (self.colour and style and text):
            return text
        codes = ";".join(STYLES[name] for name in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"

    def _mark(self, sign: tuple[str, str]) -> str:
        return self.plain(sign[0]) + " " if sign[0] else ""


def forgiving(*streams) -> None:
    """A letter that a stream cannot show is written as the nearest one, and never ends a program."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="nearest")


def nobody_reads() -> int:
    """After a BrokenPipeError (`… | head`): the rest goes nowhere, and that is no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
        return True
    except (UnicodeError, LookupError):
        return False


def _shown(character: str, encoding: str) -> str:
    """The character where it can be shown, else the nearest of ASCII: é as e, → as ->."""
    if _can_show(character, encoding):
        return character
    if character in ASCII:
        return ASCII[character]
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"


def _nearest(error: UnicodeError) -> tuple[str, int]:
    return "".join(_shown(c, "ascii") for c in error.object[error.start : error.end]), error.end


codecs.register_error("nearest", _nearest)


def _understands_escapes() -> bool:
    """Colours and cursor movements work; a console of Windows must be asked for them."""
    if sys.platform != "win32":
        return True
    import ctypes

    kernel = ctypes.windll.kernel32
    handle, mode = kernel.GetStdHandle(-11), ctypes.c_ulong()
    return bool(kernel.GetConsoleMode(handle, ctypes.byref(mode))) and bool(
        kernel.SetConsoleMode(handle, mode.value | 4)
    )
