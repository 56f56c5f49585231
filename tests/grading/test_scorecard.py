"""The scorecard: right points, never a skipped test passed, readable in every terminal, documented as JSON."""

import json
import subprocess
import sys

import jsonschema
import pytest

from labkit import course
from labkit.grading import scorecard

LABS = "phase-06-quantization/labs"


@pytest.fixture(scope="module")
def schema():
    return json.loads((course.ROOT / "labkit/grading/scorecard.schema.json").read_text())


@pytest.mark.parametrize("impl", ["starter", "solution"])
def test_the_json_follows_its_schema(grade, schema, impl):
    run = grade(LABS, "-q", "-m", "not engine", impl=impl)
    jsonschema.validate(run.card, schema)


def test_the_starter_earns_nothing_and_is_told_where_to_begin(grade):
    run = grade(LABS, "-q")
    points = run.card["points"]
    assert points["earned"] == 0 and points["possible"] + points["not_checked"] == 100 * len(run.card["labs"])
    first = course.labs()[0]
    step = run.card["next"]
    assert (step["lab"], step["number"], step["status"]) == (first.key, 1, "not_written")
    assert f"Next: lab {first.number}, exercise 1: {first.exercises[0].function}" in run.output
    assert f"open   {step['file']}:{step['line']}" in run.output
    line = (course.ROOT / step["file"]).read_text(encoding="utf-8").splitlines()[step["line"] - 1]
    assert line.startswith(f"def {first.exercises[0].function}("), "its docstring comes first"
    assert "FAILURES" not in run.output, "forty times 'not written yet' is noise"


def test_the_labs_are_listed_in_the_recommended_order(grade):
    run = grade(LABS, "-q")
    listed = [entry["lab"] for entry in run.card["labs"]]
    path = ["lab-01", "lab-03", "lab-04", "lab-02"]
    assert listed == [key for key in path if key in listed]


def test_points_add_up_over_tests_exercises_and_labs(grade, lab_01, write_lab_01):
    run = grade(lab_01, "-q", impl=write_lab_01("np.rint(w / scale)", "np.floor(w / scale)"))
    lab = run.card["labs"][0]
    for exercise in lab["exercises"]:
        of = run.tests(exercise["function"])
        assert sum(t["points"] for t in of) == pytest.approx(exercise["points"], abs=0.01)
        assert sum(t["points_possible"] for t in of) == pytest.approx(exercise["points_possible"], abs=0.01)
        assert (exercise["status"] == "passed") == all(t["status"] == "passed" for t in of)
    core = [e for e in lab["exercises"] if not e["beyond"]]
    assert sum(e["points"] for e in core) == pytest.approx(run.card["points"]["earned"], abs=0.01)
    assert 0 < run.card["points"]["earned"] < 100


def test_one_slip_shows_one_message_an_exercise_and_names_it(grade, lab_01, write_lab_01):
    path = write_lab_01("np.rint(w / scale)", "np.floor(w / scale)")
    run = grade(lab_01, "-q", impl=path)
    assert run.output.count("That is what you get with floor") == 2  # exercises 1 and 2
    assert "more checks of this exercise fail; -v shows them all" in run.output
    assert grade(lab_01, "-v", impl=path).output.count("  --> ") > 2


def test_xdist_gives_the_same_scorecard(grade, lab_01, write_lab_01):
    path = write_lab_01("np.rint(w / scale)", "np.floor(w / scale)")
    alone, shared = grade(lab_01, "-q", impl=path), grade(lab_01, "-q", "-n", "2", impl=path)
    for run in (alone, shared):
        for test in run.card["tests"]:
            del test["seconds"]
        run.card["tests"].sort(key=lambda test: (test["exercise"], test["test"]))
    assert alone.card == shared.card
    assert "points" in shared.output and "Next: lab 01" in shared.output


def test_part_of_an_exercise_never_shows_the_whole_as_passed(grade, lab_01):
    run = grade(lab_01, "-q", "-k", "test_the_scale_is_the_largest", impl="solution")
    exercise = run.exercise("quantize_per_tensor")
    assert exercise["status"] == "not_run" or exercise["points"] < exercise["points_possible"]
    assert exercise["status"] != "passed"
    assert "left out of this run" in run.output


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_no_line_is_wider_than_the_terminal(grade, lab_01, columns):
    run = grade(lab_01, "-q", env={"COLUMNS": str(columns)})
    card = run.output.split("Lab 01", 1)[1].split("Next:")[0]  # a path to open stays whole, or it could not be opened
    assert max(map(len, card.splitlines())) <= columns


def test_a_terminal_without_unicode_gets_plain_marks(grade, lab_01):
    run = grade(lab_01, "-q", impl="solution", env={"PYTHONIOENCODING": "ascii"})
    assert "+  1 quantize_per_tensor" in run.output
    assert run.output.isascii()


