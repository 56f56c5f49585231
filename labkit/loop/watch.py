"""`lab watch [03 | 03.2]`: each save is graded, and the verdict is there before you have looked up.

The tests are loaded ahead of time in a process that waits (runner.py); a save that comes while tests run starts over.
"""

from __future__ import annotations

import time
from datetime import datetime

from labkit import course
from labkit.loop import files, names, show
from labkit.loop.hint import give
from labkit.loop.keys import Keys
from labkit.loop.names import exercise_name
from labkit.loop.progress import Progress
from labkit.loop.runner import Outcome, Runner, Stopped
from labkit.loop.screen import MARKS, Screen, begin, guarded
from labkit.loop.typed import command, shown

STILL = 3.0  # seconds after which a person is told that it is still running
CLEAR = "\x1b[H\x1b[2J"


def main(argv: list[str]) -> int:
    def arguments(parser, says):
        parser.add_argument("what", nargs="?", metavar="03|03.2", help=says("help_what"))

    options, screen = begin("watch", argv, arguments)
    return guarded(screen, lambda: _run(options, screen))


def _run(options, screen: Screen) -> int:
    lab, exercise = names.find(options.what, screen) if options.what else (None, None)
    watch = Watch(screen, lab, exercise)
    try:
        with Keys() as keys:
            watch.run(keys)
    except KeyboardInterrupt:
        pass
    finally:
        watch.end()
    screen.line()
    screen.say("watch_bye", "dim", command=command())
    return 0


