"""`lab plan 10|11`: a reading lab's plan, its table filled with the numbers of one model.

Bytes come from your own lab 02 where LAB_IMPL or --impl says so, else from the reference solution; lab 11 adds
what `lab meters` captured. A cell that cannot be computed or was not measured says so.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from labkit import course
from labkit.grading.implementation import Implementation, UsageError, resolve
from labkit.models.learner import Learner
from labkit.reading import cells, models
from labkit.reading.words import WORDS

STARTERS = {
    "10": course.ROOT / "docs" / "code" / "lab-10-quantization-reading" / "quantization_plan",
    "11": course.ROOT / "docs" / "code" / "lab-11-quantization" / "quantization_comparison_plan",
}
BLANK = "…"
CONTEXT = 1024  # as lab 02's predict_order


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; `--help` has the rest."""

    def error(self, message: str):
        raise UsageError(message)


def main(argv: list[str]) -> int:
    """Exit code 0: the plan was printed or written; 2: wrong arguments, no such model, a file in the way."""
    parser = _Parser(prog="lab plan", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("lab", metavar="10|11", help="which reading lab's plan")
    add("--model", metavar="NAME|PATH", help="clerk-2m (the default), a model of lab 02's published-models.yaml, a "
        "config.json, or a checkpoint's folder")  # fmt: skip
    add("--context", metavar="N", help=f"tokens in flight and in the cache, all requests together (default: {CONTEXT})")
    add("--lang", default="en", metavar="|".join(course.LANGUAGES), help="language of the plan (default: %(default)s)")
    add("--out", type=Path, metavar="FILE", help="write the plan there and not to the screen")
    add("--force", action="store_true", help="with --out: replace a file that is already there")
    add("--impl", metavar="starter|solution|PATH", help="whose lab 02 computes (default: LAB_IMPL, else solution)")
    try:
        options = parser.parse_args(argv)
        number = options.lab.lower().removeprefix("lab").lstrip("-0")
        if number not in STARTERS:
            raise UsageError(f"there is no plan {options.lab!r}; there are: {', '.join(STARTERS)}")
        if options.lang not in course.LANGUAGES:
            raise UsageError(f"--lang {options.lang!r} is not known; there are: {', '.join(course.LANGUAGES)}")
        if options.out and os.path.lexists(options.out) and not options.force:
            raise UsageError(f"{course.show_path(options.out)} is already there; --force replaces it")
        model = models.find(options.model)
        text = write(number, model, _tokens(options.context), options.lang, _implementation(options.impl))
        _give(text, options.out)
    except (UsageError, models.ModelError, course.CourseError) as error:
        print(f"lab plan: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def write(number: str, model: models.Model, tokens: int, language: str, implementation: Implementation) -> str:
    """The plan of lab "10" or "11" as Markdown, filled for `model` at `tokens` tokens."""
    file = STARTERS[number].with_suffix(".md" if language == "en" else f".{language}.md")
    if not file.is_file():
        raise course.CourseError(f"{course.show_path(file)} is missing: it is the plan to fill in")
    cost = cells.CostModel(Learner(implementation), model, tokens, language)
    text = _away_from_home(file.read_text(encoding="utf-8"))
    if number == "10":
        text = fill(text, "plan", cells.of_lab_10(cost))
        return f"{text}\n{_made(cost, number, language, implementation)}"
    data = cells.captured()
    text = fill(text, "variants", cells.benefits(cost))
    text = fill(text, "fixed", cells.fixed(cost, data))
    text = fill(text, "metrics", cells.metrics(cost, data))
    return f"{text}\n{_made(cost, number, language, implementation)}{_captured(data, language)}"


def fill(text: str, name: str, values: list[str]) -> str:
    """The blanks of one marked part filled in their order; CourseError where they are not as many as the values."""
    begin, end = f"<!-- excerpt-begin: {name} -->\n", f"<!-- excerpt-end: {name} -->\n"
    if begin not in text or end not in text:
        raise course.CourseError(f"the plan has no part {name!r} between {begin.strip()} and {end.strip()}")
    before, rest = text.split(begin, 1)
    inside, after = rest.split(end, 1)
    if inside.count(BLANK) != len(values):
        raise course.CourseError(f"part {name!r} of the plan has {inside.count(BLANK)} blanks for {len(values)} values")
    found = iter(values)
    return before + re.sub(BLANK, lambda _: _cell(next(found)), inside) + after


def _cell(value: str) -> str:
    """One line that cannot end its table cell."""
    return " ".join(value.split()).replace("|", r"\|")


def _away_from_home(text: str) -> str:
    """Without the starter's second paragraph: links and directions that hold only where the starter lies."""
    title, _, rest = text.partition("\n\n")
    return title + "\n\n" + re.sub(r"\A\*\[.*?\n\n.*?\n\n", "", rest, flags=re.S)


def _made(cost: cells.CostModel, number: str, language: str, implementation: Implementation) -> str:
    command = f"lab plan {number} --model {cost.model.asked} --context {cost.tokens}"
    command += "" if language == "en" else f" --lang {language}"
    says = WORDS[language]["made"].format(command=command, impl=Path(implementation.setting).name)
    return f"<sub>{_cell(says)}</sub>\n"


def _captured(data: dict | None, language: str) -> str:
    if data is None:
        return ""
    source = data["source"]
    says = WORDS[language]["captured"].format(
        command=source["command"], cpu=source["machine"]["cpu"], cores=source["machine"]["cores"],
        threads=source["threads"], repeats=source["repeats"], name=cells.CAPTURED, **source["versions"],
    )  # fmt: skip
    return f"\n<sub>{_cell(says)}</sub>\n"


def _tokens(text: str | None) -> int:
    if text is None:
        return CONTEXT
    if not text.isdecimal() or not text.isascii() or not 0 < int(text) < 2**40:
        raise UsageError(f"--context {text!r} is no number of tokens: a positive whole number is wanted")
    return int(text)


def _implementation(setting: str | None) -> Implementation:
    """--impl, LAB_IMPL, the solution; and in an edition without solutions the starter."""
    setting = setting or os.environ.get("LAB_IMPL")
    if setting is None:
        setting = "solution" if (course.find("02").folder / "solution.py").is_file() else "starter"
    return resolve(setting)


def _give(text: str, out: Path | None) -> None:
    """To the screen, or to a file that is there whole or not at all."""
    if out is None:
        print(text, end="")
        return
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, out)
    except OSError as error:
        raise UsageError(f"{course.show_path(out)} cannot be written: {error.strerror}") from None
    finally:
        if part.is_file():
            part.unlink()
    print(f"wrote {course.show_path(out)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
