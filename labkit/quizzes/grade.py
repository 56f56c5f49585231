"""Whether an answer is right: choices, a number with its tolerance, or free text by the ideas it names.

Free text: an idea is named when one of its phrases, in either language, is in the answer: accents and capitals do not
count, each word of a phrase may go on ("byte" is in "bytes"), and "a … b" is a, then b in the same sentence. A phrase
right after a negation ("does not reduce bytes") does not count, nor one inside a phrase under `not`.
An answer that cannot be read (`Unreadable`) is asked for again and costs nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from labkit.quizzes.items import Idea, Question
from labkit.quizzes.marked import Slip

MOST_WORDS_AFTER_NEGATION = 3
_NEGATIONS = (
    r"not|never|no|neither|nor|without|cannot|\w+n t|dont|doesnt|isnt|wont|cant|rather than|instead of"
    r"|nunca|jamas|tampoco|ni|sin|en vez de|en lugar de"
)
# "not only the bytes" affirms the bytes; "no longer", "no matter" deny something else.
_NOT_A_NEGATION = r"(?:not|no) (?:only|just|merely|simply|solo|solamente|unicamente|tanto|matter|doubt|obstante)\b"
_NEGATED = re.compile(
    rf"\b(?!{_NOT_A_NEGATION})(?:{_NEGATIONS})(?: (?!but\b|sino\b|pero\b|only\b)\w+){{0,{MOST_WORDS_AFTER_NEGATION}}} $"
)


class Unreadable(Exception):
    """The answer is not of the form asked for; the message is a key of words.py, `options` what fills it."""

    def __init__(self, key: str, **options):
        super().__init__(key)
        self.key, self.options = key, options


@dataclass(frozen=True)
class Verdict:
    """What was right and what was missing."""

    right: bool
    chosen: tuple[int, ...] = ()  # places of the choices, from 0
    named: tuple[Idea, ...] = ()
    missing: tuple[Idea, ...] = ()
    value: float | None = None


def grade(item: Question, answer: str) -> Verdict:
    """The verdict on `answer`, as typed; Unreadable if it must be asked for again."""
    if item.kind == "numeric":
        return numeric(item, answer)
    if item.kind == "free":
        return free(item, answer)
    return choices(item, answer)


def choices(item: Question, answer: str) -> Verdict:
    """Numbers or letters, separated by anything: "2 4", "2,4", "b and d", "2 y 4"."""
    tokens = re.findall(r"[a-z]+|\d+", _plain(answer))
    tokens = [token for token in tokens if token not in ("and", "y") or len(tokens) == 1]
    count, chosen = len(item.choices), set()
    for token in tokens:
        place = int(token) - 1 if token.isdigit() else "abcde".find(token) if len(token) == 1 else -1
        if not 0 <= place < count:
            raise Unreadable("ask_choice_range", count=count)
        chosen.add(place)
    if not chosen:
        raise Unreadable("ask_choice_range", count=count)
    if item.kind == "single" and len(chosen) > 1:
        raise Unreadable("ask_one_choice")
    right = {place for place, choice in enumerate(item.choices) if choice.right}
    return Verdict(chosen == right, chosen=tuple(sorted(chosen)))


def numeric(item: Question, answer: str) -> Verdict:
    """A number as people write it; unit words are ignored."""
    candidates = readings(answer)
    if not candidates:
        raise Unreadable("ask_number")
    scale = re.search(r"(?<![A-Za-z])([kKMGTP]i?)(?:B|b|bytes?|bits?)\b", answer)
    if scale and not any(scale[1] in unit for unit in item.unit.values()):
        raise Unreadable("ask_unit", unit=item.unit)
    slack = item.tolerance + 1e-9 * abs(item.value)
    best = min(candidates, key=lambda value: abs(value - item.value))
    return Verdict(abs(best - item.value) <= slack, value=best)


_DIGITS = r"\d+(?:[ \u00a0\u202f'_]\d{3})*(?:[.,]\d+)*"
_POWER = r"(?:\*\*|\^)\(?[-+]?\d+\)?"
_WRITTEN = re.compile(
    rf"(?P<sign>[-+−]?)\s*(?:(?P<top>{_DIGITS})\s*/\s*(?P<bottom>{_DIGITS})"
    rf"|(?P<base>{_DIGITS})(?P<power>{_POWER})"
    rf"|(?P<number>{_DIGITS}|[.,]\d+)(?:e(?P<exponent>[-+]?\d+)|\s*[x×*·]\s*10(?P<ten>{_POWER}))?)"
    r"(?P<percent>\s*%)?",
    re.I,
)


def readings(answer: str) -> list[float]:
    """Every number that `answer` may mean, [] if it holds none or several: "4,125" is 4.125 or 4125."""
    text = re.sub(r"\b[A-Za-zÀ-ÿ]+\d\w*\b|\b\w*\d+-?[a-z]*bits?\b(?=.*\d)", " ", answer.strip())
    text = text.rstrip(".,;!")
    found = [match for match in _WRITTEN.finditer(text)]
    if len(found) != 1:
        return []
    match = found[0]
    try:
        values = _values(match)
    except (ZeroDivisionError, OverflowError):
        return []
    sign = -1 if match["sign"] in ("-", "−") else 1
    values = [sign * value for value in values]
    return values + [value / 100 for value in values if match["percent"]]


def _values(match: re.Match) -> list[float]:
    if match["bottom"]:
        return [top / bottom for top in _plain_numbers(match["top"]) for bottom in _plain_numbers(match["bottom"])]
    if match["power"]:
        return [base ** _exponent(match["power"]) for base in _plain_numbers(match["base"])]
    exponent = int(match["exponent"] or 0) + (_exponent(match["ten"]) if match["ten"] else 0)
    return [value * 10.0**exponent for value in _plain_numbers(match["number"])]


def _exponent(power: str) -> int:
    exponent = int(re.search(r"[-+]?\d+", power)[0])
    if abs(exponent) > 300:
        raise OverflowError
    return exponent


def _plain_numbers(digits: str) -> list[float]:
    """What one written number may mean: points and commas are decimal signs or separate thousands."""
    digits = re.sub(r"[ \u00a0\u202f'_]", "", digits)
    signs = re.findall(r"[.,]", digits)
    grouped = bool(re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", digits)) and len(set(signs)) == 1
    if not signs:
        return [float(digits)]
    if len(signs) == 1:
        decimal = float(digits.replace(",", "."))
        return [decimal, float(digits.replace(signs[0], ""))] if grouped else [decimal]
    if grouped:
        return [float(re.sub(r"[.,]", "", digits))]
    if len(set(signs)) == 2 and signs.count(signs[-1]) == 1:  # 1,234.5 or 1.234,5
        return [float(digits.replace(signs[0], "").replace(signs[-1], "."))]
    return []


def free(item: Question, answer: str) -> Verdict:
    """Which of the ideas `answer` names; right when it names them all."""
    if len(re.findall(r"[^\W\d]{2,}", answer)) < 2:  # a slip of the finger is not an answer
        raise Unreadable("ask_words")
    sentences = _sentences(answer)
    named = tuple(idea for idea in item.ideas if names(idea, sentences))
    missing = tuple(idea for idea in item.ideas if idea not in named)
    return Verdict(not missing, named=named, missing=missing)


def names(idea: Idea, sentences: list[str]) -> bool:
    """Whether one of the sentences holds a phrase of the idea that counts."""
    phrases = [_pattern(phrase) for some in idea.phrases.values() for phrase in some]
    excluded = [_pattern(phrase) for phrase in idea.excluded]
    for sentence in sentences:
        barred = [match.span() for pattern in excluded for match in pattern.finditer(sentence)]
        for pattern in phrases:
            for match in pattern.finditer(sentence):
                inside = any(start <= match.start() < end for start, end in barred)
                if not inside and not _NEGATED.search(sentence[: match.start()]):
                    return True
    return False


def _sentences(text: str) -> list[str]:
    """Plain words; a clause ends in " , " so that a negation does not reach beyond it."""
    plain = []
    for sentence in re.split(r"[!?\n]|[.](?=\s|$)", text):
        sentence = re.sub(r"[,;:()—–]|\s-\s", " , ", _plain(sentence))
        plain.append(" ".join(re.sub(r"[^\w,.%/+]", " ", sentence).split()) + " ")
    return plain


def _pattern(phrase: str) -> re.Pattern:
    parts = []
    for part in re.split(r"…|\.\.\.", phrase):
        words = re.sub(r"[^\w.%/+]", " ", _plain(part)).split()
        parts.append(r" (?:, )?".join(rf"\b{re.escape(word)}[\w/+]*" for word in words))
    return re.compile(r"\b.*?".join(part for part in parts if part))


def _plain(text: str) -> str:
    """Lower case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def slips(item: Question) -> list[Slip]:
    """Where the grader judges the item's own tries, or its own right answer, otherwise than the item says."""
    found = []
    if item.kind == "free":
        tries = [(kind == "right", language, text) for kind, pairs in item.tries.items() for language, text in pairs]
        tries += [(True, language, text) for language, text in item.answer.items()]
        for right, language, text in tries:
            verdict = free(item, text)
            if verdict.right != right:
                missing = ", ".join(idea.name["en"] for idea in verdict.missing)
                says = f"is graded wrong: no synonym of {missing} is in it" if right else "is graded right"
                found.append(Slip(item.file, item.line, item.id, f"the answer {text!r} ({language}) {says}"))
    elif item.kind == "numeric" and not numeric(item, f"{item.value!r}").right:
        found.append(Slip(item.file, item.line, item.id, f"its own value {item.value} is graded wrong"))
    return found