def test_colour_is_there_when_asked_for_and_gone_with_no_color(grade, lab_01):
    assert "\x1b[" in grade(lab_01, "-q", "--color=yes").output
    assert "\x1b[" not in grade(lab_01, "-q", env={"NO_COLOR": "1"}).output
    assert "\x1b[" not in grade(lab_01, "-q").output  # not a terminal


def test_qq_still_shows_the_scorecard(grade, lab_01):
    assert "of 100 points" in grade(lab_01, "-qq", impl="solution").output


def test_it_is_written_whole_into_a_folder_that_does_not_exist_yet(lab_01, tmp_path):
    target = tmp_path / "new" / "card.json"
    subprocess.run(
        [sys.executable, "-m", "pytest", lab_01, "-q", "--scorecard", target],
        cwd=course.ROOT,
        check=True,
        capture_output=True,
    )
    assert json.loads(target.read_text())["points"]["earned"] == 100
    assert [p.name for p in target.parent.iterdir()] == ["card.json"]


# ---- the arithmetic, without pytest ----


def result(test: str, status: str, exercise: str = "quantize_per_tensor", expected=("test_a", "test_b")) -> dict:
    return {
        "lab": course.find("01").folder.name,
        "exercise": exercise,
        "test": test,
        "status": status,
        "message": "",
        "line": None,
        "seconds": 0.0,
        "file": "x.py",
        "exercise_line": 1,
        "problems": [],
        "named": False,
        "tests_in_exercise": list(expected),
    }


def first(results) -> scorecard.ExerciseScore:
    return scorecard.build(results)[0].exercises[0]


def test_a_test_with_several_cases_passes_only_if_all_do():
    score = first([result("test_a", "passed"), result("test_a", "failed"), result("test_b", "passed")])
    assert [t.status for t in score.tests] == ["failed", "passed"]
    assert score.earned == score.exercise.points / 2


@pytest.mark.parametrize("status", ["not_checked", "not_run", "not_written", "error", "failed"])
def test_nothing_but_passed_earns_points_or_counts_as_passed(status):
    score = first([result("test_a", status), result("test_b", "passed")])
    assert score.status == status
    assert score.earned == score.exercise.points / 2


def test_a_test_that_never_ran_is_not_run_and_keeps_its_share():
    score = first([result("test_a", "passed")])
    assert score.status == "not_run" and score.earned == score.exercise.points / 2


def test_nearly_all_points_are_never_rounded_up_to_all():
    from labkit.grading.terminal import _points

    assert _points(99.96) == "99.9" and _points(100.0) == "100" and _points(12.5) == "12.5"


def test_the_command_to_check_again_works_in_the_shell_one_is_in(grade, lab_01):
    import os
    from pathlib import Path

    here = str(Path(sys.executable).parent)
    assert f"check  LAB_IMPL=starter pytest {lab_01} -q" in grade(lab_01, "-q", env={"PATH": here}).output
    elsewhere = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if p != here)
    assert "check  LAB=01 make grade" in grade(lab_01, "-q", env={"PATH": elsewhere}).output


def test_a_complete_lab_points_to_the_next_one_on_the_path(grade, course_copy, lab_01):
    folder = course_copy / lab_01
    (folder / "starter.py").write_text((folder / "solution.py").read_text(encoding="utf-8"), encoding="utf-8")
    run = grade(lab_01, "-q", cwd=course_copy)
    assert run.code == 0 and run.card["next"] is None
    assert "Lab 01 complete" in run.output and "Next on the path: lab 03" in run.output


def test_who_passes_the_core_is_told_how_many_checks_the_final_grading_may_repeat(grade, lab_01, write_lab_01):
    import re

    line = re.compile(r"At grading, (\d+) of\s+these\s+checks\s+may\s+be\s+run\s+again\b[^;]*;\s+--seed (\d+)\s+shows")
    right = grade(lab_01, "-q", impl=write_lab_01("def quantize_nf4(", "def later("))  # the core is right
    repeated, seed = map(int, line.search(right.output).groups())
    passed = sum(t["status"] == "passed" for t in right.card["tests"])
    assert passed // 2 < repeated < passed and seed == 1, "those with cases of their own stay as they are"
    again = grade(lab_01, "-q", "--seed", seed, impl=write_lab_01(), env={"COLUMNS": "60"})
    assert int(line.search(again.output)[1]) > repeated and line.search(again.output)[2] == "2"
    assert max(map(len, line.search(again.output)[0].splitlines())) <= 60
    assert again.card["points"]["earned"] == 100
    wrong = grade(lab_01, "-q", impl=write_lab_01("np.rint(w / scale)", "np.floor(w / scale)"))
    assert not line.search(wrong.output), "first things first"
    assert not line.search(grade(lab_01, "-q", impl="solution").output)
