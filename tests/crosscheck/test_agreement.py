"""The table of agreement: complete, as stored, full where it must be, and repeated with the libraries that are here."""

import re

import pytest

from labkit import course, provenance
from labkit.crosscheck import comparisons, run, tables
from labkit.crosscheck.comparing import Ratios, agrees

ALL = comparisons.in_order()
BY_NAME = {c.name: c for c in ALL}
MODULES = {"optimum-quanto": "optimum.quanto", "compressed-tensors": "compressed_tensors"}  # where the names differ
# Lab 02's own format is compared by serving it: tests of the engine.
SERVED = {"register_int8_format"}


@pytest.fixture(scope="module")
def stored() -> dict:
    return provenance.read(run.STORED)


@pytest.fixture(scope="module")
def solutions() -> dict:
    return run.solutions()


def test_every_comparison_is_stored_and_nothing_else(stored):
    assert sorted(stored["results"]) == sorted(BY_NAME), "run make crosscheck ARGS=--write"


@pytest.mark.parametrize("name", BY_NAME)
def test_what_is_stored_agrees(stored, name):
    result = tables.from_json(stored["results"][name])
    assert agrees(BY_NAME[name], result)
    if BY_NAME[name].kind == "other" and not isinstance(result, Ratios):
        assert any(p.same < p.values for p in result.values()), "nothing differs: the convention is the same"


def test_the_pages_show_what_is_stored(stored):
    assert tables.fill_pages(ALL, stored, check=True) == []


def test_every_function_with_a_convention_of_the_field_is_compared():
    compared = {(c.lab, c.function) for c in ALL}
    for lab in course.labs():
        for exercise in lab.exercises:
            if exercise.beyond or re.match("(de)?quantize|pack|unpack", exercise.function):
                assert (lab.number, exercise.function) in compared or exercise.function in SERVED, exercise.function
    for comparison in ALL:
        course.find(comparison.lab).exercise(comparison.function)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_comparison_holds_here_and_now(solutions, name):
    comparison = BY_NAME[name]
    if not comparison.recorded:
        pytest.importorskip(MODULES.get(comparison.package, comparison.package))
    results, failed = run.run([comparison], solutions)
    assert failed == {}
    assert agrees(comparison, results[name])


def test_the_pages_have_one_structure_and_link_each_other():
    english, spanish = (page.read_text(encoding="utf-8") for page in tables.PAGES.values())
    assert f"../es/{tables.PAGES['es'].name}" in english and f"../en/{tables.PAGES['en'].name}" in spanish
    for pattern in (r"^#+ ", r"^- ", r"^```", r"^<!-- .* -->$", r"^\|"):
        counts = [len(re.findall(pattern, page, re.M)) for page in (english, spanish)]
        assert counts[0] == counts[1] > 0, pattern
    assert re.findall(r"<!-- measured: (\w+)", english) == re.findall(r"<!-- measured: (\w+)", spanish)


def test_every_text_is_there_in_both_languages():
    for comparison in ALL:
        assert comparison.note["en"] and comparison.note["es"] and comparison.note["en"] != comparison.note["es"]
        for text in comparison.note.values():
            assert "|" not in text and text.endswith("."), text


def test_the_pinned_libraries_are_those_of_the_stored_table(stored):
    text = (course.ROOT / "labkit" / "crosscheck" / "requirements.txt").read_text(encoding="utf-8")
    pins = dict(line.split("==") for line in text.splitlines() if not line.startswith("#"))
    assert next(iter(pins)) == "torch"
    for comparison in ALL:
        if not comparison.recorded:
            assert pins[comparison.package] == stored["source"]["versions"][comparison.package].split("+")[0]
            assert stored["results"][comparison.name]["version"] == stored["source"]["versions"][comparison.package]
