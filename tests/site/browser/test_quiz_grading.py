"""The browser grades as the terminal does: the same answers, judged by Python and by the page's own script."""

from dataclasses import replace

import pytest

from labkit.quizzes import grade, load
from labkit.quizzes.items import Idea
from labkit.site.quiz_pages import graded_by

ITEMS = [item for quiz in load.quizzes() for item in quiz.items]
FREE = [item for item in ITEMS if item.kind == "free"]
# What the course's own items may not use today: phrases that do not count, signs, digits, three parts.
PHRASES = {"en": ("bytes", "read … all … weights", "flop/byte", "3.5 %"), "es": ("lee … pesos", "más rápido", "W4A16")}
BARRED = ("bytes on disk", "bytes … de disco")
FREE.append(replace(FREE[0], id="made-up", ideas=(Idea({"en": "one", "es": "una"}, PHRASES, BARRED),)))
NUMERIC = [item for item in ITEMS if item.kind == "numeric"]
FRAMES = [
    "{}.",
    "It does not reduce {}",
    "not speed but {}",
    "not speed, only {}",
    "not speed only {}",
    "no velocidad sino {}",
    "nunca velocidad pero {}",
    "no solo {}, también más",
    "Without {}; it helps.",
    "never, {}!",
    "no es {} sino otra",
    "{} - rather than speed",
    "not {} but more",
    "It isn't {}",
    "No importa: {}",
    "¿{}? Sí.",
    "ni {} ni nada",
    "{}\n\nno",
]
NUMBERS = [
    "",
    "x",
    "1,5",
    "1.5",
    "4e-5",
    "4E-5",
    "33 554 432",
    "33,554,432",
    "33.554.432",
    "1.234,5",
    "1,234.5",
    "4,125",
    "1/4",
    "1 / 0",
    "2^5",
    "2**31-1",
    "3 x 10^8",
    "3·10^-2",
    "−5",
    "-5",
    "+5",
    "50 %",
    "50%",
    ".5",
    ",5",
    "1_000",
    "1'000",
    "7.",
    "int8 gives 20",
    "a 4-bit code of 7",
    "1e999",
    "10^400",
    "2 or 3",
    "5.7 GB",
    "5.7 MB",
    "320 KiB",
    "320 kB",
    "320 bytes",
    "1.2.3,4,5",
    "about 4.3125 bits per weight",
    "0.6 unidades",
    "4.48ms",
    "15 sequences",
    "448 bit",
    "é3",
    "W4A16 is 77",
]


@pytest.fixture
def judged(open_page):
    """judged(item, answers) -> what the page's script makes of each."""
    page = open_page("quizzes/roofline")

    def judge(item, answers):
        call = "([item, answers]) => answers.map((answer) => LabQuiz.grade(item, answer))"
        return page.evaluate(call, [graded_by(item), answers])

    return judge


def of_python(item, answer):
    try:
        verdict = grade.grade(item, answer)
    except grade.Unreadable as unreadable:
        return {"unreadable": unreadable.key.removeprefix("ask_")}
    if item.kind == "free":
        return {"right": verdict.right, "named": [idea in verdict.named for idea in item.ideas]}
    return {"right": verdict.right, "value": pytest.approx(verdict.value)}


def answers_to(item):
    """Its own tries and model answers, every phrase affirmed and denied, and what others say."""
    texts = [text for pairs in item.tries.values() for _, text in pairs] + list(item.answer.values())
    texts += list(item.explanation.values())
    phrases = [phrase for idea in item.ideas for some in idea.phrases.values() for phrase in some]
    phrases += [phrase for idea in item.ideas for phrase in idea.excluded]
    texts += [frame.format(phrase.replace("…", "the other")) for phrase in phrases for frame in FRAMES]
    texts += [text.upper() for text in item.answer.values()]
    texts += [other.explanation[language] for other in ITEMS for language in ("en", "es")]
    return [*texts, "", "bytes", "no", "x y", "¡ÑANDÚ ágil, º ½ ² µ ß Ω!", "中文 字符 ok ok"]


@pytest.mark.parametrize("item", FREE, ids=lambda item: item.id)
def test_free_answers_get_the_same_verdict(judged, item):
    answers = answers_to(item)
    found = judged(item, answers)
    expected = [of_python(item, answer) for answer in answers]
    differ = [(a, e, f) for a, e, f in zip(answers, expected, found) if e != f]
    assert not differ, differ[:3]
    assert {True, False} <= {verdict.get("right") for verdict in found}, "both verdicts are tried"


@pytest.mark.parametrize("item", NUMERIC, ids=lambda item: item.id)
def test_numbers_get_the_same_verdict(judged, item):
    edge = item.tolerance or abs(item.value) * 1e-9
    values = [item.value, item.value + 0.99 * edge, item.value + 1.01 * edge, item.value - 1.01 * edge, -item.value]
    answers = [*NUMBERS, *map(repr, values), f"{item.value:,}", str(item.value).replace(".", ",")]
    found = [{k: v for k, v in each.items() if k != "slip"} for each in judged(item, answers)]
    differ = [(a, f) for a, f in zip(answers, found) if f != of_python(item, a)]
    assert not differ, differ[:3]


def test_choices_get_the_same_verdict(judged):
    for item in (item for item in ITEMS if item.choices):
        places = range(len(item.choices))
        subsets = [[n for n in places if bits >> n & 1] for bits in range(1, 1 << len(places))]
        if item.kind == "single":
            subsets = [subset for subset in subsets if len(subset) == 1]
        expected = [grade.grade(item, " ".join(str(n + 1) for n in subset)).right for subset in subsets]
        assert [verdict["right"] for verdict in judged(item, subsets)] == expected, item.id
