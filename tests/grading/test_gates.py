"""The gates that every lab must pass before it ships (the grading contract)."""

import ast
import os
import re
import shutil
import subprocess

import pytest

from labkit import course
from labkit.grading import starter

LABS = course.labs()
by_lab = pytest.mark.parametrize("lab", LABS, ids=[lab.key for lab in LABS])
WRONG = [(lab, path) for lab in LABS for path in sorted((lab.folder / "wrong").glob("*.py"))]


# The engine's tests take a minute each and are run once, by the suite itself; the gates are about everything else.
QUICK = ("-q", "-m", "not engine")


def all_passed(run) -> bool:
    """Every test that was run passed, and something was."""
    points, statuses = run.card["points"], {t["status"] for t in run.card["tests"]}
    return points["earned"] == points["possible"] > 0 and statuses <= {"passed", "not_run"}


def is_begun(lab: course.Lab) -> bool:
    """Whether somebody is filling in the starter: then its gates are for the file as it was shipped."""
    changed = subprocess.run(
        ["git", "diff", "--quiet", "HEAD", "--", "starter.py"], cwd=lab.folder, capture_output=True
    )
    return changed.returncode == 1 and not os.environ.get("CI")


@by_lab
def test_the_starter_passes_nothing_and_each_failure_is_our_own_not_written_yet(grade, lab):
    if is_begun(lab):
        pytest.skip("this starter has been begun; its gate is for the untouched file")
    run = grade(course.show_path(lab.folder), *QUICK, impl="starter")
    assert run.code == 1 and " passed" not in run.output
    assert run.card["points"]["earned"] == run.card["points_beyond"]["earned"] == 0
    numbers = {e.function: e.number for e in lab.exercises}
    for test in run.card["tests"]:
        name = test["exercise"]
        assert test["status"] == "not_written", test
        assert test["message"] == f"Lab {lab.number} · exercise {numbers[name]}: {name} is not written yet"


@by_lab
@pytest.mark.parametrize("seed", [0, 1, 2, 20261121])
def test_the_solution_passes_everything_under_any_seed(grade, lab, seed):
    run = grade(course.show_path(lab.folder), *QUICK, "--seed", seed, impl="solution")
    assert run.code == 0, run.output
    assert all_passed(run)


@by_lab
def test_every_exercise_has_tests_points_minutes_and_hints_in_both_languages(lab):
    tests = "".join(path.read_text(encoding="utf-8") for path in lab.folder.glob("test_*.py"))
    for exercise in lab.exercises:
        assert f'@exercise("{exercise.function}")' in tests
        assert exercise.points > 0 and exercise.minutes > 0 and 1 <= exercise.difficulty <= 5
        assert exercise.hints, f"{lab.key} {exercise.function} has no hints"
        assert exercise.hints[-1].match == "", "the last hint fits whatever went wrong"
        for hint in exercise.hints:
            re.compile(hint.match)
    assert sum(e.points for e in lab.exercises if not e.beyond) == 100


@by_lab
def test_starter_and_solution_agree_on_names_signatures_and_docstrings(lab):
    if is_begun(lab):
        pytest.skip("this starter has been begun; its gate is for the untouched file")
    written = (lab.folder / "starter.py").read_text(encoding="utf-8")
    assert written == starter.generate(lab), f"run `lab starter {lab.number}`: the solution has changed"
    for node in ast.parse(written).body:
        if isinstance(node, ast.FunctionDef):
            assert {"Args:", "Returns:", "Raises:", "Example:"} <= set(re.findall(r"\w+:", ast.get_docstring(node))), (
                node.name
            )
            assert isinstance(node.body[-1], ast.Raise) and len(node.body) == 2


@by_lab
def test_starter_and_solution_import_numpy_and_nothing_of_ours(lab):
    for name in ("starter.py", "solution.py"):
        module = ast.parse((lab.folder / name).read_text(encoding="utf-8"))
        for node in ast.walk(module):
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
            assert not any(n.startswith("labkit") for n in names)
            if node in module.body:  # inside a function that needs the engine, the engine may be imported
                assert names in (["numpy"], ["__future__"])


@by_lab
def test_each_lab_passes_with_the_later_labs_deleted(grade, course_copy, lab):
    later = [other for other in LABS if other.order > lab.order]
    for other in later:
        shutil.rmtree(course_copy / course.show_path(other.folder))
    run = grade(course.show_path(lab.folder), *QUICK, impl="solution", cwd=course_copy)
    assert run.code == 0 and all_passed(run), run.output


@by_lab
def test_there_are_at_least_twelve_wrong_implementations(lab):
    assert len(list((lab.folder / "wrong").glob("*.py"))) >= 12


@pytest.mark.parametrize("lab, path", WRONG, ids=[f"{lab.key} {path.stem}" for lab, path in WRONG])
def test_every_wrong_implementation_fails_the_test_it_names_with_the_phrase_it_names(grade, lab, path):
    says = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    test, phrase = re.search(r"^fails: (\w+)$", says, re.M), re.search(r"^says: (.+)$", says, re.M)
    assert test and phrase, "the docstring names its test (fails: …) and the phrase of its message (says: …)"
    assert says.splitlines()[0].strip(), "the first line says which misunderstanding it is"
    (file,) = [f for f in lab.folder.glob("test_*.py") if f"def {test[1]}(" in f.read_text(encoding="utf-8")]
    run = grade(f"{course.show_path(file)}::{test[1]}", "-q", impl=path)
    if {t["status"] for t in run.card["tests"] if t["test"] == test[1]} == {"not_checked"}:
        pytest.skip(f"its test needs vLLM, which is not installed here: {test[1]}")
    assert run.code == 1, f"not caught by {test[1]}:\n{run.output}"
    messages = [t["message"] for t in run.card["tests"] if t["test"] == test[1]]
    assert any(phrase[1] in message for message in messages), f"{phrase[1]!r} is not in {messages}"


@pytest.mark.parametrize("path", sorted((course.ROOT / "tests/grading/right").glob("*.py")), ids=lambda path: path.stem)
def test_no_right_solution_is_refused(grade, path):
    """Loops, einsum, float64 inside, reciprocals, Python scalars: all are right.

    A file may hold only some of its lab's functions: the beyond ones, or the core.
    """
    lab = course.find(path.stem.split("_")[1])
    defined = {n.name for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)}
    run = grade(course.show_path(lab.folder), *QUICK, "--seed", 3, impl=path)
    statuses = {t["status"] for t in run.card["tests"] if t["exercise"] in defined}
    assert "passed" in statuses and statuses <= {"passed", "not_run"}, run.output


def test_no_message_is_longer_than_four_lines(grade):
    """Of all that the wrong implementations provoke, which is what a learner will meet."""
    for lab in LABS:
        for path in sorted((lab.folder / "wrong").glob("*.py"))[::5]:
            run = grade(course.show_path(lab.folder), *QUICK, impl=path)
            for test in run.card["tests"]:
                assert len(test["message"].splitlines()) <= 4, test["message"]
