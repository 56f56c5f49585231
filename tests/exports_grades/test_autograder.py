"""The zip for Gradescope, unpacked where Gradescope unpacks it and run as Gradescope runs it."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from labkit import course
from labkit.release import check, rules

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Gradescope runs Linux")
RIGHT = course.ROOT / "tests/grading/right/lab_01_plain.py"


@pytest.fixture(scope="module")
def autograder(tmp_path_factory) -> Path:
    """/autograder in a folder of its own; its Python has this environment's packages and nothing of the repository."""
    from labkit.exports_grades import command

    here = tmp_path_factory.mktemp("autograder")
    assert command.main(["gradescope-zip", str(here / "a.zip"), "--labs", "01", "--seed", "7"]) == 0
    for name in ("source", "submission", "results", "venv/bin"):
        (here / name).mkdir(parents=True)
    with zipfile.ZipFile(here / "a.zip") as archive:
        archive.extractall(here / "source")
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    assert modes["setup.sh"] & 0o111 and modes["run_autograder"] & 0o111
    python = here / "venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return here


@pytest.fixture
def hand_in(autograder):
    def run(name: str, text: str) -> dict:
        for old in [*(autograder / "submission").iterdir(), *(autograder / "results").iterdir()]:
            old.unlink()
        (autograder / "submission" / name).write_text(text, encoding="utf-8")
        environment = {"PATH": os.environ["PATH"], "AUTOGRADER": str(autograder)}
        script = autograder / "source/run_autograder"
        done = subprocess.run(["bash", script], cwd=autograder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads((autograder / "results/results.json").read_text(encoding="utf-8"))

    return run


def test_a_right_lab_gets_all_the_points_on_the_seed_asked(hand_in):
    found = hand_in("starter.py", RIGHT.read_text(encoding="utf-8"))
    assert found["score"] == 100 and found["extra_data"]["seed"] == 7
    assert {test["status"] for test in found["tests"] if "core" in test["tags"]} == {"passed"}


def test_code_that_ends_the_process_costs_its_exercise_and_there_is_a_results_json(hand_in):
    text = RIGHT.read_text(encoding="utf-8") + "\n\ndef memory_bytes(w):\n    import os\n    os._exit(0)\n"
    found = hand_in("my_lab.py", text)
    failed = [test["name"] for test in found["tests"] if test["status"] == "failed"]
    assert failed == ["memory_bytes"] and found["score"] == 95


def test_nothing_to_grade_is_said_to_the_student(hand_in):
    found = hand_in("notes.txt", "I could not do it")
    assert found["score"] == 0 and "no .py file" in found["output"]


def test_nothing_of_the_solutions_is_in_the_zip(autograder):
    """The student's code runs beside these files, and may read them."""
    report = check.look(autograder / "source", course.ROOT, rules.read())
    assert report.left == [] and report.files > 30
    assert not list((autograder / "source").glob("phase-*/labs/*/starter.py"))
