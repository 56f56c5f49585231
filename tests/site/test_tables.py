"""Columns of numbers are found, columns of words get a width, and names in code break where one reads a break."""

import re

import pytest
from markdown import Markdown


def html(*rows: str) -> str:
    extensions = ["tables", "md_in_html", "pymdownx.superfences", "labkit.site.maths", "labkit.site.tables"]
    return Markdown(extensions=extensions).convert("\n".join([rows[0], "|---" * rows[0].count("|") + "|", *rows[1:]]))


def classes(*cells: str) -> set[str]:
    return set(re.findall(r'<td class="(\w+)"', html("| a | what", *(f"| {cell} | x" for cell in cells))))


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
    ],
)
def test_a_column_of_numbers_is_set_as_numbers(cells):
    assert classes(*cells) == {"num"}


@pytest.mark.parametrize(
    "cells", [("18", "beyond: 15"), ("0x01", "0x08"), ("Gaussian", "1"), ("–", ""), ("$2^{-6}$", "1")]
)
def test_a_column_with_anything_else_is_not(cells):
    assert "num" not in classes(*cells)


def test_the_heading_of_a_column_goes_with_it():
    assert '<th class="num">a</th>' in html("| a | what", "| 1 | x")


def test_a_column_of_sentences_gets_more_room_than_one_of_words():
    assert classes("a sentence of some length, as it stands in a table") == {"long"}
    assert classes("one scale a row") == {"mid"}
    assert classes("int8") == set()


def test_a_name_in_code_breaks_after_its_signs_and_reads_the_same():
    done = html("| a | b", "| `vllm.config.kv_cache` | `(..., out)`")
    assert "<code>vllm.|config.|kv_|cache</code>" in re.sub(r"<wbr ?/?>", "|", done)
    assert "<code>(..., out)</code>" in done


def test_code_outside_a_table_is_left_alone():
    assert "<wbr" not in Markdown(extensions=["tables", "labkit.site.tables"]).convert("a `quantize_per_tensor` b")
