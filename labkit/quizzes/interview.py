"""`lab interview`: a question, time to think, the model answer, an honest comparison with what a strong one names."""

from __future__ import annotations

import argparse
from functools import lru_cache
from pathlib import Path

from labkit import course
from labkit.quizzes import ask, choose, load, schedule, tell, words
from labkit.quizzes.items import LEVELS, InterviewQuestion
from labkit.quizzes.screen import Screen
from labkit.quizzes.session import Session, Stop
from labkit.quizzes.state import NAME, State, folder
from labkit.screen import language_of


def main(argv: list[str], data: Path = load.DATA, screen: Screen | None = None) -> int:
    language = language_of(argv)
    options = _parser(language).parse_args(argv)
    screen = screen or Screen(language)
    return ask.guarded("interview", screen, lambda: _run(options, data, screen))


def _run(options: argparse.Namespace, data: Path, screen: Screen) -> int:
    interviews = load.interviews(data)
    state = State(folder() / NAME, lambda key, **fills: screen.say(key, "yellow", **fills))
    items = [item for whole in interviews for item in whole.items]
    if options.list:
        return _listing(interviews, screen)
    kind = "rapid" if options.rapid else None if options.level or options.due else "question"
    items = [item for item in items if kind in (None, item.kind) and options.level in (None, item.level)]
    if options.due:
        known, items = items, choose.due(items, state)
        if not items:
            raise choose.NoChoice(choose.nothing_due(known, state, screen), 0)
    if not items:
        raise choose.NoChoice(screen.words("nothing_chosen"))
    items = choose.in_order(items, state)[: options.n]
    rehearsal = Rehearsal(items, state, screen, lru_cache(lambda: load.references(data)))
    return ask.sitting(rehearsal, rehearsal.run)


class Rehearsal(Session):
    """Like a sitting of the quiz, but the person is the judge; `first` holds whether it went well."""

    def run(self) -> None:
        for number, item in enumerate(self.items, 1):
            self._question(item, self.screen.words("place", number=number, count=len(self.items)))
            if item.kind == "question":
                self._compare(item)
            self._rate(item)

    def _question(self, item: InterviewQuestion, place: str) -> None:
        screen, language = self.screen, self.screen.language
        kind = [screen.words("rapid")] if item.kind == "rapid" else []
        screen.line()
        screen.line(" · ".join([place, screen.words(item.level), *kind, screen.words("lab", number=item.lab)]), "dim")
        screen.line(item.title[language], "bold")
        screen.line()
        screen.text(item.question[language])
        screen.line()
        screen.say("think", "dim")
        if screen.ask().lower() == "q":
            raise Stop
        screen.line()
        screen.say("model_answer", "bold")
        screen.text(item.answer[language], indent=2)

    def _compare(self, item: InterviewQuestion) -> None:
        screen, language = self.screen, self.screen.language
        screen.line()
        screen.say("strong_names", "bold")
        named = 0
        for name, text in item.names.items():
            screen.line(f"{screen.words(name)}: {text[language]}", hang="  • ")
            screen.say("did_you", "dim", indent=4)
            named += screen.yes()
        screen.say("named_of", named=named, count=len(item.names))
        screen.line()
        screen.say("weak_answers", "bold")
        for says, why in item.weak:
            screen.line(f"“{says[language].strip('“”')}”", hang="  • ")
            screen.line(why[language], indent=4)
        screen.line()
        screen.say("follow_ups", "bold")
        for text in item.follow_ups:
            screen.line(text[language], hang="  • ")

    def _rate(self, item: InterviewQuestion) -> None:
        screen = self.screen
        screen.line()
        screen.say("rate", "dim")
        while True:
            typed = screen.ask().lower()
            if typed == "q":
                raise Stop
            if typed == "?":
                tell.evidence(item, self.references(), screen)
                screen.say("rate", "dim")
            elif typed in ("1", "2", "3", "4"):
                break
            else:
                screen.say("ask_rate", "yellow")
        entry = schedule.review(self.state.entry(item.id), int(typed))
        self.first[item.id] = int(typed) >= schedule.GOOD
        self.state.keep(item.id, entry)
        screen.say("due_again", "dim", date=choose.day(schedule.due(entry)))

    def score(self) -> None:
        self.screen.line()
        self.screen.say("rehearsed", "bold", count=len(self.first), well=sum(self.first.values()))


def _listing(interviews, screen: Screen) -> int:
    for whole in interviews:
        screen.line(whole.title[screen.language], "bold")
        for item in whole.items:
            level = screen.words("rapid" if item.kind == "rapid" else item.level)
            screen.line(f"{item.title[screen.language]} ({level}, lab {item.lab})", hang=f"  {item.id}  ")
    return 0


def _parser(language: str) -> argparse.ArgumentParser:
    def says(key: str) -> str:
        return words.say(language, key)

    parser = argparse.ArgumentParser(prog="lab interview", description=says("help_interview"))
    parser.add_argument("--level", choices=LEVELS, help=says("help_level"))
    parser.add_argument("--rapid", action="store_true", help=says("help_rapid"))
    parser.add_argument("--due", action="store_true", help=says("help_due"))
    parser.add_argument("--lang", choices=course.LANGUAGES, default=language, help=says("help_lang"))
    parser.add_argument("-n", type=ask.at_least_one, metavar="N", help=says("help_n"))
    parser.add_argument("--list", action="store_true", help=says("help_list"))
    return parser
