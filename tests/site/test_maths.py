"""Formulas are set at build time, wherever they stand, and code is left alone."""

import pytest
from markdown import Markdown

from labkit.site import maths


def html(text: str) -> str:
    extensions = ["tables", "md_in_html", "pymdownx.superfences", "labkit.site.maths"]
    return Markdown(extensions=extensions).convert(text)


def test_a_formula_becomes_html_and_mathml_that_a_screen_reader_can_read():
    done = html(r"The scale is $s = \frac{\max |w|}{127}$.")
    assert done.count('class="katex"') == 1 and "<math" in done and "$" not in done


def test_a_bar_in_a_formula_does_not_break_the_table_around_it():
    done = html("| a | b |\n|---|---|\n| $|w - \\hat w|$ | 2 |\n")
    assert done.count("<td>") == 2 and "katex" in done


def test_a_display_formula_may_run_over_lines():
    assert 'class="katex-display"' in html("$$\\begin{pmatrix} 1 & 2 \\\\\n 3 & 4 \\end{pmatrix}$$")


@pytest.mark.parametrize(
    "text", ["`$x$`", "``a ` $x$``", "```\n$x$\n```", r"\$5 and \$6", "$5 and $6", "it costs $ 5 or 6 $ a day"]
)
def test_code_and_money_are_no_maths(text):
    assert "katex" not in html(text)


def test_maths_is_set_inside_details_too():
    assert "katex" in html('<details markdown="1">\n<summary>Why</summary>\n\nSince $a^2$\n\n</details>')


def test_a_formula_that_cannot_be_set_stops_the_build_and_is_named():
    with pytest.raises(maths.MathsError, match=r"frac\{1"):
        html(r"$\frac{1$")
