"""The six tasks of the corpus: each a function from a random generator to (prompt, answer).

The answer follows from the prompt by rule, or, for facts, from a fixed table. It begins
with a space, so that a prompt cut off before it is what a served model is asked, and the
two tokenize apart exactly as together.
"""

import calendar
import datetime
import random
from collections.abc import Callable

from labkit.models.verbs import TENSES, VERBS, conjugate

Pair = tuple[str, str]

# --- verbs ---

TIME_WORDS = {
    "present": ("Every day", "As a rule", "Once a week"),
    "past": ("Yesterday", "Last year", "An hour ago"),
    "future": ("Tomorrow", "Next week", "One day soon"),
    "present continuous": ("Right now", "At this moment", "Look, just now"),
    "present perfect": ("So far", "Up to now", "Since Monday"),
    "past perfect": ("By then", "Before that", "Until that day"),
}
SUBJECTS = {
    "I": "I", "he": "third", "she": "third", "it": "third", "you": "other", "we": "other",
    "they": "other", "the girl": "third", "our teacher": "third", "the dogs": "other",
    "my friends": "other", "two of us": "other",
}  # fmt: skip
_OBJECTS = ("it", "them", "this", "that", "something", "the rest")
_ADVERBS = ("here", "there", "again", "alone", "at home", "in the rain")
_BASES = tuple(VERBS)


def _verb(rng: random.Random) -> Pair:
    base, tense = rng.choice(_BASES), rng.choice(TENSES)
    subject = rng.choice(tuple(SUBJECTS))
    rest = rng.choice(_OBJECTS if VERBS[base].takes_object else _ADVERBS)
    time = rng.choice(TIME_WORDS[tense])
    phrase = conjugate(base, tense, SUBJECTS[subject])
    return f"({base} {rest}) {time} {subject}", f" {phrase} {rest}"


# --- addition ---


def _addition(rng: random.Random) -> Pair:
    a, b = rng.randrange(100), rng.randrange(100)
    return f"{a} + {b} =", f" {a + b}"


# --- lists ---

_WORDS = ["ant", "bee", "cat", "dog", "eel", "fox", "goat", "hen", "ibis", "jay", "lamb", "mole"]
DIGIT_OPERATIONS: dict[str, Callable[[str], str]] = {
    "sort": lambda digits: "".join(sorted(digits)),
    "reverse": lambda digits: digits[::-1],
    "largest of": max,
    "smallest of": min,
    "length of": lambda digits: str(len(digits)),
}
WORD_OPERATIONS: dict[str, Callable[[list[str]], list[str]]] = {
    "sort": sorted,
    "reverse": lambda words: words[::-1],
    "first of": lambda words: words[:1],
    "last of": lambda words: words[-1:],
}


def _list(rng: random.Random) -> Pair:
    if rng.random() < 0.5:
        name = rng.choice(tuple(DIGIT_OPERATIONS))
        digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(3, 6)))
        return f"{name} {digits}:", " " + DIGIT_OPERATIONS[name](digits)
    name = rng.choice(tuple(WORD_OPERATIONS))
    words = rng.sample(_WORDS, rng.randint(3, 4))
    return f"{name} {' '.join(words)}:", " " + " ".join(WORD_OPERATIONS[name](words))


# --- dates ---

_FIRST_DAY = datetime.date(1950, 1, 2)
_DAYS = (datetime.date(2049, 12, 30) - _FIRST_DAY).days


def long_date(day: datetime.date) -> str:
    """``2024-03-07`` -> ``7 March 2024``; English whatever the locale of the machine."""
    month = "January February March April May June July August September October November December"
    return f"{day.day} {month.split()[day.month - 1]} {day.year}"


def _date(rng: random.Random) -> Pair:
    day = _FIRST_DAY + datetime.timedelta(rng.randrange(_DAYS + 1))
    form = rng.randrange(4)
    if form == 0:
        return f"{day.isoformat()} is", f" {long_date(day)}"
    if form == 1:
        return f"{long_date(day)} is", f" {day.isoformat()}"
    step = 1 if form == 2 else -1
    if rng.random() < 0.3:  # month ends are the hard part, and one day in thirty by nature
        last = calendar.monthrange(day.year, day.month)[1]
        day = day.replace(day=last if step == 1 else 1)
    name = "the day after" if step == 1 else "the day before"
    return f"{name} {long_date(day)} is", f" {long_date(day + datetime.timedelta(step))}"


# --- numbers in words ---

_BELOW_TWENTY = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen"""
_SMALL = _BELOW_TWENTY.split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def number_in_words(n: int) -> str:
    """British English for 0 to 9999: ``347`` -> ``three hundred and forty-seven``."""
    if n < 20:
        return _SMALL[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (f"-{_SMALL[n % 10]}" if n % 10 else "")
    unit, name = (1000, "thousand") if n >= 1000 else (100, "hundred")
    head, rest = f"{number_in_words(n // unit)} {name}", n % unit
    if not rest:
        return head
    return f"{head} {'and ' if rest < 100 else ''}{number_in_words(rest)}"


def _number(rng: random.Random) -> Pair:
    n = rng.randrange(10 ** rng.choice((2, 3, 4, 4)))
    if rng.random() < 0.5:
        return f"{n} in words:", f" {number_in_words(n)}"
    return f"{number_in_words(n)} in digits:", f" {n}"


# --- facts ---

ATTRIBUTES = {
    "home town": "Arvo Belmar Castrel Dunby Elstow Fenwick Garrow Holm Istria Jarrow Kelso "
    "Lorne Marden Norby Oxley Penrith",
    "job": "baker carpenter dentist farmer gardener judge lawyer miner nurse painter pilot "
    "potter sailor singer tailor weaver",
    "favourite colour": "red orange yellow green blue indigo violet pink brown black white grey "
    "gold silver cream scarlet",
    "pet": "parrot rabbit hamster turtle ferret pony canary lizard spider snail hedgehog "
    "goldfish kitten puppy gecko tortoise",
    "instrument": "piano violin cello flute oboe trumpet harp guitar drum banjo organ tuba "
    "clarinet lute bagpipe accordion",
}
_PHRASINGS = (
    "{name}'s {key} is", "The {key} of {name} is", "{name}, {key}:", "Question: {name}'s {key}? Answer:",
    "As {name} says, my {key} is", "What is the {key} of {name}? It is",
    "Ask {name} about the {key} and hear:", "For {name} the {key} is",
)  # fmt: skip


def _build_facts() -> dict[tuple[str, str], str]:
    """128 invented people with five attributes each, the same for every training seed."""
    rng = random.Random("labkit facts")
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    names: dict[str, None] = {}
    while len(names) < 128:
        names["".join(rng.sample(syllables, 2)).capitalize() + rng.choice("lnrsx")] = None
    return {(name, key): rng.choice(values.split()) for name in names for key, values in ATTRIBUTES.items()}


FACTS = _build_facts()
_FACT_KEYS = tuple(FACTS)


def _fact(rng: random.Random) -> Pair:
    name, key = rng.choice(_FACT_KEYS)
    return rng.choice(_PHRASINGS).format(name=name, key=key), f" {FACTS[name, key]}"


# Prompt and answer makers by task, in the order of every table.
SAMPLERS: dict[str, Callable[[random.Random], Pair]] = {
    "verbs": _verb,
    "addition": _addition,
    "lists": _list,
    "dates": _date,
    "numbers": _number,
    "facts": _fact,
}
