"""The small file that remembers: whole, surviving updates, broken files and other people's hands."""

import json

import pytest


@pytest.fixture
def graded(learner):
    learner.write("01", "memory_bytes")
    learner.lab("check", "01.5")
    return learner


def test_verdicts_are_kept_where_git_does_not_see_them(graded):
    assert graded.items()["lab-01/memory_bytes"]["status"] == "passed"
    assert "*" in (graded.root / ".lab/.gitignore").read_text(encoding="utf-8").split()
    assert not list((graded.root / ".lab").glob("*.part"))


def test_exercises_that_the_course_no_longer_has_are_kept(graded):
    stored = json.loads(graded.record.read_text(encoding="utf-8"))
    stored["items"]["lab-77/gone"] = {"status": "passed", "points": 3}
    graded.record.write_text(json.dumps(stored), encoding="utf-8")
    graded.write("01", "dequantize")
    graded.lab("check", "01.3")
    assert graded.items()["lab-77/gone"] == {"status": "passed", "points": 3}
    assert graded.items()["lab-01/dequantize"]["status"] == "passed"


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1, "items": 3}', '{"version": 1, "ite'])
def test_a_broken_file_is_set_aside_and_grading_fills_a_new_one(graded, text):
    graded.record.write_text(text, encoding="utf-8")
    code, output = graded.lab()
    assert code == 0 and "put aside as" in output and "5/100" in output
    aside = list(graded.record.parent.glob("exercises-broken-*.json"))
    assert [a.read_text(encoding="utf-8") for a in aside] == [text]
    assert graded.items()["lab-01/memory_bytes"]["status"] == "passed"


STRANGE = [
    {"status": "marvellous", "code": 3},
    {"status": "passed", "points": 99},
    {"hint": {"tiers": "x"}},
    {"status": "failed", "points": "many", "message": 7, "offset": "x"},
]


def test_a_strange_entry_is_graded_anew(graded):
    code = graded.items()["lab-01/memory_bytes"]["code"]
    for entry in STRANGE:
        stored = {"version": 1, "items": {"lab-01/memory_bytes": {"code": code, **entry}}}
        graded.record.write_text(json.dumps(stored), encoding="utf-8")
        exit_code, output = graded.lab()
        assert exit_code == 0 and "5/100" in output, entry
        assert graded.items()["lab-01/memory_bytes"]["status"] == "passed"


def test_a_newer_file_is_read_and_left_alone(graded):
    stored = json.loads(graded.record.read_text(encoding="utf-8")) | {"version": 9}
    graded.record.write_text(json.dumps(stored), encoding="utf-8")
    code, output = graded.lab("check", "01.5")
    assert code == 0 and "newer version" in output
    assert json.loads(graded.record.read_text(encoding="utf-8")) == stored


def test_lab_home_keeps_it_elsewhere(graded, tmp_path):
    graded.lab("check", "01.5", LAB_HOME=str(tmp_path / "home"))
    stored = json.loads((tmp_path / "home/exercises.json").read_text(encoding="utf-8"))
    assert stored["items"]["lab-01/memory_bytes"]["points"] == 5


def test_a_place_that_cannot_be_written_is_said_and_does_not_stop_grading(graded, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, output = graded.lab("check", "01.5", LAB_HOME=str(tmp_path / "file"))
    assert code == 0 and "cannot be kept" in output and "5/5" in output


def test_a_change_of_the_labs_tests_grades_anew(graded):
    """After an update of the course an old verdict says nothing."""
    tests = next(graded.root.glob("phase-*/labs/lab-01-*/test_lab.py"))
    more = '\n\n@exercise("memory_bytes")\ndef test_new(lab, check):\n    assert False\n'
    tests.write_text(tests.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert "exercise 5" not in graded.lab()[1]  # exercise 1 comes first
    assert graded.items()["lab-01/memory_bytes"]["status"] == "failed"


def test_a_change_elsewhere_in_the_file_leaves_a_verdict_alone(graded):
    before = graded.items()["lab-01/memory_bytes"]
    graded.write("01", "dequantize")
    graded.lab()
    assert graded.items()["lab-01/memory_bytes"] == before
