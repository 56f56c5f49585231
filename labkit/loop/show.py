"""The tables and verdicts that home, check and watch share."""

from __future__ import annotations

from labkit import course
from labkit.loop.names import exercise_name, short
from labkit.loop.progress import DONE, Progress, Standing
from labkit.loop.runner import Outcome
from labkit.loop.screen import MARKS, Screen, points
from labkit.loop.typed import command, file_of, shown

PRINTED_LINES = 8


def labs_table(progress: Progress, screen: Screen) -> None:
    """One row a lab, in the recommended order."""
    current = progress.next()
    narrow = screen.width < 56
    head = screen.words("points") if narrow else f"{screen.words('points'):>9}  {screen.words('to_go'):>9}"
    screen.row(screen.words("lab"), head, "dim", indent=2)
    for lab in progress.labs:
        standings = progress.standings(lab)
        core = [s for s in standings if not s.exercise.beyond]
        earned, possible = sum(s.earned for s in core), sum(s.exercise.points for s in core)
        left = sum(s.exercise.minutes for s in core if s.status not in DONE)
        if all(s.status in DONE for s in core):
            mark, to_go = "passed", screen.words("complete")
        else:
            mark, to_go = ("not_run" if earned else "not_written"), screen.words("minutes", n=left)
        score = f"{points(earned)}/{points(possible)}"
        right = f"{score:>7}" if narrow else f"{score:>9}  {to_go:>9}"
        here = current is not None and current.lab == lab
        screen.row(f"{lab.number}  {lab.title[screen.language]}", right, "bold" if here else "", sign=MARKS[mark])
        beyond = [s for s in standings if s.exercise.beyond]
        if any(s.earned for s in beyond):
            done, of = sum(s.earned for s in beyond), sum(s.exercise.points for s in beyond)
            screen.row(screen.words("beyond_points", earned=points(done), possible=points(of)), "", "dim", indent=6)


def exercises_table(standings: list[Standing], screen: Screen, now: list[str] = ()) -> None:
    """One row an exercise and the points; exercises beyond the core apart, and only once begun."""
    lab = standings[0].lab
    screen.row(screen.words("lab_title", lab=lab.number, title=lab.title[screen.language]), "", "bold")
    if len(standings) == 1:
        _rows(standings, screen, now)
        return
    core = [s for s in standings if not s.exercise.beyond]
    beyond = [s for s in standings if s.exercise.beyond]
    _rows(core, screen, now)
    _points_line(core, screen)
    if any(s.status != "not_written" for s in beyond):
        screen.row(screen.words("beyond"), "", "dim", indent=2)
        _rows([s for s in beyond if s.status != "not_written"], screen, now)
        _points_line(beyond, screen)
    elif beyond:
        total = points(sum(s.exercise.points for s in beyond))
        screen.row(screen.words("beyond_waits", count=len(beyond), points=total), "", "dim", indent=4)


def _rows(standings: list[Standing], screen: Screen, now: list[str]) -> None:
    for s in standings:
        earned, possible = points(s.earned), points(s.exercise.points)
        if s.status in ("not_written", "not_checked", "changed"):
            right = screen.words(s.status)
        elif s.status == "not_run":
            right = screen.words("not_run", earned=earned, possible=possible)
        else:
            right = f"{earned}/{possible}"
        if s.entry.get("gave_up"):
            right = f"({screen.words('given_up')})  {right}" if screen.width >= 56 else right
        style = "bold" if s.exercise.function in now else ""
        screen.row(f"{s.exercise.number:>2} {s.exercise.function}", right, style, sign=MARKS[s.status])
        if s.status == "not_checked":
            screen.row(s.message.splitlines()[0] if s.message else "", "", "dim", indent=7)
        elif s.status == "not_written" and s.message and s.exercise.function not in s.message:
            screen.row(screen.words("waits_for", message=s.message), "", "dim", indent=7)


def _points_line(standings: list[Standing], screen: Screen) -> None:
    unchecked = sum(s.unchecked for s in standings)
    possible = sum(s.exercise.points for s in standings) - unchecked
    text = screen.words("of_points", earned=points(sum(s.earned for s in standings)), possible=points(possible))
    if unchecked:
        text += "; " + screen.words("unchecked", points=points(unchecked))
    screen.line(text, "bold", indent=5)


