"""What is written to a terminal and read from it: the course's screen, with Markdown and answers."""

from __future__ import annotations

import re
import sys

from labkit import screen
from labkit.quizzes import words

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*?)(?=\S)(.+?)(?<=\S)\1")  # "2 * 3 * 4" is none
_LIST = re.compile(r"^(\s*)([-*]|\d+[.)])\s+")


class Screen(screen.Screen):
    """One conversation in one language."""

    def words(self, key: str, **fills) -> str:
        return words.say(self.language, key, **fills)

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


def _readable(text: str) -> str:
    """Without the signs of Markdown that mean nothing on a terminal."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", part)) for part in parts)
