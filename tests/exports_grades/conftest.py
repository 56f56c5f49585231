"""Results to export: small scorecards of every status, in the layout that `lab cohort` writes."""

import json
from pathlib import Path

import pytest

from labkit.exports_grades import command


def card(tests: list[tuple], seed: int = 0) -> dict:
    """A scorecard of lab 01 from (exercise, test, status, possible, message); an exercise in capitals is beyond."""
    rows, exercises = [], {}
    for function, name, status, possible, message in tests:
        earned = possible if status == "passed" else 0
        rows.append({
            "lab": "lab-01", "exercise": function.lower(), "test": f"test_{name}", "status": status, "points": earned,
            "points_possible": possible, "message": message, "seconds": 0.25,
        })  # fmt: skip
        entry = exercises.setdefault(function, {
            "number": len(exercises) + 1, "function": function.lower(), "beyond": function.isupper(),
            "status": status, "points": 0, "points_possible": 0, "line": 3,
        })  # fmt: skip
        entry["points"] += earned
        entry["points_possible"] += possible
        entry["status"] = status if entry["status"] == "passed" else entry["status"]

    def points(beyond: bool) -> dict:
        mine = [r for r in rows if exercises.get(r["exercise"].upper(), {}).get("beyond", False) == beyond]
        unchecked = sum(r["points_possible"] for r in mine if r["status"] == "not_checked")
        return {
            "earned": sum(r["points"] for r in mine),
            "possible": sum(r["points_possible"] for r in mine) - unchecked,
            "not_checked": unchecked,
        }

    lab = {
        "lab": "lab-01", "title": "T", "file": "starter.py", "problems": [], "points": points(False),
        "points_beyond": points(True), "exercises": list(exercises.values()),
    }  # fmt: skip
    return {
        "schema": 1, "implementation": "x", "seed": seed, "points": points(False), "points_beyond": points(True),
        "labs": [lab], "tests": rows, "next": None,
    }  # fmt: skip


def store(folder: Path, cards: dict[str, dict], lines: list[dict]) -> Path:
    (folder / "scorecards").mkdir(parents=True)
    for name, one in cards.items():
        (folder / "scorecards" / f"{name}.json").write_text(json.dumps(one), encoding="utf-8")
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "results.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def results(tmp_path) -> Path:
    """ana (one test wrong), bob (all right), cy (timeout), =evil (not written, not checked, odd characters)."""
    ana = card([("quantize", "scale", "failed", 4, "got 1, expected 2"), ("dequantize", "back", "passed", 3, "")])
    bob = card([
        ("quantize", "scale", "passed", 4, ""), ("dequantize", "back", "passed", 1.5, ""),
        ("dequantize", "shape", "timeout", 1.5, "did not end"), ("NF4", "table", "passed", 2, ""),
    ])  # fmt: skip
    evil = card([
        ("quantize", "scale", "not_written", 4, "not written yet"),
        ("dequantize", "back", "error", 3, "raised \x00\x1b[31m <b>&amp; ]]> ñ \ud800"),
        ("engine", "serves", "not_checked", 9, "needs the engine"), ("NF4", "table", "not_run", 2, ""),
    ])  # fmt: skip
    lines = [
        {"id": "ana", "verdict": "error", "says": "an older round", "seconds": 1.0},
        {"id": "bob", "verdict": "timeout", "says": "", "seconds": 2.0, "points": 5.5, "possible": 7, "digest": "d"},
        {"id": "cy", "verdict": "timeout", "says": "it took\ntoo long", "seconds": 120.0},
        {"id": "=evil", "verdict": "fail", "says": "", "seconds": 0.5},
        {"id": "ana", "verdict": "fail", "says": "", "seconds": 1.5},
    ]
    return store(tmp_path / "results", {"ana": ana, "bob": bob, "=evil": evil}, lines)


@pytest.fixture
def lab_grades(capsys):
    """lab_grades("csv", RESULTS, OUT) -> (exit code, what was said)."""

    def run(*arguments) -> tuple[int, str]:
        code = command.main([str(a) for a in arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run
