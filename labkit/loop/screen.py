"""The loop's screen: the course's own, with the loop's words, and the marks of the scorecard."""

from __future__ import annotations

import argparse
import sys

from labkit import course, screen
from labkit.loop import words
from labkit.screen import forgiving, language_of, nobody_reads

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


class Screen(screen.Screen):
    """One conversation in one language."""

    def words(self, key: str, **fills) -> str:
        return words.say(self.language, key, **fills)


def points(value: float) -> str:
    """Rounded down to a tenth, so that nearly all is never shown as all."""
    tenths = int(value * 10 + 1e-6)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def begin(verb: str, argv: list[str], arguments=lambda parser, says: None) -> tuple[argparse.Namespace, Screen]:
    """Parse a verb's command line in the person's language, and open the screen."""
    forgiving(sys.stdout, sys.stderr)  # --help too may hold a letter that the screen cannot show
    language = language_of(argv)
    parser = argparse.ArgumentParser(
        prog=f"lab {verb}".strip(), description=words.say(language, f"help_{verb or 'home'}"), allow_abbrev=False
    )
    parser.add_argument("--lang", choices=course.LANGUAGES, default=language, help=words.say(language, "help_lang"))
    arguments(parser, lambda key: words.say(language, key))
    options = parser.parse_args(argv)
    return options, Screen(options.lang)


def guarded(screen: Screen, run) -> int:
    """Run a verb; a slip is said in a line or two, never as a traceback; `… | head` is no failure."""
    from labkit.loop.names import NoSuchName

    try:
        code = run()
        screen.out.flush()
        return code
    except (NoSuchName, course.CourseError) as error:
        screen.complain(str(error))
        return 2
    except BrokenPipeError:
        return nobody_reads()
