"""The interview questions in a real browser: levels revealed by keyboard, boxes and ratings kept, no scripts needed."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

KEY = "quantization-labs/interview"


@pytest.fixture(params=["en", "es"])
def language(request):
    return request.param


def first(page):
    return page.locator(".interview-item").first


def test_a_question_is_rehearsed_with_the_keyboard_and_kept(open_page, language):
    page = open_page("interviews/junior", language)
    item = first(page)
    rating = item.locator("fieldset")
    assert not rating.is_visible(), "one rates after having read"
    item.locator(".interview-names > summary").press("Enter")
    item.get_by_role("checkbox").nth(1).press("Space")
    assert re.search("You named 1 of 3|Nombraste 1 de 3", item.get_by_role("status").inner_text())
    item.locator(".interview-model > summary").press("Enter")
    item.get_by_role("radio").nth(2).press("Space")
    assert re.search(r"1 (of|de) 3 .*, 1 ", page.inner_text(".quiz-progress"))
    page.reload()
    assert item.get_by_role("radio").nth(2).is_checked() and rating.is_visible()
    item.locator(".interview-names > summary").press("Enter")
    assert [box.is_checked() for box in item.get_by_role("checkbox").all()] == [False, True, False]
    name = item.locator("h2").get_attribute("id")
    assert json.loads(page.evaluate(f"localStorage.getItem('{KEY}')")) == {name: {"named": [1], "rating": 3}}


def test_the_clock_counts_and_stops(open_page):
    page = open_page("interviews/junior")
    button, time = first(page).get_by_role("button").first, first(page).get_by_role("timer")
    button.press("Enter")
    page.wait_for_function("document.querySelector('.interview-time').textContent === '0:01'")
    button.press("Enter")
    assert button.inner_text() == "Start the clock" and time.inner_text().startswith("0:0")


def test_the_overview_counts_and_forgets(open_page, language):
    page = open_page("interviews/index", language)
    records = {"i-06-06": {"rating": 4}, "i-06-07": {"named": [0]}}
    page.evaluate(f"localStorage.setItem('{KEY}', JSON.stringify({json.dumps(records)}))")
    page.reload()
    assert re.search(r"1 (of|de) 37", page.inner_text(".quiz-panel"))
    assert re.search(r"1 (of|de) 3 ", page.inner_text(".quiz-concepts"))
    page.get_by_role("button", name=re.compile("Forget my|Olvidar mis")).press("Enter")
    page.locator(".quiz-dialog").get_by_role("button").first.press("Enter")
    assert page.evaluate(f"localStorage.getItem('{KEY}')") == "{}"
    assert re.search("None rehearsed|Ninguna ensayada", page.inner_text(".quiz-panel"))


def test_without_scripts_every_level_opens(open_page, language):
    page = open_page("interviews/junior", language, java_script_enabled=False)
    item = first(page)
    assert item.locator("input, button").count() == 0
    for level in item.locator(":scope > details").all():
        assert not level.locator(":is(p, li)").first.is_visible()
        level.locator(":scope > summary").click()
        assert level.locator(":is(p, li)").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("slug", ["quizzes/granularity", "quizzes/scale", "quizzes/index", "interviews/junior"])
def test_pages_in_use_have_no_serious_fault_and_fit_a_phone(open_page, slug, scheme):
    """With wrong and right answers told, answers open and boxes ticked: what a page that was just loaded hides."""
    page = open_page(
        slug, "es" if scheme == "dark" else "en", color_scheme=scheme, viewport={"width": 360, "height": 740}
    )
    if slug == "quizzes/index":
        records = {"q-26-06": {"first": False, "missed": True}, "q-26-07": {"first": True, "missed": False}}
        page.evaluate(f"localStorage.setItem('quantization-labs/quiz', JSON.stringify({json.dumps(records)}))")
        page.reload()
    for form in page.locator("form.quiz-form").all():
        field = form.locator("input, textarea").first
        field.check() if field.get_attribute("type") in ("radio", "checkbox") else field.fill("0.02 or no idea at all")
        field.press("Enter")
    for summary in page.locator(".quiz-item:last-of-type summary:visible, .interview-item summary").all():
        summary.press("Enter")
    for box in page.locator(".interview-item input").all():
        box.check()
    faults = Axe().run(page).response["violations"]
    serious = [
        f"{fault['id']}: " + "; ".join(node["html"][:150] for node in fault["nodes"][:3])
        for fault in faults
        if fault["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n".join(serious)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
