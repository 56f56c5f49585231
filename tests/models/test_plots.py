"""The figures and tables come from the stored runs alone, the same bytes each time, in both languages and themes."""

import copy
import json
import re

import pytest

pytest.importorskip("matplotlib", reason="needs matplotlib: install the extra 'models'")
pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

import matplotlib  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from labkit import course, measure, provenance  # noqa: E402
from labkit.models import figures, pages, plots  # noqa: E402
from labkit.models.alt_texts import ALT  # noqa: E402
from labkit.models.figures_pareto import _frontier, pareto  # noqa: E402

DATA = {"figures": provenance.read("model-figures"), "eval": provenance.read("model-eval")}
ORDERINGS = provenance.read("model-orderings")


def draw(name: str, theme: str = "light", language: str = "en", data: dict = DATA) -> str:
    size, function = figures.table()[name]
    return figures.svg(size, function, data, theme, language)


def test_every_figure_and_table_in_the_tree_is_as_measured(capsys):
    assert plots.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", figures.table())
def test_the_same_data_give_the_same_bytes_without_a_date(name):
    assert draw(name) == draw(name)
    assert "<dc:date>" not in draw(name)


@pytest.mark.parametrize("name", figures.table())
def test_the_background_is_transparent_and_ink_fits_each_theme(name):
    for theme, other in (("light", "dark"), ("dark", "light")):
        text = draw(name, theme)
        assert figures.THEMES[theme]["ink"] in text and figures.THEMES[other]["ink"] not in text
        patch = re.search(r'<g id="patch_1">.*?</g>', text, re.S)[0]  # the figure's own background
        assert "fill: none" in patch or "opacity: 0" in patch


@pytest.mark.parametrize("name", figures.table())
def test_nothing_is_written_outside_the_picture(name):
    size, function = figures.table()[name]
    for language in course.LANGUAGES:
        with matplotlib.rc_context(figures.STYLE):
            figure = Figure(figsize=size, layout="constrained")
            function(figure, DATA, figures.THEMES["light"], language)
            figure.canvas.draw()
            box = figure.get_tightbbox()  # in inches, of everything that is drawn
        assert box.x0 > -0.02 and box.y0 > -0.02 and box.x1 < size[0] and box.y1 < size[1] + 0.02, (language, box)


@pytest.mark.parametrize("name", figures.table())
def test_both_languages_say_other_words_about_the_same_marks(name):
    english, spanish = (draw(name, language=language) for language in course.LANGUAGES)
    assert english != spanish and english.count("<use") == spanish.count("<use")


def test_every_figure_has_words_for_those_who_cannot_see_it_and_is_on_both_pages():
    assert set(ALT) == set(figures.table())
    for language, page in pages.PAGES.items():
        text = page.read_text(encoding="utf-8")
        for name, alt in ALT.items():
            assert f"{name}.{language}.light.svg" in text and f"{name}.{language}.dark.svg" in text
            assert alt[language] in text and len(alt[language]) > 80 and '"' not in alt[language]


def test_both_pages_have_the_same_structure():
    english, spanish = (page.read_text(encoding="utf-8") for page in pages.PAGES.values())
    for pattern in (r"^#+ ", r"<!-- [\w: -]+ -->", r"^```", r"^\|", r"^- \*\*", r"^\$\$"):
        assert len(re.findall(pattern, english, re.M)) == len(re.findall(pattern, spanish, re.M)), pattern
    assert re.findall(r"^lab .*?(?=  |$)", english, re.M) == [
        line.replace("ARCHIVO", "FILE") for line in re.findall(r"^lab .*?(?=  |$)", spanish, re.M)
    ]


def test_a_table_shows_the_stored_numbers_and_the_command_that_gave_them():
    stored = pages.tables(DATA["eval"], ORDERINGS)
    text = measure.markdown(stored["tables"]["schemes"], "en", stored["source"])
    for row in DATA["eval"]["rows"]:
        assert f"{row['bytes']:,}" in text
    assert DATA["eval"]["source"]["command"] in text
    filled = measure.fill("<!-- measured: orderings -->\n<!-- /measured -->", stored, "en", "page")
    assert ORDERINGS["source"]["command"] in filled, "a table with a source of its own names that one"


def test_the_tables_of_claims_hold_every_claim_once():
    tables = pages.tables(DATA["eval"], ORDERINGS)["tables"]
    assert len(tables["orderings"]["rows"]) + len(tables["not_shown"]["rows"]) == len(ORDERINGS["claims"])


def test_an_unknown_figure_on_a_page_is_named():
    with pytest.raises(course.CourseError, match="no figure is called nowhere.*pareto"):
        pages.figures("<!-- figure: nowhere -->\n<!-- /figure -->", pages.PAGES["en"], "en")


def test_missing_measurements_are_one_line_and_exit_code_2(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(provenance, "MEASUREMENTS", tmp_path)
    assert plots.main([]) == 2
    assert capsys.readouterr().err.startswith("lab plots: ")


def test_the_pareto_plot_leaves_out_rows_with_a_problem():
    data = copy.deepcopy(DATA)
    kept = [row["scheme"] for row in data["eval"]["rows"]][:4]
    for row in data["eval"]["rows"][4:]:
        row |= {"problem": {"says": "not written yet: f (lab 01)"}}
        del row["bytes"]
    text = figures.svg((9, 4.4), pareto, data, "light", "en")
    assert all(name in text for name in kept) and "int3-tensor" not in text


def test_the_pareto_plot_draws_a_table_of_bf16_alone(tmp_path):
    figures.save_pareto(DATA["eval"]["rows"][:1], tmp_path / "one.png")
    assert (tmp_path / "one.png").stat().st_size > 1000


def test_the_frontier_is_what_no_smaller_point_matches():
    import numpy as np

    assert _frontier(np.array([3, 1, 2, 2]), np.array([5.0, 1.0, 0.5, 4.0])) == [1, 3, 0]


def test_the_stored_runs_say_where_they_come_from():
    for name in ("model-eval", "model-orderings", "model-figures"):
        source = provenance.read(name)["source"]
        assert source["command"].startswith("lab ") and source["machine"]["cpu"] and source["versions"]["torch"]
        json.dumps(provenance.read(name), allow_nan=False)
