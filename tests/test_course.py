"""The course's facts come from the lab.yaml files alone; a slip in one is said with file, place and expectation."""

import shutil

import pytest

from labkit import course


def test_the_labs_stand_in_the_recommended_order():
    numbers = [lab.number for lab in course.labs()]
    assert numbers == [n for n in ("01", "03", "04", "02") if n in numbers]
    assert numbers[:3] == ["01", "03", "04"]


@pytest.mark.parametrize(
    "name", ["1", "01", "lab-01", "LAB-01", "lab-01-fake-quant-linear", "lab-01-fake-quant-linear/"]
)
def test_a_lab_is_found_under_every_name_people_use(name):
    assert course.find(name).key == "lab-01"


def test_an_unknown_lab_is_answered_with_those_there_are():
    with pytest.raises(course.CourseError, match="no lab is called 'seven'; there are: lab-01, lab-03, lab-04"):
        course.find("seven")


def test_zero_labs_found_is_an_error(tmp_path):
    with pytest.raises(course.CourseError, match="no lab found"):
        course.labs(tmp_path)


def test_adding_a_lab_or_a_phase_means_adding_a_folder(tmp_path):
    folder = tmp_path / "phase-07-something/labs/lab-09-new"
    folder.mkdir(parents=True)
    shutil.copy(course.find("01").folder / "lab.yaml", folder / "lab.yaml")
    (lab,) = course.labs(tmp_path)
    assert lab.key == "lab-09" and lab.number == "09"


SLIPS = [
    ("order: 1", "order: first", "top: 'order' must be int, got 'first'"),
    ("points: 18", "points: many", "exercise 1: 'points' must be int or float, got 'many'"),
    ("function: quantize_per_tensor", "fonction: quantize_per_tensor", "exercise 1: 'function' must be str, got None"),
    ("  en: A linear layer in int8", "  de: Eine lineare Schicht", "top, title: 'en' must be str, got None"),
    ("exercises:", "exercises: [", "is not valid YAML"),
]


@pytest.mark.parametrize("old, new, says", SLIPS, ids=[says for _, _, says in SLIPS])
def test_a_slip_in_lab_yaml_is_named_with_its_place(tmp_path, old, new, says):
    folder = tmp_path / "phase-06-q/labs/lab-01-x"
    folder.mkdir(parents=True)
    text = (course.find("01").folder / "lab.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "lab.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(course.CourseError) as caught:
        course.labs(tmp_path)
    assert says in str(caught.value) and "lab.yaml" in str(caught.value)


def test_a_slip_in_lab_yaml_is_a_usage_error_of_pytest_not_a_traceback(grade, course_copy, lab_01):
    file = course_copy / lab_01 / "lab.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("points: 18", "points: many", 1), encoding="utf-8")
    run = grade(lab_01, "-q", cwd=course_copy)
    assert run.code == 4
    assert "exercise 1: 'points' must be int or float, got 'many'" in run.output and "Traceback" not in run.output
