"""The English page and the Spanish one say the same; and each way in which two pages can part is noticed."""

import shutil
from pathlib import Path

import pytest

from labkit import course
from labkit.site import mirror, mirror_parts

ROOT = course.ROOT
PAIRS = mirror.pairs()
LAB = "phase-06-quantization/labs/lab-03-int4-groups-and-packing"


@pytest.mark.parametrize("pair", PAIRS, ids=[course.show_path(english) for english, _ in PAIRS])
def test_both_languages_have_the_same_structure_code_numbers_figures_and_links(pair):
    english, spanish = pair
    assert spanish.is_file(), f"{course.show_path(spanish)} is missing"
    assert mirror.check([pair], PAIRS) == []


def test_every_english_page_of_the_course_is_looked_at():
    pages = {english for english, _ in PAIRS} | {spanish for _, spanish in PAIRS}
    for folder in ("docs/en", "docs/es", "docs/code", "phase-06-quantization/labs"):
        for page in (ROOT / folder).rglob("*.md"):
            if page.name != "AGENTS.md":
                assert page in pages, f"{course.show_path(page)} is compared with no page"


class Pages:
    """A copy of lab 03's pages (with the figures and pages that they link to), to be broken at will."""

    def __init__(self, root: Path):
        for name in ("README.md", "README.es.md"):
            (root / LAB).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / LAB / name, root / LAB / name)
        for folder in ("docs/en", "docs/es"):
            shutil.copytree(ROOT / folder, root / folder)
        self.english, self.spanish = root / LAB / "README.md", root / LAB / "README.es.md"
        self.pairs = mirror.pairs(root)

    def differences(self, *changed: str, spanish: bool = True) -> list[str]:
        """What is found with each `old` replaced by its `new` (once) in one of the two."""
        page = self.spanish if spanish else self.english
        whole = text = page.read_text(encoding="utf-8")
        for old, new in zip(changed[::2], changed[1::2]):
            assert old in text, f"the page no longer holds {old!r}"
            text = text.replace(old, new, 1)
        page.write_text(text, encoding="utf-8")
        found = mirror.check([(self.english, self.spanish)], self.pairs)
        page.write_text(whole, encoding="utf-8")
        return found


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Pages:
    return Pages(tmp_path_factory.mktemp("pages"))


def test_whole_pages_are_found_alike(pages):
    assert pages.differences() == []


# What is done to the Spanish page: what must be said of it, then old and new.
BREAKS = {
    "a heading less": ("the headings part here", "### Dos códigos en un byte", "Dos códigos en un byte"),
    "a heading of another level": ("the headings part here", "### Dos códigos", "## Dos códigos"),
    "another number in prose": ("not the same numbers", "de −7 a 7", "de −7 a 8"),
    "a number that is said once less": ("not the same numbers", "de −7 a 7", "de −7 a siete"),
    "another number in a table": ("not the same numbers", "| 99 |", "| 98 |"),
    "another number in inline code": ("not the same numbers", "zero_point_bits=4", "zero_point_bits=5"),
    "a decimal comma": ("not the same numbers", "en realidad 4.125", "en realidad 4,125"),
    "another format": ("not the same names", "todo lo que int8", "todo lo que int9"),
    "another function": ("not the same identifiers", "`starter.py`", "`begin.py`"),
    "another option of a command": ("not the same commands", "packing -q\n", "packing -v\n"),
    "another number in a worked block": ("not the same numbers in the block", "3.5   -1.0", "3.6   -1.0"),
    "a table's row less": ("the table has", "\n| 256 | 4.0625 | 7.877 | 1.54 | 12.6 | 22.8 |", ""),
    "a table in two": ("tables in this section", "| 64 | 4.2500", "64 | 4.2500"),
    "a figure less": ("the figures differ", "<img src=", "<b src="),
    "the other figure": ("the figures differ", "error-and-bits.es.light", "how-loud.es.light"),
    "no alt text": ("has no alt text", 'alt="Dos gráficas', 'title="Dos gráficas'),
    "a link that leads elsewhere": ("not the same links", "docs/es/modelo.md", "docs/es/bucle.md"),
    "a link into the other language": ("is the other language's page", "docs/es/modelo.md", "docs/en/model.md"),
    "an item less": ("the list items differ", "\n2. **", "\n   **"),
    "another formula": ("not the same formulas", r"\le s / 2", r"< s / 2"),
    "a measurement less": ("marker", "<!-- measured: scale_as_stored -->", ""),
}


@pytest.mark.parametrize("says, old, new", BREAKS.values(), ids=BREAKS)
def test_what_parts_the_pages_is_told_with_both_files_lines(pages, says, old, new):
    found = pages.differences(old, new)
    assert any(says in line for line in found), found
    assert all("README.es.md:" in line for line in found)


def test_code_that_differs_is_told_and_its_words_and_comments_may(pages):
    program = '```python\nq = {}  # {}\nprint(f"{{q}} {}")\n```\n'
    add = "## Por qué\n", "## Por qué\n" + program.format("f(4)", "cuatro bits", "códigos")
    english = pages.english.read_text(encoding="utf-8")
    pages.english.write_text(english.replace("## Why\n", "## Why\n" + program.format("f(4)", "four bits", "codes"), 1))
    try:
        assert pages.differences(*add) == []
        assert "not the same commands or lines of code" in pages.differences(add[0], add[1].replace("f(4)", "f(3)"))[0]
        assert "code blocks in this section" in pages.differences()[0]
    finally:
        pages.english.write_text(english, encoding="utf-8")


def test_a_bar_inside_maths_or_code_of_a_table_and_a_ragged_row_are_told(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("| a | b |\n|---|---|\n| $|x|$ | 1 |\n| `a|b` | 2 |\n| $\\lvert x\\rvert$ | `a\\|b` |\n| 3 |\n")
    first, second, third = mirror.bars(page)
    assert "page.md:3" in first and "\\lvert" in first
    assert "page.md:4" in second and "inside `a|b`" in second
    assert "page.md:6" in third and "1 columns, the table's head 2" in third


def test_an_anchor_that_no_heading_makes_is_told(pages):
    found = pages.differences("../../../docs/es/modelo.md)", "../../../docs/es/modelo.md#no-hay)")
    assert any("leads to no heading" in line for line in found), found


def test_anchors_of_both_languages_are_compared_by_the_place_of_their_heading(pages):
    anchors = "../../../docs/es/modelo.md#la-tabla)", "../../../docs/en/model.md#the-table)"
    english = pages.english.read_text(encoding="utf-8")
    pages.english.write_text(english.replace("../../../docs/en/model.md)", anchors[1], 1), encoding="utf-8")
    try:
        assert pages.differences("../../../docs/es/modelo.md)", anchors[0]) == []
        other = anchors[0].replace("la-tabla", "la-caché-kv")
        assert any("not the same links" in line for line in pages.differences("../../../docs/es/modelo.md)", other))
    finally:
        pages.english.write_text(english, encoding="utf-8")


def test_one_number_in_two_ways_of_writing_is_one_number():
    one, other = (
        mirror_parts.parse(text)[0] for text in ("7.0 billion, INT8 and 10 000", "7000 millones, INT8, INT8, 10 000")
    )
    assert [key for _, key in mirror_parts.quoted(one)] == [key for _, key in mirror_parts.quoted(other)]
    assert [name for _, name in mirror_parts.names(one)] == [name for _, name in mirror_parts.names(other)] == ["int8"]


def test_missing_page_is_told(pages):
    missing = pages.spanish.with_name("README.fr.md")
    assert "is missing" in mirror.check([(pages.english, missing)])[0]
