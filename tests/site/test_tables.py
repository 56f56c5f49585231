"""Columns of numbers are found, columns of words get a width, and names in code break where one reads a break."""

import re

import pytest
from markdown import Markdown


def html(*rows: str) -> str:
    extensions = ["tables", "md_in_html", "pymdownx.superfences", "labkit.site.maths", "labkit.site.tables"]
    return Markdown(extensions=extensions).convert("\n".join([rows[0], "|---" * rows[0].count("|") + "|", *rows[1:]]))


def classes(*cells: str, place: int = 1) -> set[str]:
    """The classes of the cells of one column, the second unless told."""
    rows = [f"| {cell} | x" if place == 0 else f"| x | {cell}" for cell in cells]
    found = [re.findall(r"<td(?: class=\"(\w+)\")?>", row)[place] for row in html("| a | b", *rows).split("<tr>")[2:]]
    return set(found)


@pytest.mark.parametrize(
    "cells",
    [
        ("1", "10000"),
        ("0.899 %", "**99.98 %**"),
        ("3,804,672", "929,364"),
        ("-0.01 %", "−3", "+0.001"),
        ("2.02×", "–"),
        ("1e-05", "0.1"),
        ("0.00331 · 99.5%", "0.0048 · 99.3 %"),
        ("12 ms", "1.4 GB"),
        ("6", "−4", "B"),
    ],
)
def test_a_column_of_numbers_is_set_as_numbers(cells):
    assert classes(*cells) == {"num"}


@pytest.mark.parametrize(
    "cells", [("18", "beyond: 15"), ("0x01", "0x08"), ("Gaussian", "1"), ("–", ""), ("D", "F"), ("$2^{-6}$", "1")]
)
def test_a_column_with_anything_else_is_not(cells):
    assert "num" not in classes(*cells)


def test_the_heading_of_a_column_goes_with_it():
    assert '<th class="num">b</th>' in html("| a | b", "| x | 1")


def test_a_column_of_sentences_gets_more_room_than_one_of_words():
    assert classes("a sentence of some length, as it may well stand in a table") == {"long"}
    assert classes("one scale a row") == {"mid"}
    assert classes("int8") == {""}


def test_short_names_in_the_first_column_are_not_torn():
    assert classes("Mistral-Nemo-12B", "8B", place=0) == {"name"}
    assert classes("a loop of pytest, one process each", place=0) == {"mid"}


def test_a_name_in_code_breaks_after_its_signs_and_reads_the_same():
    done = html("| a | b", "| `vllm.config.kv_cache` | `(..., out)`")
    assert "<code>vllm.|config.|kv_|cache</code>" in re.sub(r"<wbr ?/?>", "|", done)
    assert "<code>(..., out)</code>" in done


def test_code_outside_a_table_is_left_alone():
    assert "<wbr" not in Markdown(extensions=["tables", "labkit.site.tables"]).convert("a `quantize_per_tensor` b")
