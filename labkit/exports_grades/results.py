"""Read what was graded: a cohort's results, a folder of scorecards, or one scorecard."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

UNCHECKED = ("not_checked", "not_run")
CARD_FIELDS = {"schema", "points", "points_beyond", "labs", "tests"}


class ResultsError(Exception):
    """Results that cannot be read; the message says which file, and what mends it."""


@dataclass(frozen=True)
class Graded:
    """One submission and what came of it."""

    id: str
    card: dict | None  # the scorecard (scorecard.schema.json); None where no report came back
    verdict: str  # "graded", or the cohort's word: "timeout", "no report", "error", …
    says: str = ""  # words for the student
    seconds: float = 0.0

    def tests_of(self, lab: str, function: str) -> list[dict]:
        """The tests of one exercise."""
        return [t for t in self.card["tests"] if (t["lab"], t["exercise"]) == (lab, function)]


def possible(tests: list[dict]) -> float:
    """The points of those tests that a machine really checked: the rest counts neither for nor against."""
    return round(sum(t["points_possible"] for t in tests if t["status"] not in UNCHECKED), 2)


def read(path: Path) -> list[Graded]:
    """Every submission under `path`, by id.

    `path` is a cohort's folder (results.jsonl and scorecards/), a folder of scorecards, or one scorecard.
    Of a submission graded more than once the last line counts.
    """
    if path.is_file():
        return [_from_card(path)]
    if not path.is_dir():
        raise ResultsError(f"{path} does not exist: give the folder that `lab cohort` wrote, or a scorecard")
    if (path / "results.jsonl").is_file():
        found = _cohort(path)
    else:
        cards = path / "scorecards" if (path / "scorecards").is_dir() else path
        found = [_from_card(file) for file in cards.glob("*.json")]
    if not found:
        raise ResultsError(f"{path} holds no results: expected results.jsonl, scorecards/*.json or *.json scorecards")
    return sorted(found, key=lambda graded: graded.id)


def _cohort(folder: Path) -> list[Graded]:
    lines: dict[str, dict] = {}
    raw = (folder / "results.jsonl").read_bytes().split(b"\n")
    for number, text in enumerate(raw, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            lines[line["id"]] = line
        except (ValueError, KeyError, TypeError):
            if number == len(raw):  # no newline after it: a run that was killed, or is still writing
                continue
            raise ResultsError(
                f"{folder / 'results.jsonl'}, line {number} is no result: run `lab cohort` again"
            ) from None
    return [_from_line(folder, line) for line in lines.values()]


def _from_line(folder: Path, line: dict) -> Graded:
    file = folder / "scorecards" / f"{line['id']}.json"
    card = _card(file) if file.is_file() else None
    return Graded(line["id"], card, str(line.get("verdict", "")), str(line.get("says", "")), line.get("seconds", 0.0))


def _from_card(file: Path) -> Graded:
    card = _card(file)
    return Graded(file.stem, card, "graded", "", sum(test["seconds"] for test in card["tests"]))


def _card(file: Path) -> dict:
    try:
        card = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ResultsError(f"{file} is no scorecard: {error}") from None
    if not isinstance(card, dict) or not CARD_FIELDS <= card.keys():
        raise ResultsError(f"{file} is no scorecard: `lab cohort` and `pytest --scorecard FILE` write one")
    if card["schema"] != 1:
        raise ResultsError(f"{file} is a scorecard of version {card['schema']}, and version 1 is read here")
    return card
