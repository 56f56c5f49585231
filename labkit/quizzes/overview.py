"""`lab quiz --list` and `--stats`: what there is, and how far a person has come."""

from __future__ import annotations

from labkit.quizzes import choose, schedule
from labkit.quizzes.items import Quiz
from labkit.quizzes.screen import Screen
from labkit.quizzes.state import State


def listing(quizzes: tuple[Quiz, ...], screen: Screen) -> int:
    """Topics by the name that --topic takes, and their items."""
    for quiz in quizzes:
        screen.line(quiz.title[screen.language], "bold")
        for key, title in quiz.concepts.items():
            screen.line()
            screen.line(f"{key}: {title[screen.language]}", "bold")
            for item in quiz.items:
                if item.concept == key:
                    screen.line(f"{item.title[screen.language]} (lab {item.lab})", hang=f"  {item.id}  ")
    return 0


def statistics(quizzes: tuple[Quiz, ...], state: State, screen: Screen) -> int:
    """Per topic: items, seen, share of answers that were right, due."""
    items = [item for quiz in quizzes for item in quiz.items]
    known = choose.concepts(quizzes)
    rows = [(title[screen.language], [item for item in items if item.concept == key]) for key, title in known.items()]
    rows.append((screen.words("total"), items))
    heads = [screen.words(key) for key in ("topic", "items", "seen", "right_share", "due")]
    widths = [max(len(head), 5) for head in heads[1:]]
    room = max(12, min(screen.width - sum(widths) - 2 * len(widths), max(len(name) for name, _ in rows)))
    _row([heads[0], *heads[1:]], room, widths, screen, "bold")
    for name, of in rows:
        answers = sum(state.entry(item.id).get("seen", 0) for item in of)
        right = sum(state.entry(item.id).get("right", 0) for item in of)
        seen = sum(schedule.due(state.entry(item.id)) is not None for item in of)
        share = f"{100 * right / answers:.0f} %" if answers else "-"
        _row([name, str(len(of)), str(seen), share, str(len(choose.due(of, state)))], room, widths, screen)
    days = sorted(when for when in (schedule.due(state.entry(item.id)) for item in items) if when)
    if days:
        screen.line()
        screen.say("next_due", date=choose.day(days[0]))
    return 0


def _row(cells: list[str], room: int, widths: list[int], screen: Screen, style: str = "") -> None:
    name = cells[0] if len(cells[0]) <= room else cells[0][: room - 1] + "…"
    right = "".join("  " + cell.rjust(width) for cell, width in zip(cells[1:], widths))
    screen.out.write(screen.styled(screen.plain(name.ljust(room) + right), style) + "\n")