def verdict(s: Standing, progress: Progress, screen: Screen, every: Outcome | None = None) -> None:
    """Why an exercise does not pass: the message, what the learner's code printed, where to look.

    With `every` (the run), all failing checks of the exercise instead of the most telling one.
    """
    if s.status not in ("failed", "error") or not s.message:
        return
    screen.row(exercise_name(s.lab, s.exercise), "", "bold", sign=MARKS[s.status])
    for claim, message in _messages(s, every):
        if claim:
            screen.line(claim, "bold", indent=4)
        first, *rest = message.splitlines()
        screen.line(first, "dim", indent=4)
        screen.block("\n".join(rest), "", indent=4)
    printed = s.entry.get("printed", "").rstrip().splitlines()
    if printed:
        screen.line(screen.words("printed"), "dim", indent=4)
        for line in printed[-PRINTED_LINES:]:
            screen.row(line, "", "", indent=6)
        if len(printed) > PRINTED_LINES:
            screen.line(screen.words("lines_cut", count=len(printed) - PRINTED_LINES), "dim", indent=6)
    if s.entry.get("failing", 1) > 1 and every is None:
        do = command(f"check {short(s.lab, s.exercise)} -v")
        more = s.entry["failing"] - 1
        screen.say("more_fail_1" if more == 1 else "more_fail", "dim", indent=4, count=more, command=do)
    screen.steps([(screen.words("open"), f"{shown(progress.file(s.lab))}:{s.line}")], indent=4)


def _messages(s: Standing, every: Outcome | None) -> list[tuple[str, str]]:
    if every is None:
        return [("", s.message)]
    wrong = [
        r for r in every.results
        if (r["lab"], r["exercise"]) == (s.lab.folder.name, s.exercise.function) and r["status"] in ("failed", "error")
    ]  # fmt: skip
    return [(r["test"].removeprefix("test_").replace("_", " "), r["message"]) for r in wrong]


def english_verdicts(progress: Progress, screen: Screen) -> None:
    """Say, once ever, that what the tests say is in English."""
    told = "told/verdicts_english"
    if screen.language != "en" and not progress.store.entry(told):
        screen.say("verdicts_english", "dim")
        progress.store.keep_all({told: {"language": screen.language}})


def next_step(progress: Progress, screen: Screen, commands: bool = True) -> None:
    """The next exercise, its file and line, its page, and the two commands worth having."""
    for lab in progress.labs:
        for s in progress.standings(lab):
            if s.status == "not_checked":
                reason = s.message.splitlines()[0] if s.message else "?"
                screen.say("elsewhere", "dim", name=exercise_name(lab, s.exercise), reason=reason)
    s = progress.next()
    core_open = s is not None and not s.exercise.beyond
    if not core_open:
        screen.say("all_core" if s else "all_done", "green bold")
    if s is not None:
        key = "next" if core_open else "next_beyond"
        about = screen.words("about", n=s.exercise.minutes)
        title = screen.words(key, lab=s.lab.number, number=s.exercise.number, function=s.exercise.function)
        screen.line(f"{title} ({about})", "bold")
        page = file_of(s.lab, "README.md", screen.language)
        screen.steps(
            [(screen.words("open"), f"{shown(progress.file(s.lab))}:{s.line}"), (screen.words("read"), shown(page))]
        )
    if not commands:
        return
    screen.line()
    if s is None:
        screen.steps([(command("card"), screen.words("do_card"))])
    elif s.entry.get("needs"):
        screen.steps([(command(f"check {short(s.lab, s.exercise)}"), screen.words("do_check"))])
    elif s.status in ("failed", "error"):
        when_stuck(s, screen)
    else:
        screen.steps(
            [
                (command("watch"), screen.words("do_watch")),
                (command(f"check {short(s.lab, s.exercise)}"), screen.words("do_check")),
            ]
        )


def when_stuck(s: Standing, screen: Screen) -> None:
    hint = command(f"hint {short(s.lab, s.exercise)}")
    screen.steps([(command("watch"), screen.words("do_watch")), (hint, screen.words("do_hint"))])


def lab_complete(lab: course.Lab, progress: Progress) -> bool:
    return all(s.status in DONE for s in progress.standings(lab) if not s.exercise.beyond)


def congratulate(lab: course.Lab, screen: Screen) -> None:
    screen.say("lab_complete", "green bold", lab=lab.number)
    plot = command(f"plot {lab.number}")
    screen.steps([(plot, screen.words("do_plot")), (command("card"), screen.words("do_card"))])
    screen.line()


def outcome_notes(outcome: Outcome, progress: Progress, screen: Screen) -> None:
    """What was left out, what of a file could not be run, and why grading could not be done at all."""
    for key, function, _ in outcome.left_out:
        lab = next(lab for lab in progress.labs if lab.key == key)
        name = exercise_name(lab, lab.exercise(function))
        screen.say("takes_long", "bold", name=name, command=command(f"check {name.split()[0]}"))
    for problem in dict.fromkeys(p for r in outcome.results for p in r["problems"]):
        screen.line(f"! {problem}", "red")
    if outcome.trouble:
        screen.say("cannot_grade", "red")
        screen.block(outcome.trouble, indent=2)


def refresh(progress: Progress, screen: Screen, labs=None) -> None:
    """Grade what changed since its last verdict, so that what is shown is true."""
    changed = progress.changed(labs)
    if not changed:
        return
    shows = screen.moves
    if shows:
        screen.out.write(screen.plain(screen.words("grading")) + "\r")
        screen.out.flush()
    outcome = progress.grade(changed)
    if shows:
        screen.out.write(" " * len(screen.words("grading")) + "\r")
    if outcome.trouble:
        outcome_notes(outcome, progress, screen)
