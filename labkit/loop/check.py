"""`lab check [03 | 03.2]`: grade once, show the table, one message an exercise, the next step.

The exit code: 0 when everything that was graded passes, 1 when something does not, 2 when grading could not be done.
"""

from __future__ import annotations

from labkit import course
from labkit.loop import names, show
from labkit.loop.progress import DONE, Progress
from labkit.loop.screen import Screen, begin, guarded


def main(argv: list[str]) -> int:
    def arguments(parser, says):
        parser.add_argument("what", nargs="?", metavar="03|03.2", help=says("help_what"))
        parser.add_argument("-v", "--verbose", action="store_true", help=says("help_verbose"))

    options, screen = begin("check", argv, arguments)
    return guarded(screen, lambda: _run(options, screen))


def _run(options, screen: Screen) -> int:
    lab, exercise = names.find(options.what, screen) if options.what else (None, None)
    progress = Progress(lambda key, **fills: screen.say(key, "bold", **fills))
    labs = [lab] if lab else progress.labs
    wanted = {k.key: _wanted(progress, k, exercise) for k in labs}
    complete_before = {k.key for k in labs if show.lab_complete(k, progress)}
    outcome = progress.grade(wanted, slow=exercise is not None)
    troubled, explained = False, []
    for k in labs:
        standings = [s for s in progress.standings(k) if exercise is None or s.exercise == exercise]
        graded = [s for s in standings if s.exercise.function in wanted[k.key]]
        troubled |= any(s.status not in DONE for s in graded)
        show.exercises_table(standings, screen)
        for s in graded:
            if s.status in ("failed", "error"):
                screen.line()
                show.verdict(s, progress, screen, outcome if options.verbose else None)
                explained.append((k.key, s.exercise))
        screen.line()
    show.outcome_notes(outcome, progress, screen)
    if outcome.trouble:
        return 2
    for k in labs:
        if k.key not in complete_before and show.lab_complete(k, progress):
            show.congratulate(k, screen)
    step = progress.next()
    if step is not None and (step.lab.key, step.exercise) in explained:
        show.when_stuck(step, screen)  # it is on the screen already: only how to go on
    else:
        show.next_step(progress, screen, commands=exercise is None)
    show.english_verdicts(progress, screen)
    return int(troubled)


def _wanted(progress: Progress, lab: course.Lab, exercise: course.Exercise | None) -> list[str]:
    """What is worth running: unwritten functions would only say so."""
    of = [exercise] if exercise else lab.exercises
    return [e.function for e in of if not progress.source(lab).is_unwritten(e.function)]
