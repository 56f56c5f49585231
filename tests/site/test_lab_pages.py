"""Each lab's page, in both languages, tells what a learner wants to know first, and has every part."""

import re

import pytest

from labkit import course
from labkit.site import mirror_parts

LABS = course.labs()
BOTH = pytest.mark.parametrize("name", ["README.md", "README.es.md"])
by_lab = pytest.mark.parametrize("lab", LABS, ids=[lab.key for lab in LABS])
PARTS = {
    "README.md": [
        "Why",
        "The idea",
        "The contract",
        "What the tests prove",
        "Field notes",
        "Going further",
        "References",
    ],
    "README.es.md": [
        "Por qué",
        "La idea",
        "El contrato",
        "Qué demuestran",
        "Notas de campo",
        "Para seguir",
        "Referencias",
    ],
}
HEAD = {
    "README.md": ["**Time** ", "**Difficulty** ", "**Before this** ", "**Order** "],
    "README.es.md": ["**Tiempo** ", "**Dificultad** ", "**Antes** ", "**Orden** "],
}


def read(lab, name):
    return (lab.folder / name).read_text(encoding="utf-8")


@by_lab
@BOTH
def test_the_page_has_every_part_in_order(lab, name):
    titles = [section.title for section in mirror_parts.parse(read(lab, name)) if section.level == 2]
    places = [next((n for n, title in enumerate(titles) if title.startswith(part)), None) for part in PARTS[name]]
    assert None not in places, f"{name} lacks one of {PARTS[name]}"
    assert places == sorted(places)


@by_lab
@BOTH
def test_time_difficulty_what_comes_before_and_the_order_stand_at_the_top(lab, name):
    head = read(lab, name)[:1200]
    places = [head.find(word) for word in HEAD[name]]
    assert -1 not in places and places == sorted(places)


@by_lab
@BOTH
def test_the_dots_are_the_hardest_exercise_of_the_core_and_the_hardest_beyond(lab, name):
    dots = [found.count("●") for found in re.findall(r"[●○]{5}", read(lab, name)[:1200])]
    core = max(exercise.difficulty for exercise in lab.exercises if not exercise.beyond)
    beyond = max((exercise.difficulty for exercise in lab.exercises if exercise.beyond), default=None)
    assert dots[-1] == (beyond or core)
    assert max(dots[:-1] if beyond else dots) == core


@by_lab
@BOTH
def test_a_figure_from_real_runs_numbers_to_check_and_data_are_on_the_page(lab, name):
    sections = mirror_parts.parse(read(lab, name))
    figures = [source for section in sections for _, source, _ in mirror_parts.figures(section)]
    assert any("docs/figures/" in source for source in figures)
    assert any(section.tables for section in sections) and any(section.codes for section in sections)
    assert re.search(r"<!-- (measured|engine): ", read(lab, name))
