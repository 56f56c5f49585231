"""The numbers that a text quotes, and whether each is one that evidence gives.

Free are: numbers glued to letters (INT8, W4A16, 70B, H100) or part of a name (Llama-3.1-8B, section 4.2), the whole
numbers 0 to 16 and 32, 64, 128, 256, and years. With a per cent sign or a unit of bytes, time or speed they are
figures all the same: "10 %" and "16 GB" need evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from labkit.course import LANGUAGES
from labkit.quizzes.items import Held, Item, Question
from labkit.quizzes.marked import Slip

FREE = {*map(str, range(17)), "32", "64", "128", "256"}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = r"(?:(?:\*\*|\^)[({]?[-−+]?\d+[)}]?|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
_NUMBER = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:_\d+)*(?:\.\d+)?)"
    r"(?:[eE](?P<exponent>[+-]?\d+)(?![\w.]))?"
    rf"(?P<power>{_POWER})?"
    rf"(?P<ten>\s?[×x·*]\s?10{_POWER})?"
)
# Letters after a number that are a unit, and not the rest of a name.
_UNITS = (
    r"[kKMGTP]i?B(?:/s)?|[kKMGTP]?i?b/s|bytes?/s|[mµun]?s|min|h|k?W|[kMG]Hz|[KMGTP]?FLOPS?(?:/s)?|[GT]OPS?"
    r"|tok(?:ens?)?/s"
)
_GLUED_UNIT = re.compile(rf"(?:{_UNITS}|x)(?!\w)")
_FIGURE = re.compile(rf"\s?(?:%|(?:{_UNITS})(?!\w))")
_NAME_BEFORE = re.compile(
    r"(?:Llama|Qwen|Mistral|Gemma|Phi|GPT|OPT|BLOOM|Python|CUDA|PyTorch|torch|vLLM|numpy|transformers|arXiv:?"
    r"|[Ss]ections?|[Ss]ecci(?:ón|ones)|[Tt]ables?|[Tt]ablas?|[Ff]ig(?:ures?|uras?|s?\.)|[Ee]q(?:uations?|s?\.)"
    r"|[Ee]cuaci(?:ón|ones)|§§?|[Aa]ppendix|[Aa]péndice|[Vv]ersi(?:on|ón)|[Ll]abs?|[Aa]lgorithm|[Aa]lgoritmo)\s?$"
)


@dataclass(frozen=True)
class Quote:
    """One number in a text: as written, its value in plain digits, and whether it needs no evidence."""

    written: str
    key: str
    free: bool
    small: bool  # one of the free whole numbers or a year, were it not for its per cent sign or unit


def quotes(text: str) -> list[Quote]:
    """Every number in `text`, in order."""
    found = []
    text = re.sub(r"\]\([^)\s]*\)", "]", text)  # where a link leads is not said to the reader
    for match in _NUMBER.finditer(text):
        before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 12]
        key = _key(match)
        glued = _is_glued(before, after)
        small = key in FREE or bool(re.fullmatch(r"(199\d|20[0-3]\d)", match[0]))
        figure = bool(_FIGURE.match(after))
        found.append(Quote(match[0].strip(), key, glued or (small and not figure), small))
    return found


def keys_of(says: str) -> set[str]:
    """The numbers that one `says` names."""
    return {quote.key for quote in quotes(says)}


def same_in_both(text: dict[str, str]) -> str | None:
    """None if both languages quote the same numbers, else which differ."""
    english, spanish = ({quote.key for quote in quotes(text[language])} for language in ("en", "es"))
    if english == spanish:
        return None
    parts = [
        f"only in {language}: {', '.join(sorted(some))}"
        for language, some in (("en", english - spanish), ("es", spanish - english))
        if some
    ]
    return "; ".join(parts)


def holds(value, says: str) -> bool:
    """Whether `value` is what `says` quotes, at the precision quoted: 1.5 holds for 1.54, 1.50 does not.

    With a per cent sign a fraction of at most 1 may be meant times 100.
    """
    match = _NUMBER.search(says)
    if match is None:
        return False
    value = Decimal(repr(float(value))) if not isinstance(value, int) else Decimal(value)
    quoted, step = _decimal(match), _step(match)
    if re.search(r"[-−]\s*$", says[: match.start()]):
        quoted = -quoted
    candidates = [value]
    if "%" in says and abs(value) <= 1:
        candidates.append(value * 100)
    # Floats: 0.15 is a little less than it looks, and 10**-5 is not quite that.
    slack = step / 2 * Decimal("1.000000001") + abs(quoted) * Decimal("1e-12")
    return any(abs(candidate - quoted) <= slack for candidate in candidates)


def _is_glued(before: str, after: str) -> bool:
    if re.search(r"(?:[^\W\d_]|_|[^\W\d_][-.])$", before) and not re.search(r"(?:^|[\d\s])[x×]$", before):
        return True
    if _NAME_BEFORE.search(before):
        return True
    return bool(re.match(r"[^\W\d_]", after)) and not _GLUED_UNIT.match(after) and not re.match(r"[x×]\d", after)


def _key(match: re.Match) -> str:
    """The value in plain digits; the decimals stay as written, because 1.50 claims more than 1.5."""
    return f"{_decimal(match):f}"


def _decimal(match: re.Match) -> Decimal:
    value = Decimal(match["digits"].replace(",", "").replace("_", ""))
    if match["exponent"]:
        value = value.scaleb(int(match["exponent"]))
    if match["power"]:
        value = _plain(value ** _exponent(match["power"]))
    if match["ten"]:
        value = value.scaleb(_exponent(match["ten"].split("10", 1)[1]))
    return _plain(value) if value == value.to_integral_value() and value.as_tuple().exponent > 0 else value


def _exponent(text: str) -> int:
    digits = text.translate(_SUPERSCRIPTS).replace("−", "-")
    return int(re.search(r"[-+]?\d+", digits)[0])


def _plain(value: Decimal) -> Decimal:
    return Decimal(int(value)) if value == value.to_integral_value() else value


def _step(match: re.Match) -> Decimal:
    """The unit of the last digit quoted; a power is exact."""
    if match["power"]:
        return Decimal(0)
    digits = match["digits"]
    step = Decimal(1).scaleb(-len(digits.partition(".")[2]))
    if match["exponent"]:
        step = step.scaleb(int(match["exponent"]))
    if match["ten"]:
        step = step.scaleb(_exponent(match["ten"].split("10", 1)[1]))
    return step


def slips(item: Item) -> list[Slip]:
    """Numbers in the texts of `item` that no evidence says, or that differ between the languages."""
    said = [quoted for entry in item.evidence for quoted in entry.says]
    says = {key for quoted in said for key in keys_of(quoted)}
    known = ", ".join(said) or "no number"
    given = {quote.key for held in item.held if held.given for text in held.text.values() for quote in quotes(text)}
    found = []
    for held in (Held("title", item.title, item.line, given=True), *item.held):
        differ = same_in_both(held.text)
        if differ:
            says_so = f"`{held.field}`: the languages quote different numbers ({differ})"
            found.append(Slip(item.file, held.line, item.id, says_so))
        for language in LANGUAGES:
            if not held.given:
                found += _without_evidence(item, held, language, says | given, known)
    return found + _answer_slips(item, says, known)


def _without_evidence(item: Item, held: Held, language: str, backed: set, known: str) -> list[Slip]:
    found = []
    for quote in quotes(held.text[language]):
        if not quote.free and quote.key not in backed:
            file, line = _where(item, held, language, quote)
            text = f"`{held.field}.{language}` quotes {quote.written}, its evidence says {known}: {_mend(quote)}"
            found.append(Slip(file, line, item.id, text))
    return found


def _where(item: Item, held: Held, language: str, quote: Quote) -> tuple[Path, int]:
    """File and line of a quote: in a page, the first line that quotes it."""
    if held.pages is None:
        return item.file, held.line
    page = held.pages[language]
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if any(other.written == quote.written and not other.free for other in quotes(line)):
            return page, number
    return page, 1


def _mend(quote: Quote) -> str:
    return f"correct it, or add an evidence entry with `says: {quote.written}`"


def _answer_slips(item: Item, says: set, known: str) -> list[Slip]:
    """The right answer is itself a claim: a numeric value, or the numbers in a right choice."""
    if not isinstance(item, Question):
        return []
    if item.kind == "numeric" and not any(holds(item.value, key) for key in says):
        text = f"`value` is {item.value:.10g}, its evidence says {known}: correct it, or add an entry that says it"
        return [Slip(item.file, item.line, item.id, text)]
    stem = {quote.key for text in item.stem.values() for quote in quotes(text)}
    found = []
    for number, choice in enumerate(item.choices, 1):
        for language in LANGUAGES if choice.right else ():
            for quote in quotes(choice.text[language]):
                if not (quote.free or quote.small) and quote.key not in says | stem:
                    field = f"`choices.{number}.text.{language}`"
                    text = f"{field} is right and quotes {quote.written}, its evidence says {known}: {_mend(quote)}"
                    found.append(Slip(item.file, item.line, item.id, text))
    return found
