"""What a person is told after answering: right or not, the misunderstanding by its name, why, and what holds it."""

from __future__ import annotations

from labkit.quizzes import sources
from labkit.quizzes.grade import Verdict
from labkit.quizzes.items import Item, Question
from labkit.quizzes.screen import Screen


def question(item: Question, screen: Screen, place: str, concept: str) -> None:
    """The question as it is put: where we are, the stem, the choices, how to answer."""
    about = [place, concept, screen.words("lab", number=item.lab), screen.words(f"difficulty_{item.difficulty}")]
    screen.line()
    screen.line(" · ".join(about), "dim")
    screen.line(item.title[screen.language], "bold")
    screen.line()
    screen.text(item.stem[screen.language])
    for number, choice in enumerate(item.choices, 1):
        screen.line(choice.text[screen.language], hang=f"  {number}  ")
    screen.line()
    screen.say(f"how_{item.kind}", "dim", unit=item.unit[screen.language] if item.unit else "")


def verdict(item: Question, given: Verdict | None, screen: Screen) -> None:
    """What was right and what was not; `given` is None for an item that was skipped."""
    good = given is not None and given.right
    word = "skipped" if given is None else "right" if good else "wrong"
    screen.line()
    screen.line(screen.mark(good) + screen.words(word), "bold green" if good else "bold yellow")
    if item.choices:
        _choices(item, given, screen)
    elif item.kind == "numeric":
        _number(item, given, screen)
    else:
        _ideas(item, given, screen)


def why(item: Question, screen: Screen) -> None:
    screen.line()
    screen.say("why", "bold")
    screen.text(item.explanation[screen.language], indent=2)


def evidence(item: Item, references: dict, screen: Screen) -> None:
    screen.line()
    screen.say("evidence", "bold")
    for entry in item.evidence:
        screen.line(sources.told(entry, references, screen.language), hang="  • ")


def _choices(item: Question, given: Verdict | None, screen: Screen) -> None:
    language = screen.language
    chosen = given.chosen if given else ()
    for place, choice in enumerate(item.choices):
        number = str(place + 1)
        if place in chosen and not choice.right:
            screen.line()
            screen.say("you_chose", number=number)
            named = f"{screen.words('misunderstanding')}: {choice.misunderstanding[language]}"
            screen.line(named, "yellow", indent=2)
            screen.line(choice.why[language], indent=2)
    for place, choice in enumerate(item.choices):
        if choice.right:
            number = str(place + 1)
            screen.line()
            if given and place not in chosen and item.kind == "multiple":
                screen.say("you_left_out", number=number)
            screen.say("right_is", "green", answer=f"{number}  {choice.text[language]}")
            screen.line(choice.why[language], indent=2)


def _number(item: Question, given: Verdict | None, screen: Screen) -> None:
    if given and not given.right:
        screen.say("you_wrote", value=written(given.value))
    answer = f"{written(item.value)} {item.unit[screen.language]}"
    if item.tolerance:
        answer += f" (± {written(item.tolerance)})"
    screen.say("right_is", "green", answer=answer)


def _ideas(item: Question, given: Verdict | None, screen: Screen) -> None:
    for idea in item.ideas:
        if given:
            named = idea in given.named
            says = screen.words("named" if named else "not_named")
            screen.line(
                f"{idea.name[screen.language]}: {says}", "" if named else "yellow", hang="  " + screen.mark(named)
            )
    screen.line()
    screen.say("model_answer", "bold")
    screen.text(item.answer[screen.language], indent=2)


def written(value: float) -> str:
    """A number as the course writes it: 131,072 and 4.125."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.10g}"
