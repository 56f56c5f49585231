"""What the builder lets through is found in the built HTML."""

import pytest

from labkit.site import check

GOOD = (
    '<html><h1 id="top">x</h1><a href="b/#there">b</a><img src="a.svg" alt="words"><script src="a.js"></script></html>'
)


@pytest.fixture
def built(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "index.html").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b/index.html").write_text('<p id="there"><a href="../#top">a</a></p>', encoding="utf-8")
    for name in ("a.svg", "a.js", "a.css"):
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


def test_a_good_site_has_no_slips(built):
    assert check.slips(built) == []


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("b/#there", "b/#gone", "b/index.html has no place called #gone"),
        ("b/#there", "c/", "there is no such file"),
        ("a.svg", "gone.svg", "there is no such file"),
        (' alt="words"', "", "has no words for those who cannot see it"),
        ('src="a.js"', 'src="https://cdn.example/a.js"', "the site must hold it itself"),
        ("<script", '<link rel="stylesheet" href="//fonts.example/x.css"><script', "the site must hold it itself"),
    ],
)
def test_each_fault_is_found_with_its_page(built, old, new, says):
    assert old in GOOD
    (built / "index.html").write_text(GOOD.replace(old, new), encoding="utf-8")
    (slip,) = check.slips(built)
    assert slip.startswith("index.html: ") and says in slip


def test_a_style_sheet_that_fetches_from_elsewhere_is_found(built):
    (built / "a.css").write_text("@font-face { src: url(https://fonts.example/x.woff2) }", encoding="utf-8")
    assert check.slips(built) == ["a.css: the style sheet fetches from elsewhere"]
