"""The exports, opened by what reads them: otter-grader's layout, Gradescope's documented fields, JUnit's readers."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import jsonschema
import pytest

from labkit import course

SCHEMA = json.loads((course.ROOT / "labkit/grading/scorecard.schema.json").read_text(encoding="utf-8"))
GRADESCOPE = json.loads((course.ROOT / "labkit/exports_grades/gradescope.schema.json").read_text(encoding="utf-8"))
# What otter-grader 7.0.0 wrote for these submissions: otter.grade.utils.merge_scores_to_df(…).to_csv(index=False).
OTTER = """\
file,lab-01/dequantize,lab-01/quantize,total_points_earned,percent_correct,grading_status
points-per-question,3.0,4,7.0,1.0,--
ana,3.0,0,3.0,0.4286,Completed
bob,1.5,4,5.5,0.7857,Completed
cy,0.0,0,0.0,0.0,timeout: it took too long
"""


def rows(text: str) -> list[list]:
    def number(cell):
        try:
            return float(cell)
        except ValueError:
            return cell

    return [[number(cell) for cell in row] for row in csv.reader(io.StringIO(text))]


def test_the_scorecards_used_here_are_scorecards(results):
    for file in (results / "scorecards").glob("*.json"):
        jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(file.read_text(encoding="utf-8")))


def test_the_csv_is_what_otter_grader_writes_for_the_same_grades(results, lab_grades, tmp_path):
    (results / "scorecards/=evil.json").unlink()
    text = (results / "results.jsonl").read_text(encoding="utf-8")
    (results / "results.jsonl").write_text("".join(line for line in text.splitlines(True) if "evil" not in line))
    assert lab_grades("csv", results, tmp_path / "grades.csv")[0] == 0
    assert rows((tmp_path / "grades.csv").read_text(encoding="utf-8")) == rows(OTTER)


def test_in_the_csv_what_nobody_checked_is_worth_nothing_and_beyond_counts_only_when_asked(
    results, lab_grades, tmp_path
):
    lab_grades("csv", results, tmp_path / "core.csv")
    lab_grades("csv", results, tmp_path / "all.csv", "--beyond")
    core, every = (rows((tmp_path / name).read_text(encoding="utf-8")) for name in ("core.csv", "all.csv"))
    assert core[0][1:3] == ["lab-01/dequantize", "lab-01/quantize"] and core[1][3] == 7  # without the engine's 9
    assert every[0][1:4] == ["lab-01/dequantize", "lab-01/nf4", "lab-01/quantize"] and every[1][4] == 9
    assert [row[4] for row in every[2:]] == [0, 3, 7.5, 0]


def test_no_cell_of_the_csv_is_a_formula_for_a_spreadsheet(results, lab_grades, tmp_path):
    lab_grades("csv", results, tmp_path / "grades.csv")
    cells = [cell for row in csv.reader((tmp_path / "grades.csv").open(encoding="utf-8")) for cell in row]
    assert "'=evil" in cells and not any(cell[:1] in "=+-@" and cell[:1] and cell != "--" for cell in cells)


@pytest.mark.parametrize("by", ["exercise", "test"])
def test_each_results_json_has_gradescopes_fields_and_the_cores_points(results, lab_grades, tmp_path, by):
    code, said = lab_grades("gradescope", results, tmp_path / "gs", "--by", by, "--visibility", "after_published")
    assert code == 0 and "4 submissions, 1 of them without a scorecard" in said
    found = {f.stem: json.loads(f.read_text(encoding="utf-8")) for f in (tmp_path / "gs").iterdir()}
    for one in found.values():
        jsonschema.Draft202012Validator(GRADESCOPE).validate(one)
        assert all(test["visibility"] == "after_published" for test in one["tests"])
    assert {name: one["score"] for name, one in found.items()} == {"ana": 3, "bob": 5.5, "cy": 0, "=evil": 0}
    assert "too long" in found["cy"]["output"] and len(found["cy"]["tests"]) == 1
    assert len(found["bob"]["tests"]) == (3 if by == "exercise" else 4)
    assert "\x1b" not in json.dumps(found, ensure_ascii=False)


def test_what_gradescope_shows_says_each_claim_and_why_it_fails(results, lab_grades, tmp_path):
    lab_grades("gradescope", results, tmp_path / "gs")
    wrong, right = json.loads((tmp_path / "gs/ana.json").read_text(encoding="utf-8"))["tests"]
    assert wrong["output"] == "✗ scale\n    got 1, expected 2" and (wrong["score"], wrong["max_score"]) == (0, 4)
    assert (wrong["status"], right["status"], right["number"]) == ("failed", "passed", "1.2")
    evil = json.loads((tmp_path / "gs/=evil.json").read_text(encoding="utf-8"))["tests"]
    engine = next(test for test in evil if test["name"] == "engine (not checked here)")
    assert "score" not in engine and "max_score" not in engine
    assert not any(test["name"] == "nf4" for test in evil)  # not run at all


def test_beyond_is_added_to_gradescopes_score_only_when_asked(results, lab_grades, tmp_path):
    lab_grades("gradescope", results / "scorecards/bob.json", tmp_path / "bob.json", "--beyond")
    assert json.loads((tmp_path / "bob.json").read_text(encoding="utf-8"))["score"] == 7.5


def test_junit_tells_failures_errors_and_skips_apart_and_survives_any_character(results, lab_grades, tmp_path):
    assert lab_grades("junit", results, tmp_path / "grades.xml")[0] == 0
    root = ET.parse(tmp_path / "grades.xml").getroot()
    counts = {s.get("name"): [int(s.get(k)) for k in ("tests", "failures", "errors", "skipped")] for s in root}
    assert counts == {
        "=evil.lab-01": [4, 1, 1, 2], "ana.lab-01": [2, 1, 0, 0], "bob.lab-01": [4, 0, 1, 0], "cy": [1, 0, 1, 0],
    }  # fmt: skip
    assert [int(root.get(k)) for k in ("tests", "failures", "errors")] == [11, 2, 3]


def test_junits_own_reader_reads_it(results, lab_grades, tmp_path):
    junitparser = pytest.importorskip("junitparser")
    lab_grades("junit", results, tmp_path / "grades.xml")
    read = junitparser.JUnitXml.fromfile(str(tmp_path / "grades.xml"))
    assert (read.tests, read.failures, read.errors) == (11, 2, 3)
    kinds = {type(result).__name__ for suite in read for case in suite for result in case.result}
    assert kinds == {"Failure", "Error", "Skipped"}


@pytest.mark.parametrize("kind, out", [("csv", "g.csv"), ("junit", "g.xml"), ("gradescope", "gs")])
def test_a_second_run_overwrites_nothing_without_force(results, lab_grades, tmp_path, kind, out):
    assert lab_grades(kind, results, tmp_path / out)[0] == 0
    target = tmp_path / out / "ana.json" if kind == "gradescope" else tmp_path / out
    target.write_text("mine")
    code, said = lab_grades(kind, results, tmp_path / out)
    assert code == 2 and "--force" in said and said.count("\n") == 1 and target.read_text() == "mine"
    assert lab_grades(kind, results, tmp_path / out, "--force")[0] == 0 and target.read_text() != "mine"


SLIPS = {
    "no such results": (["csv", "nowhere", "g.csv"], "nowhere does not exist"),
    "an empty folder": (["csv", "empty", "g.csv"], "holds no results"),
    "another suffix": (["csv", "results", "g.txt"], "write to g.csv"),
    "no folder to write to": (["junit", "results", "no/g.xml"], "there is no folder"),
    "a folder for a file": (["junit", "results", "empty"], "is a folder"),
    "a file for a folder": (["gradescope", "results", "results/results.jsonl"], "give a folder"),
    "no scorecard": (["csv", "results/results.jsonl", "g.csv"], "no scorecard"),
    "no such lab": (["gradescope-zip", "a.zip", "--labs", "9"], "no lab is called '9'"),
    "a negative seed": (["gradescope-zip", "a.zip", "--seed", "-1"], "a seed is 0 or larger"),
}


@pytest.mark.parametrize("arguments, says", SLIPS.values(), ids=SLIPS)
def test_a_slip_is_one_line_and_leaves_nothing_behind(results, lab_grades, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    code, said = lab_grades(*arguments)
    assert code == 2 and says in said and said.count("\n") == 1 and sorted(tmp_path.rglob("*")) == before


def test_a_line_cut_off_by_a_killed_run_is_left_out_and_a_broken_one_is_named(results, lab_grades, tmp_path):
    file = results / "results.jsonl"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole + '{"id": "dora", "verd', encoding="utf-8")
    assert "4 submissions" in lab_grades("csv", results, tmp_path / "g.csv")[1]
    file.write_text('{"id": "dora", "verd\n' + whole, encoding="utf-8")
    code, said = lab_grades("csv", results, tmp_path / "h.csv")
    assert code == 2 and "line 1 is no result" in said


def test_of_a_submission_graded_twice_the_last_line_counts(results, lab_grades, tmp_path):
    with (results / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "cy", "verdict": "no report", "says": "it ended"}) + "\n")
    lab_grades("csv", results, tmp_path / "g.csv")
    assert "cy,0,0,0,0,no report: it ended\n" in (tmp_path / "g.csv").read_text(encoding="utf-8")
