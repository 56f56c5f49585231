"""Every page in both languages, in a real browser: it loads, it fits, the switch stays, it prints, it is light."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

LANGUAGES = ("en", "es")
# One page of each kind; what is wrong with one is wrong with all of its kind.
KINDS = [
    "index", "questions", "labs/01", "labs/03", "labs/11", "model", "quizzes/index", "quizzes/rounding",
    "interviews/index", "glossary", "playground", "calculator", "reference/functions", "cohort", "agreement",
]  # fmt: skip

# The text without code, where stars and brackets are what they are.
PROSE = """() => {
  const copy = document.querySelector("article").cloneNode(true);
  copy.querySelectorAll("pre, code, .katex, .docstring, textarea, script").forEach((part) => part.remove());
  return copy.textContent;
}"""


@pytest.fixture(scope="session")
def slugs(site):
    pages = [page.parent.relative_to(site.folder / "en").as_posix() for page in site.folder.glob("en/**/index.html")]
    return ["index" if slug == "." else slug for slug in pages]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_loads_without_errors_and_fits_a_phone(open_page, site, slugs, language):
    page = open_page("index", language, viewport={"width": 360, "height": 740})
    found = []
    for slug in slugs:
        page.goto(site.url(slug, language), wait_until="load")
        html = page.locator("html")
        width = page.evaluate("document.documentElement.scrollWidth")
        if (html.get_attribute("lang"), page.locator("h1").count()) != (language, 1):
            found.append(f"{slug}: lang {html.get_attribute('lang')}, {page.locator('h1').count()} titles")
        if width > 360:
            found.append(f"{slug}: scrolls sideways on a phone ({width} px)")
        text = page.evaluate(PROSE)
        found += [f"{slug}: shows raw {raw}" for raw in ("](", "<!--", "**", "\\frac", "$$") if raw in text]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("slug", KINDS)
def test_axe_finds_no_serious_fault(open_page, slug):
    found = []
    for language, scheme in (("en", "light"), ("es", "dark")):
        page = open_page(slug, language, color_scheme=scheme)
        for fault in Axe().run(page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                nodes = "; ".join(node["html"][:120] for node in fault["nodes"][:3])
                found.append(f"{language} {scheme}: {fault['id']} ({len(fault['nodes'])}): {nodes}")
    assert not found, "\n".join(found)


def test_the_language_switch_stays_on_the_page(open_page, site):
    page = open_page("labs/03", "en")
    page.locator(".language-switch").click()
    assert page.url == site.url("labs/03", "es")
    page.locator(".language-switch").click()
    assert page.url == site.url("labs/03", "en")


@pytest.mark.parametrize("language, word, says", [("en", "nibble", "result"), ("es", "cuantizacion", "resultado")])
def test_the_search_finds_in_its_own_language_and_forgives_a_missing_accent(open_page, language, word, says):
    page = open_page("index", language)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type(word, delay=20)
    hits = page.get_by_role("listbox").get_by_role("option")
    hits.first.wait_for()
    assert page.get_by_text(re.compile(rf"^\d+ {says}s?$")).is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/{language}/.+"))


def test_without_scripts_a_page_is_whole(open_page):
    page = open_page("labs/01", "en", java_script_enabled=False)
    assert page.locator(".katex").count() > 20 and page.locator(".katex").first.is_visible()
    assert page.locator("figure.measured img").first.is_visible()


def test_figures_follow_the_scheme_and_say_their_data(open_page, site):
    for scheme in ("light", "dark"):
        page = open_page("labs/01", "en", color_scheme=scheme)
        seen = [image.get_attribute("src") for image in page.locator("figure.measured img").all() if image.is_visible()]
        assert seen and all(f".{scheme}.svg" in source for source in seen)
    data = page.locator("figure.measured figcaption a").first
    stored = page.request.get(page.evaluate("(a) => a.href", data.element_handle())).json()
    assert stored["source"]["command"]


@pytest.mark.parametrize("slug", ["labs/01", "model"])
def test_print_shows_the_text_on_white_without_the_furniture(open_page, slug):
    page = open_page(slug, "en", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator("header.md-header").is_visible()
    assert not page.locator(".md-sidebar--primary").is_visible()
    assert page.locator("article h1").is_visible()


@pytest.mark.parametrize("slug", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_under_300_kilobytes_before_its_figures(open_page, slug, language):
    done = []
    page = open_page(slug, language, before=lambda p: p.on("requestfinished", lambda r: done.append(r)))
    page.wait_for_load_state("networkidle")
    got = {request.url: request.sizes()["responseBodySize"] for request in done}
    kilobytes = sum(size for url, size in got.items() if "/figures/" not in url) / 1000
    assert 50 < kilobytes < 300, f"{kilobytes:.0f} kB: {sorted((size, url) for url, size in got.items())[-3:]}"
