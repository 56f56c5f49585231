"""What can be held here of Windows and macOS: names, encodings, line endings, no POSIX module on a learner's way."""

import ast
import re
import subprocess

import pytest
import yaml

from labkit import course

ROOT = course.ROOT
POSIX_ONLY = ("isolation", "cohort")  # they need what Windows lacks, and say so


def tracked() -> list[str]:
    command = ["git", "-c", "core.quotepath=off", "ls-files", "-co", "--exclude-standard"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()


def test_every_file_has_a_name_that_windows_and_macos_can_hold():
    names = tracked()
    reserved = re.compile(r"(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)", re.I)
    bad = [name for name in names if re.search(r'[<>:"|?*\\]|[ .](/|$)', name) or reserved.search(name)]
    assert bad == []
    folded = {}
    for name in names:
        assert folded.setdefault(name.casefold(), name) == name, "two names that differ in upper and lower case only"
    # 259 letters are the most on Windows; C:\Users\somebody\Documents\courses\quantization-labs\ takes 55.
    assert max(map(len, names)) <= 180


def our_files():
    ours = [*(ROOT / "labkit").rglob("*.py"), *(path for lab in course.labs() for path in lab.folder.glob("*.py"))]
    kept = [path for path in ours if path.relative_to(ROOT).parts[1] not in POSIX_ONLY]
    return [ROOT / "conftest.py", *sorted(kept)]


@pytest.mark.parametrize("path", our_files(), ids=course.show_path)
def test_every_text_file_is_read_and_written_in_utf_8(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = {word.arg for word in node.keywords}
        where = f"{course.show_path(path)}:{node.lineno}"
        method = isinstance(node.func, ast.Attribute)
        if method and name in ("read_text", "write_text") and not (name == "read_text" and node.args):
            assert "encoding" in words, f"{where}: {name} without encoding"
        if name in ("run", "Popen", "check_output") and words & {"text", "universal_newlines"}:
            assert "encoding" in words, f"{where}: a child's output is read in the locale's encoding"
        if name == "open" and isinstance(node.func, ast.Name):
            modes = [a.value for a in node.args[1:2] if isinstance(a, ast.Constant)]
            assert "encoding" in words or any("b" in mode for mode in modes), f"{where}: open without encoding"


def test_python_itself_finds_no_text_in_the_systems_encoding_on_a_learners_way(alone, course_copy):
    """`-X warn_default_encoding`, its warning an error, in every process that a verb starts."""
    strict = {"PYTHONWARNDEFAULTENCODING": "1", "PYTHONWARNINGS": "error::EncodingWarning"}
    learner_text = "def memory_bytes(w):\n    return w.nbytes\n"
    starter = next(course_copy.glob("phase-*/labs/lab-01-*/starter.py"))
    starter.write_text(starter.read_text(encoding="utf-8") + "\n\n" + learner_text, encoding="utf-8")
    verbs = ["", "check 01", "hint 01.1", "hint 01.5", "next", "solution 01.5 --give-up", "reset 01.5", "doctor",
             "grade 01", "plot 01", "card --no-model", "--help"]  # fmt: skip
    for verb in verbs:
        done = alone("labkit.cli", *verb.split(), without=("matplotlib",), cwd=course_copy, **strict)
        assert "EncodingWarning" not in done.stdout + done.stderr, f"lab {verb}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, f"lab {verb}\n{done.stderr}"
    # it sees one: that is what the rest is worth
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], text=True)"
    assert "EncodingWarning" in alone("labkit.cli", options=("-c", code), **strict).stderr


def test_a_lab_is_graded_where_there_is_nothing_of_posix(grade, pretend_windows, lab_01):
    done = grade(lab_01, "-q", impl="solution", env=pretend_windows)
    assert done.code == 0 and done.card["points"]["earned"] == done.card["points"]["possible"], done.output
    done = grade(lab_01, "-q", impl="starter", env=pretend_windows | {"PYTHONUTF8": "0", "LC_ALL": "C"})
    assert done.card["points"]["possible"] == 100, done.output


@pytest.mark.parametrize("module", ["doctor", "plot", "card", "notebook", "notebook_build"])
def test_the_learners_tools_are_there_where_there_is_nothing_of_posix(alone, pretend_windows, module):
    done = alone("labkit.cli", "--help", options=("-c", f"import labkit.learner_tools.{module}"), **pretend_windows)
    assert done.returncode == 0, done.stderr


def test_the_doctor_says_the_same_where_there_is_nothing_of_posix(alone, pretend_windows):
    done = alone("labkit.learner_tools.doctor", **pretend_windows)
    assert "Error" not in done.stdout + done.stderr and "Python" in done.stdout


def test_a_clone_with_the_line_endings_of_windows_is_graded_alike(course_copy, grade, lab_01):
    for path in [*course_copy.rglob("*.py"), *course_copy.rglob("*.yaml"), *course_copy.rglob("*.toml")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = grade(lab_01, "-q", impl="solution", cwd=course_copy)
    assert done.card["points"] == {"earned": 100, "possible": 100, "not_checked": 0}, done.output
    done = grade(lab_01, "-q", impl="starter", cwd=course_copy)
    assert {e["status"] for e in done.card["labs"][0]["exercises"]} == {"not_written"}, done.output


def test_the_workflow_runs_core_and_grading_on_three_systems_and_two_pythons():
    text = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    flow = yaml.load(text, yaml.BaseLoader)  # BaseLoader: `on` stays a word
    matrix = flow["jobs"]["core"]["strategy"]["matrix"]
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.10", "3.13"]
    used = [step["uses"] for job in flow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used)
    for job in flow["jobs"].values():
        for step in job["steps"]:
            for path in re.findall(r"(?:tests|phase-[\w-]+|labkit)/[\w./-]+", step.get("run", "")):
                assert (ROOT / path.rstrip(".")).exists(), f"the workflow names {path}, which is not there"
