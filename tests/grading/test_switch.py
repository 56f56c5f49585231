"""LAB_IMPL chooses whose files are graded; anything it cannot mean is a usage error that lists what it can."""

import shutil

import pytest

from labkit import course

USAGE_ERROR = 4


def test_the_solution_is_graded_by_default(grade, lab_01):
    run = grade(lab_01, "-q", impl=None)
    assert run.code == 0
    assert run.card["implementation"] == "solution"
    assert run.card["points"] == {"earned": 100, "possible": 100, "not_checked": 0}


def test_the_header_names_the_files_under_test(grade, lab_01):
    run = grade(lab_01, impl="starter")
    assert "grading LAB_IMPL=starter:" in run.output
    assert f"{lab_01}/starter.py" in run.output.split("collected")[0]


def test_also_with_q_the_output_names_the_file_that_was_graded(grade, lab_01):
    assert f"graded: {lab_01}/starter.py" in grade(lab_01, "-q").output


@pytest.mark.parametrize("setting", ["begin", "solutions", "starter.py", "/nowhere/at/all", "no such.py"])
def test_a_word_that_means_nothing_is_a_usage_error_that_lists_what_is_valid(grade, lab_01, setting):
    run = grade(lab_01, "-q", impl=setting)
    assert run.code == USAGE_ERROR
    for valid in ("LAB_IMPL=solution", "LAB_IMPL=starter", "LAB_IMPL=DIRECTORY", "LAB_IMPL=FILE.py"):
        assert valid in run.output
    assert setting in run.output
    assert "Traceback" not in run.output


def test_a_folder_without_labs_is_a_usage_error_that_says_what_it_should_hold(grade, lab_01, tmp_path):
    run = grade(lab_01, "-q", impl=tmp_path)
    assert run.code == USAGE_ERROR
    assert "lab-01-fake-quant-linear/starter.py" in run.output
    assert "Traceback" not in run.output


def test_one_file_is_graded_for_one_lab(grade, lab_01, write_lab_01):
    path = write_lab_01()
    run = grade(lab_01, "-q", impl=path)
    assert run.code == 0 and run.card["points"]["earned"] == 100
    assert path.name in run.output


def test_one_file_for_several_labs_is_a_usage_error_that_names_the_labs(grade, write_lab_01):
    run = grade("phase-06-quantization/labs", "-q", impl=write_lab_01())
    assert run.code == USAGE_ERROR
    assert "lab-01-fake-quant-linear" in run.output and "lab-03-int4-groups-and-packing" in run.output


def test_a_folder_of_labs_is_graded_and_a_missing_lab_is_not_written(grade, tmp_path):
    lab = course.find("01")
    (tmp_path / lab.folder.name).mkdir()
    shutil.copy(lab.folder / "solution.py", tmp_path / lab.folder.name / "starter.py")
    run = grade("phase-06-quantization/labs", "-q", impl=tmp_path)
    points = {entry["lab"]: entry["points"]["earned"] for entry in run.card["labs"]}
    assert points["lab-01"] == 100 and points["lab-03"] == 0
    assert {t["status"] for t in run.card["tests"] if t["lab"] == "lab-03"} == {"not_written"}
    assert "there is no starter.py for lab-03-int4-groups-and-packing" in run.output


def test_a_relative_path_is_read_from_where_pytest_was_started(grade, lab_01, write_lab_01):
    path = write_lab_01()
    run = grade(course.ROOT / lab_01, "-q", impl=path.name, cwd=path.parent)
    assert run.code == 0


# ---- gpu ----

GPU_TEST = """

@exercise("dequantize")
@pytest.mark.gpu
def test_on_a_gpu(lab):
    lab.dequantize(np.zeros((2, 3), np.int8), np.float32(1))
"""
SPY = """
import sys


def pytest_unconfigure(config):
    print("\\nTORCH IMPORTED:", "torch" in sys.modules)
"""


@pytest.fixture
def with_gpu_test(course_copy):
    test = course_copy / "phase-06-quantization/labs/lab-01-fake-quant-linear/test_lab.py"
    test.write_text(test.read_text(encoding="utf-8") + GPU_TEST, encoding="utf-8")
    (course_copy / "spy.py").write_text(SPY)
    return course_copy


def test_gpu_tests_are_skipped_with_a_reason_and_never_count(grade, with_gpu_test, lab_01):
    # CUDA_VISIBLE_DEVICES hides any GPU, so that this holds on a machine that has one as well.
    run = grade(lab_01, "-q", "-rs", impl="solution", cwd=with_gpu_test, env={"CUDA_VISIBLE_DEVICES": ""})
    assert run.code == 0
    assert "needs a GPU: CUDA is not available here" in run.output
    exercise = run.exercise("dequantize")
    assert exercise["status"] == "not_checked" and exercise["points"] < exercise["points_possible"]
    points = run.card["points"]
    assert points["not_checked"] > 0 and points["earned"] == points["possible"] == 100 - points["not_checked"]
    assert "not checked" in run.output and "100 of 100" not in run.output


@pytest.mark.parametrize("selection", [["-k", "not on_a_gpu"], ["-m", "not gpu"]])
def test_torch_is_never_imported_to_find_out_unless_a_gpu_test_is_run(grade, with_gpu_test, lab_01, selection):
    run = grade(
        lab_01,
        "-q",
        "-p",
        "spy",
        *selection,
        impl="solution",
        cwd=with_gpu_test,
        env={"PYTHONPATH": str(with_gpu_test)},
    )
    assert run.code == 0
    assert "TORCH IMPORTED: False" in run.output
