"""The loop's screen: the course's own, with the loop's words, rows with a right edge, and plain ASCII on request."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from labkit import course
from labkit.loop import words
from labkit.quizzes import screen as base
from labkit.quizzes import words as quiz_words

MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("✗", "red"),
    "timeout": ("✗", "red"),
    "not_written": ("·", ""),
    "not_checked": ("?", "cyan"),
    "not_run": ("~", "yellow"),
    "changed": ("~", "yellow"),
}


class Screen(base.Screen):
    """One conversation in one language."""

    def __init__(self, language: str, out=None, source=None, err=None):
        super().__init__(language, out, source)
        self.err = err if err is not None else sys.stderr
        self.terminal = getattr(self.out, "isatty", lambda: False)()
        locale = next((os.environ[n] for n in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(n)), "")
        # Python writes UTF-8 under LANG=C as well; somebody who says C wants the characters of C.
        said = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale
        self.ascii = said in ("C", "POSIX")
        if self.terminal:
            self.colour = self.colour and base_vt()

    def measure(self) -> None:
        """The terminal's width now: it may have been changed."""
        self.width = max(20, min(shutil.get_terminal_size((80, 24)).columns - 1, 88))

    def words(self, key: str, **fills) -> str:
        return words.say(self.language, key, **fills)

    def plain(self, text: str) -> str:
        return "".join(base._shown(c, "ascii") for c in text) if self.ascii else super().plain(text)

    def row(self, left: str, right: str = "", style: str = "", indent: int = 0, mark: str = "") -> None:
        """One line: `left` cut to fit, `right` at the right edge; `mark` (a status) carries the colour."""
        left, right = self.plain(" " * indent + left), self.plain(right)
        sign, colour = MARKS[mark] if mark else ("", "")
        sign = self.plain(sign) + " " if sign else ""
        room = self.width - len(sign) - (len(right) + 2 if right else 0)
        if len(left) > room:
            dots = self.plain("…")
            left = left[: max(room - len(dots), 1)] + dots
        gap = " " * max(self.width - len(sign) - len(left) - len(right), 0) if right else ""
        self.out.write(self._styled(sign, colour) + self._styled(left + gap + right, style) + "\n")

    def block(self, text: str, style: str = "", indent: int = 0) -> None:
        """Lines that are not to be joined: each wrapped by itself."""
        for line in text.splitlines():
            self.line(line, style, indent)

    def steps(self, pairs: list[tuple[str, str]], indent: int = 2) -> None:
        """Two columns: a word or command, and what it is for; never cut, because they are to be copied."""
        width = max(len(self.plain(a)) for a, _ in pairs)
        for a, b in pairs:
            if b and indent + width + 2 + len(b) > self.width:
                self.out.write(" " * indent + self._styled(self.plain(a), "bold") + "\n")
                self.out.write(" " * (indent + 2) + self.plain(b) + "\n")
            else:
                self.out.write(
                    " " * indent + self._styled(self.plain(a.ljust(width)), "bold") + "  " + self.plain(b) + "\n"
                )

    def complain(self, text: str) -> None:
        print(self.plain(text), file=self.err)


def points(value: float) -> str:
    """Rounded down to a tenth, so that nearly all is never shown as all."""
    tenths = int(value * 10 + 1e-6)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def base_vt() -> bool:
    """Colours and cursor movements work; an old Windows console must be asked for them."""
    if sys.platform != "win32":
        return True
    import ctypes

    kernel = ctypes.windll.kernel32
    handle, mode = kernel.GetStdHandle(-11), ctypes.c_ulong()
    return bool(kernel.GetConsoleMode(handle, ctypes.byref(mode))) and bool(
        kernel.SetConsoleMode(handle, mode.value | 4)
    )


def begin(verb: str, argv: list[str], arguments=lambda parser, says: None) -> tuple[argparse.Namespace, Screen]:
    """Parse a verb's command line in the person's language, and open the screen."""
    language = language_of(argv)
    parser = argparse.ArgumentParser(
        prog=f"lab {verb}".strip(), description=words.say(language, f"help_{verb or 'home'}"), allow_abbrev=False
    )
    parser.add_argument("--lang", choices=course.LANGUAGES, default=language, help=words.say(language, "help_lang"))
    arguments(parser, lambda key: words.say(language, key))
    options = parser.parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a learner's own message may hold any character
    return options, Screen(options.lang)


def language_of(argv: list[str]) -> str:
    """`--lang es`, `--lang=es`, else the terminal's."""
    for number, word in enumerate(argv):
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and number + 1 < len(argv):
            value = argv[number + 1]
        if value in course.LANGUAGES:
            return value
    return quiz_words.of_the_terminal()


def guarded(screen: Screen, run) -> int:
    """Run a verb; a slip is said in a line or two, never as a traceback; `… | head` is no failure."""
    from labkit.loop.names import NoSuchName

    try:
        code = run()
        screen.out.flush()
        return code
    except NoSuchName as error:
        screen.complain(str(error))
        return 2
    except course.CourseError as error:
        screen.complain(str(error))
        return 2
    except BrokenPipeError:
        return base.nobody_reads()
