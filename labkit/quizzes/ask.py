"""`lab quiz`: answer, be told why, keep score, and be asked again when it is time."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path

from labkit import course
from labkit.quizzes import choose, load, overview, words
from labkit.quizzes.marked import ContentError
from labkit.quizzes.screen import Screen
from labkit.quizzes.session import Session, Stop
from labkit.quizzes.state import NAME, State, folder
from labkit.screen import language_of, nobody_reads

NEEDS = ("jsonschema", "fsrs")
STOPPED = 130  # what a shell expects after Ctrl-C


def main(argv: list[str], data: Path = load.DATA, screen: Screen | None = None) -> int:
    language = language_of(argv)
    options = _parser(language).parse_args(argv)
    screen = screen or Screen(language)
    return guarded("quiz", screen, lambda: _run(options, data, screen))


def guarded(verb: str, screen: Screen, run) -> int:
    """Run a verb; what is missing or wrong is said in a line or a list, never as a traceback."""
    name = next((name for name in NEEDS if importlib.util.find_spec(name) is None), None)
    if name:
        print(screen.plain(screen.words("needs", verb=verb, name=name, extra="quiz")), file=sys.stderr)
        return 2
    try:
        return run()
    except ContentError as error:
        for slip in error.slips:
            print(screen.plain(str(slip)), file=sys.stderr)
        return 2
    except choose.NoChoice as error:
        screen.line(str(error))
        return error.code
    except EOFError:
        screen.line()
        return 0
    except KeyboardInterrupt:
        screen.line()
        return STOPPED
    except BrokenPipeError:
        return nobody_reads()


def _run(options: argparse.Namespace, data: Path, screen: Screen) -> int:
    quizzes = load.quizzes(data)
    state = State(folder() / NAME, lambda key, **fills: screen.say(key, "yellow", **fills))
    if options.reset:
        return reset(state, screen)
    if options.list:
        return overview.listing(quizzes, screen)
    if options.stats:
        return overview.statistics(quizzes, state, screen)
    items = choose.chosen(quizzes, options, state, screen)
    session = Session(items, state, screen, lru_cache(lambda: load.references(data)))
    return sitting(session, lambda: session.run(choose.concepts(quizzes)))


def sitting(session: Session, run) -> int:
    """One sitting with a score at its end, however it ends."""
    code, ended = 0, True
    try:
        run()
    except (Stop, EOFError):
        ended = False
    except KeyboardInterrupt:
        code, ended = STOPPED, False
        session.screen.line()
    session.score()
    if not ended and session.first:
        session.screen.say("left", "dim")
    if session.first and session.state.saves:
        session.screen.say("kept_in", "dim", file=session.state.file)
    return code


def reset(state: State, screen: Screen) -> int:
    kept = state.reset()
    if kept:
        screen.say("reset_done", file=kept)
    else:
        screen.say("reset_nothing")
    return 0


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: 1, 2, 3, …")
    return int(text)


def _parser(language: str) -> argparse.ArgumentParser:
    def says(key: str) -> str:
        return words.say(language, key)

    parser = argparse.ArgumentParser(prog="lab quiz", description=says("help_quiz"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--topic", metavar="TOPIC", help=says("help_topic"))
    which.add_argument("--lab", metavar="NN", help=says("help_lab"))
    which.add_argument("--all", action="store_true", help=says("help_all"))
    parser.add_argument("--due", action="store_true", help=says("help_due"))
    parser.add_argument("--lang", choices=course.LANGUAGES, default=language, help=says("help_lang"))
    parser.add_argument("-n", type=at_least_one, metavar="N", help=says("help_n"))
    parser.add_argument("--list", action="store_true", help=says("help_list"))
    parser.add_argument("--stats", action="store_true", help=says("help_stats"))
    parser.add_argument("--reset", action="store_true", help=says("help_reset"))
    return parser
