"""Which items are asked, and in what order: what is due first, then what is new, then the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from labkit.quizzes import schedule
from labkit.quizzes.items import Question, Quiz, Text
from labkit.quizzes.screen import Screen
from labkit.quizzes.state import State

A_SESSION = 10
_NEVER = datetime.max.replace(tzinfo=timezone.utc)


class NoChoice(Exception):
    """Nothing can be asked; the message is for the person. `code` is 0 where that is no mistake."""

    def __init__(self, message: str, code: int = 2):
        super().__init__(message)
        self.code = code


def in_order(items: Iterable, state: State) -> list:
    """Due items, the longest due first; then new ones as the file has them; then the others by their day."""
    now = datetime.now(timezone.utc)

    def rank(pair):
        number, item = pair
        entry = state.entry(item.id)
        when = schedule.due(entry)
        group = 1 if when is None else 0 if schedule.is_due(entry, now) else 2
        return group, when or _NEVER, number

    return [item for _, item in sorted(enumerate(items), key=rank)]


def due(items: Iterable, state: State) -> list:
    return [item for item in in_order(items, state) if schedule.is_due(state.entry(item.id))]


def new(items: Iterable, state: State) -> list:
    return [item for item in items if schedule.due(state.entry(item.id)) is None]


def concepts(quizzes: Iterable[Quiz]) -> dict[str, Text]:
    return {name: title for quiz in quizzes for name, title in quiz.concepts.items()}


def chosen(quizzes: tuple[Quiz, ...], options, state: State, screen: Screen) -> list[Question]:
    """The items that the options ask for, or that the person picks from the menu."""
    items = [item for quiz in quizzes for item in quiz.items]
    if options.topic:
        items = [item for item in items if item.concept == _topic(options.topic, concepts(quizzes), screen)]
    if options.lab:
        items = of_lab(items, options.lab, screen)
    if options.due:
        items = due(items, state)
        if not items:
            raise NoChoice(nothing_due([item for quiz in quizzes for item in quiz.items], state, screen), 0)
    elif not (options.topic or options.lab or options.all):
        items = _menu(quizzes, state, screen)
    if not items:
        raise NoChoice(screen.words("nothing_chosen"))
    unlimited = options.all or options.topic or options.lab or options.due
    return in_order(items, state)[: options.n or (None if unlimited else A_SESSION)]


def of_lab(items: list, lab: str, screen: Screen) -> list:
    """The items of lab "3", "03" or "lab-03"."""
    number = lab.strip().lower().removeprefix("lab").strip("- ").zfill(2)
    known = sorted({item.lab for item in items})
    if number not in known:
        raise NoChoice(screen.words("unknown_lab", name=lab, known=", ".join(known)))
    return [item for item in items if item.lab == number]


def nothing_due(items: list, state: State, screen: Screen) -> str:
    days = sorted(when for when in (schedule.due(state.entry(item.id)) for item in items) if when)
    return screen.words("nothing_due", date=day(days[0])) if days else screen.words("nothing_seen")


def day(when: datetime) -> str:
    """The date where the person is."""
    return when.astimezone().strftime("%Y-%m-%d")


def _topic(name: str, known: dict[str, Text], screen: Screen) -> str:
    """A concept by its id, or by the beginning of its title in either language."""
    wanted = name.strip().lower()
    matches = [key for key in known if key == wanted] or [
        key for key, title in known.items() if any(words.lower().startswith(wanted) for words in title.values())
    ]
    if len(matches) != 1:
        raise NoChoice(screen.words("unknown_topic", name=name, known=", ".join(known)))
    return matches[0]


def _menu(quizzes: tuple[Quiz, ...], state: State, screen: Screen) -> list[Question]:
    known = list(concepts(quizzes).items())
    items = [item for quiz in quizzes for item in quiz.items]
    screen.say("topics", "bold")
    for number, (key, title) in enumerate(known, 1):
        of = [item for item in items if item.concept == key]
        counts = [str(len(of))] if len(new(of, state)) < len(of) else []
        if due(of, state):
            counts.append(screen.words("topic_due", due=len(due(of, state))))
        if new(of, state):
            counts.append(screen.words("topic_new", new=len(new(of, state))))
        screen.line(
            screen.words("topic_line", title=title[screen.language], count=", ".join(counts)), hang=f"{number:>3}  "
        )
    screen.say("pick_topic")
    while True:
        answer = screen.ask().lower().rstrip(".)")
        if not answer:
            return (due(items, state) + new(items, state)) or items
        if answer in ("a", "all", "todo", "todos"):
            return in_order(items, state)
        if answer == "q":
            raise EOFError
        if answer.isdecimal() and 1 <= int(answer) <= len(known):
            return [item for item in items if item.concept == known[int(answer) - 1][0]]
        screen.say("no_such_topic", count=len(known))
