"""What is written to a terminal and read from it: any width, colour or none, any encoding."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
import unicodedata

from labkit.quizzes import words

_STYLES = {"bold": "1", "dim": "2", "green": "32", "red": "31", "yellow": "33", "cyan": "36"}
_ASCII = {
    "✓": "+", "✗": "x", "·": "-", "•": "-", "—": "-", "–": "-", "−": "-", "→": "->", "←": "<-", "×": "x", "≈": "~",
    "≤": "<=", "≥": ">=", "≠": "!=", "…": "...", "“": '"', "”": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "±": "+-",
    "√": "sqrt", "Σ": "sum", "α": "alpha", "σ": "sigma", "Δ": "delta", "µ": "u", "¿": "", "¡": "", "ŵ": "w^",
    "¼": "1/4", "½": "1/2", "¾": "3/4", "∞": "inf", "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")",
}  # fmt: skip
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*?)(?=\S)(.+?)(?<=\S)\1")  # "2 * 3 * 4" is none
_LIST = re.compile(r"^(\s*)([-*]|\d+[.)])\s+")


class Screen:
    """One conversation in one language."""

    def __init__(self, language: str, out=None, source=None):
        self.language = language
        self.out = out if out is not None else sys.stdout
        self.source = source if source is not None else sys.stdin
        terminal = getattr(self.out, "isatty", lambda: False)()
        self.colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self.width = max(20, min(shutil.get_terminal_size((80, 24)).columns - 1, 88))
        if hasattr(self.source, "reconfigure"):
            self.source.reconfigure(errors="replace")

    def words(self, key: str, **fills) -> str:
        return words.say(self.language, key, **fills)

    def say(self, key: str, style: str = "", indent: int = 0, **fills) -> None:
        self.line(self.words(key, **fills), style, indent)

    def line(self, text: str = "", style: str = "", indent: int = 0, hang: str = "") -> None:
        """One paragraph, wrapped; `hang` goes before its first line, and the others stand under what follows it."""
        margin, hang = " " * indent, self.plain(hang)
        wrapped = textwrap.wrap(
            self.plain(text),
            max(self.width, indent + len(hang) + 12),
            initial_indent=margin + hang,
            subsequent_indent=margin + " " * len(hang),
            break_on_hyphens=False,
        )
        for part in wrapped or [(margin + hang).rstrip()]:
            self.out.write(self._styled(part, style) + "\n")

    def text(self, markdown: str, indent: int = 0) -> None:
        """Markdown as a person reads it: paragraphs wrapped, lists hanging, code and tables as they are."""
        paragraph: list[str] = []
        hang, code = "", False

        def flush() -> None:
            nonlocal hang
            if paragraph or hang:
                inner = len(hang) - len(hang.lstrip())
                self.line(_readable(" ".join(paragraph)), indent=indent + inner, hang=hang.lstrip())
            paragraph.clear()
            hang = ""

        for line in markdown.strip().splitlines():
            item = _LIST.match(line)
            if line.lstrip().startswith("```"):
                flush()
                code = not code
            elif code or line.startswith("|"):
                flush()
                self.out.write(self.plain(" " * indent + line) + "\n")
            elif not line.strip():
                flush()
                self.out.write("\n")
            elif item:
                flush()
                hang = item[1] + ("• " if item[2] in "-*" else item[2] + " ")
                paragraph.append(line[item.end() :])
            else:
                paragraph.append(line.strip())
        flush()

    def mark(self, good: bool) -> str:
        return "✓ " if good else "✗ "

    def plain(self, text: str) -> str:
        """`text` in the characters that this output can show."""
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
            return text
        except (UnicodeError, LookupError):
            return "".join(_shown(character, encoding) for character in text)

    def ask(self) -> str:
        """One line from the person, without spaces around it; EOFError when there are no more."""
        prompt = "> "
        if self.source is sys.stdin and sys.stdin.isatty() and self.out is sys.stdout and sys.stdout.isatty():
            try:
                import readline  # noqa: F401  (arrow keys and accents in what is typed)
            except ImportError:
                pass
            return input(prompt).strip()
        self.out.write(prompt)
        self.out.flush()
        line = self.source.readline()
        if not line:
            raise EOFError
        if not getattr(self.source, "isatty", lambda: False)():
            self.out.write(self.plain(line.rstrip("\n")) + "\n")  # so that a record of the session reads well
        return line.strip()

    def yes(self) -> bool:
        """y or n; s and í too."""
        while True:
            answer = self.ask().lower()
            if answer[:1] in ("y", "s", "n"):
                return answer[0] != "n"
            self.say("ask_yes_no")

    def _styled(self, text: str, style: str) -> str:
        if not (self.colour and style):
            return text
        codes = ";".join(_STYLES[name] for name in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"


def nobody_reads() -> int:
    """After a BrokenPipeError (`… | head`): the rest goes nowhere, and that is no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _readable(text: str) -> str:
    """Without the signs of Markdown that mean nothing on a terminal."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", part)) for part in parts)


def _shown(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
        return character
    except (UnicodeError, LookupError):
        bare = _ASCII.get(character)
        if bare is None:
            decomposed = unicodedata.normalize("NFKD", character)
            bare = decomposed.encode("ascii", "ignore").decode() or "?"
        return bare
