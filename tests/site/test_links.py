"""Links as on GitHub become links of the site; one that leads nowhere stops the build."""

import pytest

from labkit.site.links import Rewriter, write_copies
from labkit.site.page import Page
from labkit.site.table import Section, Site, SiteError


@pytest.fixture
def rewriter(tmp_path):
    lab = [f"labs/one/{name}" for name in ("README.md", "README.es.md", "test_lab.py", "solution.py", "wrong/slip.py")]
    for name in (*lab, "docs/en/model.md", "docs/en/quizzes.md", "data/run.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# ñ\n", encoding="utf-8")
    pages = [Page("labs/01", "One", "", "labs/one/README.md"), Page("model", "Model", "", "docs/en/model.md"),
             Page("quizzes/index", "Quizzes", "", "docs/en/quizzes.md")]  # fmt: skip
    site = Site("en", "N", "D", [Section("S", pages)], {})
    site.stands_for["docs/en/quizzes.md"] = lambda anchor: f"quizzes/{anchor or 'index'}"
    return Rewriter(site, {"labs/one/README.es.md"}, tmp_path, lambda name: not name.endswith("solution.py"))


def rewritten(rewriter, text, source="labs/one/README.md", slug="labs/01"):
    return rewriter.page(Page(slug, "T", text, source))


@pytest.mark.parametrize(
    "link, wanted",
    [
        ("[m](../../docs/en/model.md)", "[m](../model.md)"),
        ("[m](../../docs/en/model.md#the-table)", "[m](../model.md#the-table)"),
        ("[q](../../docs/en/quizzes.md#scale)", "[q](../quizzes/scale.md#scale)"),
        ("[here](#why)", "[here](#why)"),
        ("[out](https://arxiv.org/abs/1)", "[out](https://arxiv.org/abs/1)"),
        ("[`test_lab.py`](test_lab.py)", "[`test_lab.py`](../files/labs/one/test_lab.py.txt)"),
        ("[data](../../data/run.json)", "[data](../files/data/run.json)"),
        ("[wrong](wrong/)", "[wrong](../files/labs/one/wrong/index.txt)"),
        ("the [solution](solution.py)", "the solution"),
        ("`[m](nowhere.md)`", "`[m](nowhere.md)`"),
        ("```\n[m](nowhere.md)\n```", "```\n[m](nowhere.md)\n```"),
    ],
)
def test_each_kind_of_link_leads_where_it_should(rewriter, link, wanted):
    assert rewritten(rewriter, link) == wanted


def test_the_line_that_leads_to_the_other_language_goes_since_the_page_has_a_switch(rewriter):
    assert rewritten(rewriter, "# T\n\n*[Español](README.es.md)*\n\ntext").split() == ["#", "T", "text"]
    assert rewritten(rewriter, "order 01 → 02. [Español](README.es.md)") == "order 01 → 02. "


def test_a_link_that_leads_nowhere_stops_the_build_and_is_named(rewriter):
    with pytest.raises(SiteError, match=r"labs/one/README.md: the link to ../gone.md leads nowhere"):
        rewritten(rewriter, "[x](../gone.md)")
    with pytest.raises(SiteError, match=r"\[x\]\[y\] has no definition"):
        rewritten(rewriter, "[x][y]")


def test_files_that_pages_link_to_are_copied_as_text_that_any_server_shows_right(rewriter, tmp_path):
    rewritten(rewriter, "[t](test_lab.py) [w](wrong/) [d](../../data/run.json)")
    write_copies(rewriter.copies, tmp_path, tmp_path / "out")
    copy = (tmp_path / "out/files/labs/one/test_lab.py.txt").read_bytes()
    assert copy.startswith(b"\xef\xbb\xbf") and copy.decode("utf-8-sig") == "# ñ\n"
    assert "slip.py" in (tmp_path / "out/files/labs/one/wrong/index.txt").read_text(encoding="utf-8")
    assert (tmp_path / "out/files/data/run.json").read_text(encoding="utf-8") == "# ñ\n"