class Watch:
    """One sitting in front of the screen."""

    def __init__(self, screen: Screen, lab: course.Lab | None, exercise: course.Exercise | None):
        self.screen, self.lab, self.exercise = screen, lab, exercise
        self.progress = Progress(lambda key, **fills: screen.say(key, "bold", **fills))
        self.labs = [lab] if lab else list(self.progress.labs)
        self.files = files.Files(self.progress.file(k) for k in self.labs)
        self.runner = Runner(self.labs, ahead=True)
        self.keys: Keys | None = None
        step = self.progress.next()
        self.shown_lab = lab or (step.lab if step else self.labs[0])
        self.wishes: list[str] = []
        self.again = False  # a grading was given up

    def run(self, keys: Keys) -> None:
        self.keys = keys
        self.grade(self._changed())
        while True:
            saved = self.files.saved()
            if saved:
                self.shown_lab = next(k for k in self.labs if self.progress.file(k) == saved[-1])
            if saved or self.again:
                self.again = False
                self.progress.reread()
                self.grade(self._changed(), saved=True)
            wishes, self.wishes = self.wishes or [keys.pressed()], []
            if "q" in wishes:
                return
            for wish in wishes:
                self.act(wish)
            time.sleep(files.INTERVAL)

    def act(self, key: str) -> None:
        """What a key asks for."""
        if key == "r":
            self.progress.reread()
            source = self.progress.source(self.shown_lab)
            of = [e.function for e in self._exercises(self.shown_lab) if not source.is_unwritten(e.function)]
            self.grade({self.shown_lab.key: of})
        elif key == "h":
            step = self._focus()
            self._top()
            if step is None:
                self.screen.say("all_done", "green bold")
            else:
                show.verdict(step, self.progress, self.screen)
                self.screen.line()
                give(step, self.progress, self.screen, again="[h]")
            self._foot()
        elif key == "l":
            self._top()
            show.labs_table(self.progress, self.screen)
            self._foot()
        elif key in ("\n", "\r", " "):
            self.draw([], None, 0.0)

    def grade(self, exercises: dict[str, list[str]], saved: bool = False) -> None:
        """Grade these and show the verdict; given up when a file is saved meanwhile, since that asks anew."""
        began = time.monotonic()
        outcome = Outcome()
        if any(exercises.values()):
            told = False

            def stop() -> bool:
                nonlocal told
                if not told and time.monotonic() - began > STILL:
                    told = True
                    what = ", ".join(name for of in exercises.values() for name in of[:3])
                    self.screen.say("still_running", "yellow", n=int(STILL), what=what)
                    self.screen.out.flush()
                pressed = self.keys.pressed() if self.keys else ""
                if pressed:
                    self.wishes.append(pressed)
                return self.files.stirred() or pressed == "q"

            try:
                outcome = self.progress.grade(exercises, self.runner, stop=stop)
            except Stopped:
                self.again = True  # what is there then is graded at the next look
                return
        self.draw([name for of in exercises.values() for name in of], outcome, time.monotonic() - began, saved)

    def draw(self, graded: list[str], outcome: Outcome | None, seconds: float, saved: bool = False) -> None:
        """The lab's table, what is wrong with what was graded, what comes next."""
        screen = self.screen
        self._top()
        standings = self.progress.standings(self.shown_lab)
        if self.exercise is not None:
            standings = [s for s in standings if s.exercise == self.exercise]
        show.exercises_table(standings, screen, graded)
        just = [s for s in standings if s.exercise.function in graded]
        wrong = [s for s in just if s.status in ("failed", "error")]
        screen.line()
        if outcome is not None and graded:
            moment = screen.words("graded_at", time=datetime.now().strftime("%H:%M:%S"), seconds=f"{seconds:.2f}")
            for s in just:
                if s.status == "passed":
                    name = exercise_name(s.lab, s.exercise)
                    screen.row(screen.words("passes", name=name), moment, "green", sign=MARKS["passed"])
                    moment = ""  # once is enough
            for s in wrong[:1]:
                show.verdict(s, self.progress, screen)
                if moment:
                    screen.row("", moment, "dim")
            show.outcome_notes(outcome, self.progress, screen)
        elif saved:
            gone = not self.progress.file(self.shown_lab).exists()
            file = shown(self.progress.file(self.shown_lab))
            screen.say("file_gone" if gone else "comment_only", "dim", file=file)
        if any(not s.exercise.beyond for s in just) and not wrong and show.lab_complete(self.shown_lab, self.progress):
            screen.line()
            show.congratulate(self.shown_lab, screen)
        step = self._focus()
        if not just and step and step.status in ("failed", "error") and step.lab == self.shown_lab:
            show.verdict(step, self.progress, screen)
        elif not wrong:
            show.next_step(self.progress, screen, commands=False)
            after = self.progress.next()
            if after is not None and after.lab not in self.labs:
                screen.steps([(command(f"watch {after.lab.number}"), screen.words("do_watch"))])
        show.english_verdicts(self.progress, screen)
        self._foot()

    def end(self) -> None:
        self.runner.end()

    def _changed(self) -> dict[str, list[str]]:
        changed = self.progress.changed(self.labs)
        if self.exercise is not None:
            changed = {key: [n for n in of if n == self.exercise.function] for key, of in changed.items()}
        return changed

    def _exercises(self, lab: course.Lab) -> list[course.Exercise]:
        return [e for e in lab.exercises if self.exercise in (None, e)]

    def _focus(self):
        """The exercise that a hint is wanted for: what fails in the lab on the screen, else the next step."""
        standings = [s for s in self.progress.standings(self.shown_lab) if self.exercise in (None, s.exercise)]
        failing = next((s for s in standings if s.status in ("failed", "error")), None)
        return failing or (standings[0] if self.exercise else self.progress.next())

    def _top(self) -> None:
        self.screen.measure()
        if self.screen.moves:
            self.screen.out.write(CLEAR)
        else:
            self.screen.line()

    def _foot(self) -> None:
        """What is watched and which keys there are; on a screen only, not in a record of one."""
        if self.screen.terminal:
            what = "lab " + ", ".join(lab.number for lab in self.labs)
            if self.exercise is not None:
                what = exercise_name(self.lab, self.exercise)
            self.screen.line()
            self.screen.row(self.screen.words("watching", what=what), "", "dim")
            if self.keys and self.keys.works:
                self.screen.row(self.screen.words("keys"), "", "dim")
        self.screen.out.flush()
