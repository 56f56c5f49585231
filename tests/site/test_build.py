"""The site is built whole or not at all, and what stops it is named."""

import shutil
from collections import Counter
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from labkit import course
from labkit.site import assemble, build, check, sources, table

TAGS = {"ul", "ol", "li", "table", "tr", "td", "th", "pre", "blockquote", "h1", "h2", "h3", "h4", "hr"}


@pytest.fixture
def repository(tmp_path):
    """A copy of what the site is made from, to be spoiled at will."""
    root = tmp_path / "copy"
    ignore = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for name in ("docs", "data", "labkit", "notebooks", "tests", *(p.name for p in course.ROOT.glob("phase-*"))):
        shutil.copytree(course.ROOT / name, root / name, ignore=ignore)
    for name in ("README.md", "README.es.md", "CONTRIBUTING.md", "LICENSE", "conftest.py", "Makefile"):
        shutil.copy(course.ROOT / name, root / name)
    return root


def assembled(root):
    return assemble.assemble(root / "build", root)


def append(file, text):
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_both_languages_have_the_same_pages_and_every_lab_in_its_order():
    english, spanish = (table.read(language) for language in course.LANGUAGES)
    slugs = [page.slug for page in english.pages]
    assert slugs == [page.slug for page in spanish.pages] and len(slugs) > 40
    assert [slug for slug in slugs if slug in ("labs/01", "labs/02", "labs/03", "labs/04")] == [
        f"labs/{lab.number}" for lab in course.labs()
    ]


def test_a_missing_translation_stops_the_build(repository):
    (repository / "docs/es/modelo.md").unlink()
    with pytest.raises(table.SiteError, match=r"model: docs/es/modelo.md is missing: every page exists in en and es"):
        assembled(repository)


def test_a_dead_link_stops_the_build(repository):
    append(repository / "docs/en/model.md", "\n[gone](gone.md)\n")
    with pytest.raises(table.SiteError, match=r"docs/en/model.md: the link to gone.md leads nowhere"):
        assembled(repository)


def test_a_figure_without_data_stops_the_build(repository):
    file = repository / "docs/site.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  pareto: [model-eval]\n", ""), encoding="utf-8")
    with pytest.raises(table.SiteError, match="the figure pareto has no data"):
        assembled(repository)
    file.write_text(text.replace("pareto: [model-eval]", "pareto: [gone]"), encoding="utf-8")
    with pytest.raises(table.SiteError, match="data/measurements/gone.json is missing"):
        assembled(repository)


def test_a_figure_that_was_not_drawn_stops_the_build(repository):
    (repository / "docs/figures/pareto.es.dark.svg").unlink()
    with pytest.raises(table.SiteError, match="pareto.es.dark.svg is missing in docs/figures: run `lab plots`"):
        assembled(repository)


def test_a_claim_whose_number_is_false_is_found_before_the_build(repository):
    file = repository / "data/quizzes/phase-26-quantization.yaml"
    text = file.read_text(encoding="utf-8")
    assert "4.125" in text
    file.write_text(text.replace("4.125", "4.25"), encoding="utf-8")
    assert any("phase-26-quantization.yaml" in slip and "4.25" in slip for slip in sources.slips(repository))


def test_a_page_that_differs_between_the_languages_is_found_before_the_build(repository):
    append(repository / "docs/es/mapa-vllm.md", "\n## Una sección de más\n")
    assert any("mapa-vllm.md" in slip for slip in sources.slips(repository))


def test_a_measured_table_that_somebody_typed_into_is_found_before_the_build(repository):
    page = repository / "phase-06-quantization/labs/lab-03-int4-groups-and-packing/README.md"
    text = page.read_text(encoding="utf-8")
    assert text.count("| 128 | 4.1250 |") == 1
    page.write_text(text.replace("| 128 | 4.1250 |", "| 128 | 4.0000 |"), encoding="utf-8")
    assert any("its tables: run `lab measure`" in slip for slip in sources.slips(repository))


def test_the_repository_itself_has_nothing_to_mend():
    assert sources.slips() == []


def test_dead_links_that_the_builder_finds_are_told_in_plain_text(tmp_path, monkeypatch):
    """The builder's own findings (an anchor that is nowhere) reach the person, without colour codes."""
    out = tmp_path / "docs"
    monkeypatch.setattr(assemble, "assemble", spoiled(assemble.assemble))
    with pytest.raises(table.SiteError) as stopped:
        build.build(out, say=lambda line: None)
    assert "#nowhere" in str(stopped.value) and "\x1b" not in str(stopped.value)


def spoiled(real):
    def assemble_and_spoil(out, root):
        sites = real(out, root)
        append(out / "src/en/vllm-map.md", "\n[x](model.md#nowhere)\n")
        return sites

    return assemble_and_spoil


class Count(HTMLParser):
    def __init__(self, inside_article: bool):
        super().__init__()
        self.tags, self.on = Counter(), not inside_article

    def handle_starttag(self, tag, attrs):
        self.on |= tag == "article"
        self.tags[tag] += self.on and tag in TAGS

    def handle_endtag(self, tag):
        self.on &= tag != "article"


def test_every_page_has_the_structure_that_github_shows(site, tmp_path):
    """Python-Markdown and GitHub's Markdown differ in lists and tables; what is written must mean the same in both."""
    assemble.assemble(tmp_path / "docs")
    github, found = MarkdownIt("commonmark", {"html": True}).enable("table"), []
    for file in sorted((tmp_path / "docs/src").glob("*/**/*.md")):
        page = file.relative_to(tmp_path / "docs/src").with_suffix("")
        page = page.parent if page.name == "index" else page
        theirs, ours = Count(inside_article=False), Count(inside_article=True)
        theirs.feed(github.render(_without_bars_in_maths(file.read_text(encoding="utf-8"))))
        ours.feed((site.folder / page / "index.html").read_text(encoding="utf-8"))
        if theirs.tags != ours.tags:
            found.append(f"{page}: GitHub {dict(theirs.tags - ours.tags)}, the site {dict(ours.tags - theirs.tags)}")
    assert not found, "\n".join(found)


def _without_bars_in_maths(text: str) -> str:
    from labkit.site import maths

    text = text.split("---\n", 2)[2] if text.startswith("---\n") else text
    return maths._PIECES.sub(lambda match: match[0] if match["code"] else match[0].replace("|", "!"), text)


def test_the_built_site_is_whole(site):
    assert check.slips(site.folder) == []
    assert (site.folder / "index.html").is_file()


def test_a_check_before_anything_is_built_says_what_to_run(tmp_path, capsys):
    assert build.main(["check", "--out", str(tmp_path)]) == 2
    assert "run `lab docs build`" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_with_another(site, capsys):
    from labkit.site import serve

    with serve.server(site.folder) as running:
        port = running.server_address[1]
        assert serve.serve(site.folder, port) == 2
    assert f"port {port} cannot be had" in (said := capsys.readouterr().err) and f"--port {port + 1}" in said


def test_the_served_pages_are_compressed_and_in_utf_8(site):
    import gzip
    import urllib.request

    request = urllib.request.Request(site.url("labs/01", "es"), headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip" and "charset=utf-8" in answer.headers["Content-Type"]
        assert "Una capa lineal" in gzip.decompress(answer.read()).decode()
