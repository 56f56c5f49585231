"""One folder, graded: a result each, nothing twice, exactly what changed again, differences shown."""

import dataclasses
import json
import shutil
import subprocess
import sys

import jsonschema
import pytest

from labkit import course
from labkit.cohort import run, summary, version
from labkit.cohort.results import Busy, Results
from labkit.cohort.verdicts import VERDICTS, of_card, of_outcome

LAB = course.find("01")


def students(graded: list[str]) -> list[str]:
    return [id for id in graded if id != "the solutions"]


def test_each_submission_gets_one_line_one_card_and_one_message(course_of):
    made = course_of(anna="all_pass", ben="raises", cleo="nothing_written")
    (made.folder / "dora").mkdir()
    made.grade()
    assert made.verdicts() == {"anna": "pass", "ben": "fail", "cleo": "fail", "dora": "error"}
    schema = json.loads((course.ROOT / "labkit/grading/scorecard.schema.json").read_text())
    for line in made.lines():
        assert {"id", "verdict", "points", "possible", "seconds", "says", "digest"} <= line.keys() and line[
            "says"
        ] != ""
        if line["id"] != "dora":
            jsonschema.validate(made.card(line["id"]), schema)
            assert line["points"] == made.card(line["id"])["points"]["earned"] and line["possible"] == 100
    assert [p.stem for p in sorted((made.out / "scorecards").iterdir())] == ["anna", "ben", "cleo"]
    assert made.card("ben")["labs"][0]["file"] == "ben.py", "the student's own name for it, not ours"
    assert "nothing to grade" in made.message("dora")


def test_the_message_says_what_happened_in_the_language_asked(course_of):
    made = course_of(ben="raises")
    made.grade(lang="es")
    said = made.message("ben")
    assert "dequantize: lanzó un error" in said and "ZeroDivisionError" in said and "superado: memory_bytes" in said
    assert "LAB_IMPL=starter pytest" in said and "5 de 100 puntos" in said


def test_a_second_run_grades_nothing_and_a_changed_submission_alone(course_of, inline):
    made = course_of(anna="all_pass", ben="raises")
    made.grade()
    graded, plan = made.grade(inline)
    assert graded == [] and plan.todo == []
    made.hand_in("ben", "all_pass")
    made.hand_in("cleo", "raises")
    graded, plan = made.grade()
    assert students(graded) == ["ben", "cleo"] and "1 new, 1 changed" in plan.words
    assert made.verdicts() == {"anna": "pass", "ben": "pass", "cleo": "fail"}
    assert made.grade(seed=5)[1].hints[0].startswith("another choice of seed") and len(made.lines()) == 7


def test_what_is_asked_for_again_is_graded_once_more_and_no_more(course_of):
    made = course_of(anna="all_pass", ben="raises")
    made.grade()
    assert students(made.grade(regrade=["fail"])[0]) == ["ben"]
    assert students(made.grade(regrade=["anna"])[0]) == ["anna"]
    assert students(made.grade(regrade=[])[0]) == ["anna", "ben"]
    with pytest.raises(course.CourseError, match="'zoe' is no id here and no verdict"):
        made.grade(regrade=["zoe"])


def test_a_card_of_an_earlier_round_does_not_outlive_its_verdict(course_of):
    made = course_of(anna="all_pass")
    made.grade()
    (made.folder / "anna.py").write_bytes(b"x" * 2_000_000)
    made.grade()
    assert made.verdicts() == {"anna": "error"} and not (made.out / "scorecards/anna.json").exists()


def test_a_line_that_was_cut_off_is_dropped_and_its_submission_graded_again(course_of):
    made = course_of(anna="all_pass", ben="raises")
    made.grade()
    lines = made.out / "results.jsonl"
    whole = lines.read_bytes()
    last = json.loads(whole.splitlines()[-1])["id"]
    lines.write_bytes(whole[: len(whole) - 100])
    (made.out / "scorecards" / "x.json.part").write_text("{")
    assert students(made.grade()[0]) == [last]
    assert len(made.lines()) == 2 and not list(made.out.glob("*/*.part"))


def test_two_runs_do_not_write_to_one_folder(tmp_path):
    with Results(tmp_path), pytest.raises(Busy, match="another `lab cohort`"):
        Results(tmp_path)


def test_nothing_a_student_writes_reaches_the_terminal_as_a_command(course_of):
    made = course_of()
    evil = 'def dequantize(q, scale):\n    raise ValueError("\\x1b[2J\\x07\\u202e" + "x" * 100_000)\n'
    (made.folder / "eve.py").write_text(evil)
    made.grade()
    everything = made.message("eve") + json.dumps(made.card("eve"), ensure_ascii=False)
    assert not set(everything) & {"\x1b", "\x07", "\u202e"} and len(everything) < 100_000
    assert "raised ValueError: [2Jx" in everything


def card(*statuses, beyond="passed"):
    exercises = [{"status": s, "beyond": False} for s in statuses] + [{"status": beyond, "beyond": True}]
    return {"labs": [{"exercises": exercises}]}


