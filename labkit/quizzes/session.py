"""One sitting: items in turn, those missed once more a little later, every answer kept at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from labkit.quizzes import choose, grade, schedule, tell
from labkit.quizzes.items import Question
from labkit.quizzes.screen import Screen
from labkit.quizzes.state import State

LATER = 3  # a missed item comes back after so many others
TIMES = 3  # and is put at most so often in one sitting


class Stop(Exception):
    """The person wants no more."""


class Session:
    """Asks `items`; `first` holds, for each item answered, whether the first try was right."""

    def __init__(self, items: list, state: State, screen: Screen, references: Callable[[], dict]):
        self.items, self.state, self.screen, self.references = items, state, screen, references
        self.first: dict[str, bool] = {}

    def run(self, concepts: dict[str, dict]) -> None:
        """Until the last item is right, or was put TIMES times; Stop, EOFError or KeyboardInterrupt end it before."""
        queue, put = deque(self.items), {}
        while queue:
            item = queue.popleft()
            put[item.id] = put.get(item.id, 0) + 1
            number = min(len(put), len(self.items))
            place = self.screen.words("place", number=number, count=len(self.items))
            if put[item.id] > 1:
                place = self.screen.words("again")
            tell.question(item, self.screen, place, concepts[item.concept][self.screen.language])
            right = self.answer(item)
            again = not right and put[item.id] < TIMES
            if again:
                queue.insert(min(LATER, len(queue)), item)
            self.after(item, again)

    def answer(self, item: Question) -> bool:
        """Ask until the answer can be read, tell the verdict, keep it."""
        given = self.given(item)
        tell.verdict(item, given, self.screen)
        right = given is not None and given.right
        if item.id not in self.first and not (given and given.missing):
            self.keep(item, right)
        if given and given.missing:
            right = self.own_words(item)
        tell.why(item, self.screen)
        return right

    def own_words(self, item: Question) -> bool:
        """A person judges better than a list of synonyms, once the model answer is in sight."""
        first = item.id not in self.first
        if first:
            self.keep(item, False)  # an answer is kept even if what follows is never answered
        self.screen.line()
        self.screen.say("own_words", "dim")
        right = self.screen.yes()
        if right:
            self.screen.say("counted", "green")
            if first:
                self.first[item.id] = True
                self.state.keep(item.id, schedule.review(self.before, schedule.GOOD))
        return right

    def given(self, item: Question) -> grade.Verdict | None:
        while True:
            typed = self.screen.ask()
            if typed.lower() == "q":
                raise Stop
            if typed.lower() == "s":
                return None
            if typed == "?":
                self.screen.say("answer_first")
                continue
            try:
                return grade.grade(item, typed)
            except grade.Unreadable as unreadable:
                self.screen.say(unreadable.key, "yellow", **unreadable.options)

    def keep(self, item: Question, right: bool) -> None:
        """The first answer of this sitting counts: for the score and for the schedule."""
        self.first[item.id] = right
        self.before = self.state.entry(item.id)
        self.state.keep(item.id, schedule.review(self.before, schedule.GOOD if right else schedule.AGAIN))

    def after(self, item: Question, again: bool) -> None:
        when = schedule.due(self.state.entry(item.id))
        self.screen.line()
        if when:
            self.screen.say("back_soon" if again else "due_again", "dim", date=choose.day(when))
        self.pause(item)

    def pause(self, item) -> None:
        """Enter goes on, ? shows the evidence, q stops."""
        while True:
            self.screen.say("next", "dim")
            typed = self.screen.ask().lower()
            if typed == "q":
                raise Stop
            if typed != "?":
                return
            tell.evidence(item, self.references(), self.screen)

    def score(self) -> None:
        """The score so far, and what to look at again."""
        screen = self.screen
        screen.line()
        if not self.first:
            screen.say("score_none")
            return
        screen.say("score", "bold", right=sum(self.first.values()), count=len(self.first))
        missed = [item for item in self.items if self.first.get(item.id) is False]
        if missed:
            screen.line(f"{screen.words('missed')}:")
            for item in missed:
                screen.line(
                    f"{item.title[screen.language]} ({item.id}, {screen.words('lab', number=item.lab)})", hang="  • "
                )
