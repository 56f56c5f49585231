"""`lab doctor`: finds what is wrong, says what it means and what to do, and never falls over it."""

import ast
import json
import re
import subprocess

import pytest

from labkit import course
from labkit.learner_tools import checks_machine, checks_python, doctor
from labkit.learner_tools.doctor_words import CASES, FOUND, NAMES
from labkit.learner_tools.finding import BAD, GOOD, NOTE, ROOT

DOCTOR = "labkit.learner_tools.doctor"


def test_every_check_gives_a_finding_whose_words_are_filled_in_both_languages():
    findings = doctor.look()
    assert [f.case.split(".")[0] for f in findings] == list(doctor.CHECKS)
    for f in findings:
        for pair in (f.name, f.found, f.means, *([f.do] if f.do else [])):
            assert len(pair) == 2 and all(pair) and not re.search(r"[{}]", "".join(pair)), f
        assert not f.case.endswith(".unseen"), f
        assert f.state == GOOD or f.do, f"{f.case}: whoever is told of it wants to know what to do"


def test_every_case_has_a_name_and_as_many_words_in_one_language_as_in_the_other():
    for case, words in CASES.items():
        assert case.split(".")[0] in NAMES and len(words) in (2, 4), case
        fills = [set(re.findall(r"\{(\w*)\}", text)) for text in words]
        assert fills[0] == fills[1] and fills[2:3] == fills[3:4], case
        assert words[0] != words[1], case
    for key, (english, spanish) in FOUND.items():
        assert english.count("{}") == spanish.count("{}"), key


def test_without_a_single_package_it_still_speaks_and_says_what_to_install(alone):
    done = alone(DOCTOR, options=("-I", "-S"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"✗ packages: core +not installed: numpy, pytest, pyyaml", done.stdout)
    assert "make grade" in done.stdout or "pip install" in done.stdout
    assert "In the way of the labs: packages: core." in done.stdout


SPEAKS = ["screen"] + [
    f"learner_tools/{name}" for name in ("doctor", "finding", "doctor_words", "checks_python", "checks_machine")
]


@pytest.mark.parametrize("name", SPEAKS)
def test_what_speaks_to_an_old_python_can_be_read_by_it(name):
    text = (ROOT / "labkit" / f"{name}.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 8))


def test_an_old_python_is_in_the_way(monkeypatch):
    monkeypatch.setattr(checks_python, "OLDEST", (99, 0))
    assert checks_python.python().state == BAD


def test_a_package_of_another_version_is_named(monkeypatch):
    monkeypatch.setattr(checks_python, "wanted", lambda: {"core": ["numpy>=99", "pytest>=8.2"]})
    found = checks_python.packages("core")
    assert found.state == BAD and "numpy" in found.found[0] and "pytest" not in found.found[0]


def test_the_report_shows_nothing_of_the_persons_own_folders(alone):
    done = alone(DOCTOR, "--all", "--json")
    assert str(ROOT) not in done.stdout and str(ROOT.parent) + "/" not in done.stdout
    assert {entry["case"].split(".")[0] for entry in json.loads(done.stdout)} == set(doctor.CHECKS)


def test_it_speaks_spanish_on_a_screen_that_has_no_accents(alone):
    done = alone(DOCTOR, "--all", PYTHONIOENCODING="ascii", LANG="es_ES.UTF-8")
    assert done.stdout.isascii() and "significa" in done.stdout and "codificacion" in done.stdout, done.stderr


def test_a_variable_that_decides_what_is_graded_is_pointed_out(monkeypatch):
    for name in checks_machine.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert checks_machine.variables().state == GOOD
    monkeypatch.setenv("LAB_IMPL", "solution")
    found = checks_machine.variables()
    assert found.state == NOTE and "LAB_IMPL" in found.found[0] and "LAB_IMPL" in found.do[0]


def test_standing_in_another_copy_of_the_course_is_in_the_way(tmp_path, monkeypatch):
    (tmp_path / "copy" / "labkit").mkdir(parents=True)
    (tmp_path / "copy" / "labkit" / "course.py").touch()
    monkeypatch.chdir(tmp_path / "copy")
    assert checks_machine.course().case == "course.other"
    monkeypatch.chdir(course.ROOT)
    assert checks_machine.course().case == "course.good"


def test_a_full_disk_is_in_the_way(monkeypatch):
    usage = checks_machine.shutil.disk_usage(ROOT)
    monkeypatch.setattr(checks_machine.shutil, "disk_usage", lambda path: usage._replace(free=10**8))
    assert checks_machine.disk().state == BAD


def test_a_network_folder_and_a_synchronized_one_are_pointed_out(monkeypatch):
    monkeypatch.setattr(checks_machine, "file_system", lambda path: "ext4")
    assert checks_machine.files().case == "files.good"
    monkeypatch.setattr(checks_machine, "file_system", lambda path: "9p")
    assert checks_machine.files().case == "files.far"
    monkeypatch.setattr(checks_machine, "file_system", lambda path: "ext4")
    monkeypatch.setattr(checks_machine, "SYNCED", (ROOT.name.lower(),))
    assert checks_machine.files().case == "files.far"


def test_the_check_of_the_file_system_leaves_nothing_behind():
    before = {p.name for p in ROOT.iterdir()}
    checks_machine.files()
    assert {p.name for p in ROOT.iterdir()} <= before


@pytest.fixture
def clone(tmp_path):
    """A small git repository, and what its status says to the doctor."""

    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
        return subprocess.run(["git", *who, *words], cwd=tmp_path, capture_output=True, encoding="utf-8").stdout

    git("init")
    (tmp_path / "lab ñ").mkdir()
    for name in ("lab ñ/starter.py", "lab ñ/test_lab.py"):
        (tmp_path / name).write_text("one\n", encoding="utf-8")
    git("add", "."), git("commit", "-m", "a")
    git.status = lambda: checks_machine.git_state(
        git("-c", "core.quotepath=off", "status", "--porcelain=v2", "--branch", "--untracked-files=no").splitlines()
    )
    git.write = lambda name, text: (tmp_path / name).write_text(text, encoding="utf-8")
    return git


def test_a_changed_starter_is_as_it_should_be_and_a_changed_test_is_not(clone):
    assert clone.status().case == "git.good" and clone.status().found[0].endswith("0")
    clone.write("lab ñ/starter.py", "mine\n")
    assert clone.status().case == "git.good" and clone.status().found[0].endswith("1")
    clone.write("lab ñ/test_lab.py", "easier\n")
    assert clone.status().case == "git.changed" and "lab ñ/test_lab.py" in clone.status().found[0]


def test_an_unfinished_merge_is_in_the_way(clone):
    clone("checkout", "-b", "other")
    clone.write("lab ñ/starter.py", "theirs\n"), clone("commit", "-am", "b")
    clone("checkout", "main")
    clone.write("lab ñ/starter.py", "mine\n"), clone("commit", "-am", "c")
    clone("merge", "other")
    assert clone.status().case == "git.conflict" and "lab ñ/starter.py" in clone.status().found[0]