@pytest.mark.parametrize(
    "scores, verdict",
    [
        (card("passed", "passed"), "pass"),
        (card("passed", beyond="failed"), "pass"),
        (card("passed", "not_checked"), "not checked here"),
        (card("failed", "not_checked"), "fail"),
        (card("passed", "not_written"), "fail"),
        (card("passed", "error"), "fail"),
        (card("passed", "not_run"), "fail"),
        (card("failed", "timeout"), "timeout"),
        (card("passed", beyond="timeout"), "timeout"),
        (card(), "fail"),
    ],
)
def test_a_verdict_is_never_better_than_what_was_checked(scores, verdict):
    assert of_card(scores) == verdict and verdict in VERDICTS


@pytest.mark.parametrize(
    "said, card, verdict",
    [
        ("graded", card("passed"), "pass"),
        ("graded", None, "no report"),
        ("no report", None, "no report"),
        ("timeout", None, "timeout"),
        ("error", None, "error"),
        ("a new word", None, "error"),
    ],
)
def test_without_a_card_there_is_no_grade(said, card, verdict):
    assert of_outcome(said, card) == verdict


def test_a_score_is_kept_only_while_all_that_it_depends_on_is_the_same():
    labs = [LAB, course.find("03")]
    one, three = (lab.folder.name for lab in labs)
    versions = version.of_course(labs)

    def digest(changed: str = "", files={one: b"a"}, problem="", seed=0) -> str:
        return version.of_submission(
            files, problem, labs, seed, {**versions, **({changed: "other"} if changed else {})}
        )

    same = digest()
    for other in ("grader", f"{one} tests", f"{one} rules", f"{three} rules"):
        assert digest(other) != same, other
    assert digest(f"{three} tests") == same, "of a lab that was not handed in"
    assert len({same, digest(files={one: b"b"}), digest(files={}), digest(problem="?"), digest(seed=1)}) == 5
    first = LAB.exercises[0]
    for other in ({"points": first.points + 1}, {"beyond": not first.beyond}, {"returns": ["x"]}):
        changed = dataclasses.replace(first, **other)
        assert (
            version.rules(dataclasses.replace(LAB, exercises=(changed, *LAB.exercises[1:]))) != versions[f"{one} rules"]
        )


def test_a_difference_says_points_verdict_and_exercise():
    old = {
        "id": "a",
        "points": 10,
        "verdict": "fail",
        "exercises": {"lab-01": {"f": ["failed", 0], "g": ["passed", 10]}},
    }
    new = {
        "id": "a",
        "points": 15,
        "verdict": "pass",
        "exercises": {"lab-01": {"f": ["passed", 5], "g": ["passed", 10]}},
    }
    assert summary.difference(old, old) is None
    row = summary.difference(old, new)
    assert row == ("a", 10, 15, "fail", "pass", "fail -> pass; f: failed -> passed, 0 -> 5")


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nowhere"], "nowhere is not a folder"),
        (["."], "holds no submission"),
        ([".", "--labs", "77"], "no lab is called '77'"),
        ([".", "--out", "."], "results need one of their own"),
        ([".", "--scheduler", "tcp://127.0.0.1:9"], "scheduler"),
    ],
)
def test_a_slip_is_said_in_one_line_and_ends_with_2(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    if "holds no" not in says:
        (tmp_path / "anna.py").write_text("")
    monkeypatch.setattr("labkit.cohort.executors.PATIENCE", 1)
    assert run.main(arguments) == 2
    errors = capsys.readouterr().err
    assert says in errors and "Traceback" not in errors


def test_a_mended_test_regrades_whom_it_judges_and_shows_who_moved(course_copy, tmp_path):
    """The whole command, in a course whose test was wrong at midnight."""
    for lab in course.labs():
        shutil.copy(lab.folder / "solution.py", course_copy / lab.folder.relative_to(course.ROOT))
    folder = tmp_path / "class"
    folder.mkdir()
    golden = course.ROOT / "tests/cohort/golden"
    shutil.copy(golden / "all_pass.py", folder / "anna.py")
    shutil.copy(golden / "raises.py", folder / "ben.py")
    three = course.find("03")
    shutil.copy(three.folder / "starter.py", folder / "cleo.py")

    def lab_cohort():
        code = "import sys; from labkit.cohort.run import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, str(folder), "--labs", "01,03", "--jobs", "1"]
        return subprocess.run(command, cwd=course_copy, capture_output=True, text=True, timeout=120)

    first = lab_cohort()
    assert first.returncode == 0 and "3 new" in first.stdout, first.stdout + first.stderr
    test = course_copy / LAB.folder.relative_to(course.ROOT) / "test_lab.py"
    text = test.read_text(encoding="utf-8")
    broken = (
        '\n\n@exercise("memory_bytes")\ndef test_a_claim_that_is_wrong(lab):\n    assert lab.memory_bytes is None\n'
    )
    test.write_text(text + broken, encoding="utf-8")
    second = lab_cohort()
    assert "2 changed, 1 graded already" in second.stdout, second.stdout + second.stderr
    assert "changed since the last run: lab-01-fake-quant-linear tests" in second.stdout
    assert "look at the tests: our own solutions get" in second.stdout
    assert "2 graded again in this round: 2 scores or verdicts changed" in second.stdout
    assert "memory_bytes: passed -> failed, 5 -> " in second.stdout
    rows = (folder.with_name("class-results") / "differences.csv").read_text().splitlines()
    assert len(rows) == 3 and rows[1].startswith("anna,100")
    test.write_text(text, encoding="utf-8")
    third = lab_cohort()
    assert "2 scores or verdicts changed" in third.stdout and "-> 100" in third.stdout, third.stdout
