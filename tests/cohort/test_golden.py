"""Golden submissions: small files, each with the verdict it must get in its head. They fix what the grader does."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from labkit import course
from labkit.cohort import work
from labkit.cohort.discover import Entry, read

GOLDEN = Path(__file__).parent / "golden"
LAB = course.find("01")
# Short enough for a test, long enough for a busy machine.
LIMITS = {"call_seconds": 1.5, "load_seconds": 5.0, "total_seconds": 60.0}
FILES = sorted(p for p in GOLDEN.glob("*.py*") if p.is_file()) + sorted(p for p in GOLDEN.iterdir() if p.is_dir())
TRAP = Path("/tmp/lab-golden-trap")


def expectations(text: str) -> tuple[str, dict[str, tuple[set, str]]]:
    """What the head of a golden submission says: (verdicts, exercise -> (statuses, phrase of the message))."""
    head = text.split('"""')[1]
    found = dict(re.findall(r"^(\w+): (.+)$", head, re.M))
    verdict = found.pop("verdict")
    exercises = {}
    for function, said in found.items():
        statuses, _, phrase = said.partition(", ")
        exercises[function] = (set(statuses.split("|")), phrase)
    return set(verdict.split("|")), exercises


def golden(path: Path) -> tuple[str, dict]:
    source = path if path.is_file() else path / LAB.folder.name / "starter.py"
    return expectations(source.read_text(encoding="utf-8"))


def grade(path: Path) -> dict:
    if path.is_file():
        files = {LAB.folder.name: path.read_bytes()}
    else:
        files = read(Entry(path.name, path.name, path), [LAB]).files
    return work.grade(work.Task(path.name, files, {}, (LAB.folder.name,), 0, {}, LIMITS))


@pytest.mark.parametrize("path", FILES, ids=[p.name.split(".")[0] for p in FILES])
def test_a_golden_submission_gets_the_verdict_in_its_head(path):
    verdicts, exercises = golden(path)
    result = grade(path)
    assert result["verdict"] in verdicts, (result["verdict"], result["says"])
    got = {e["function"]: e["status"] for e in result["card"]["labs"][0]["exercises"]}
    for function, (statuses, phrase) in exercises.items():
        if path.name.startswith("reads_the_solution") and result["open"]:
            continue  # without an enclosure the file can be read: docs/en/isolation.md says so
        assert got[function] in statuses, (function, got)
        messages = [t["message"] for t in result["card"]["tests"] if t["exercise"] == function]
        assert any(phrase in message for message in messages), (function, phrase, messages)


def test_there_are_at_least_twenty_of_them():
    assert len(FILES) >= 20


def test_no_hostile_submission_leaves_a_trace_in_the_repository_or_beside_it():
    """Run after the others, and once more in a row: none changes another's score, or a file of ours."""
    before = _fingerprint()
    TRAP.unlink(missing_ok=True)
    for name in ("writes_to_the_repository", "pickled_trap", "forks", "patched_grader"):
        grade(GOLDEN / f"{name}.py")
        after = grade(GOLDEN / "all_pass.py")
        assert after["verdict"] == "pass" and after["points"] == 100, f"after {name}"
    assert _fingerprint() == before
    assert not TRAP.exists()


def _fingerprint() -> str:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "phase-*", "labkit/grading", "conftest.py"],
        cwd=course.ROOT,
        capture_output=True,
        text=True,
    ).stdout.split()
    digest = hashlib.sha256()
    for name in listed:
        if (course.ROOT / name).is_file():
            digest.update(name.encode() + (course.ROOT / name).read_bytes())
    assert len(listed) > 50
    return digest.hexdigest()
