"""A mixed round over the concepts, one question at a time, carried by the address alone; and what is printed."""

import re

import pytest

GIVE_UP = re.compile("I don't know|No lo sé")


def asked(page):
    """The one form that a round shows."""
    form = page.locator("form.quiz-form:visible")
    assert form.count() == 1
    return form


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_round_asks_ten_questions_one_at_a_time_and_tells_the_score(open_page, language):
    page = open_page("quizzes/index", language)
    page.get_by_role("button", name=re.compile("Ten questions|Diez preguntas")).press("Enter")
    names = set()
    for number in range(10):
        page.wait_for_url(re.compile(f"at={number}"))
        names.add(page.locator(".quiz-item:visible h2").get_attribute("id"))
        asked(page).get_by_role("button", name=GIVE_UP).press("Enter")
        page.locator(".quiz-onward").press("Enter")
    page.wait_for_url(re.compile(r"quizzes/$"))
    assert len(names) == 10
    assert re.search("0 of 10 right|0 de 10 correctas", page.inner_text(".quiz-panel [role=status]"))
    assert page.locator(".quiz-repeat li").count() == 10


def test_a_round_counts_a_first_try_that_was_right_and_only_that(open_page, site):
    page = open_page("quizzes/index")
    page.goto(site.url("quizzes/scale") + "?round=scale.q-26-07,grid.q-26-06,grid.q-26-48&at=0")
    asked(page).get_by_role("textbox").fill("0.015")
    page.keyboard.press("Enter")
    page.locator(".quiz-onward").press("Enter")
    page.wait_for_url(re.compile("grid/.*got=1#q-26-06"))
    asked(page).get_by_role("button", name=GIVE_UP).press("Enter")
    page.locator(".quiz-onward").press("Enter")
    page.wait_for_url(re.compile("grid/.*got=10#q-26-48"))
    page.get_by_role("link", name="Leave the round").press("Enter")
    page.wait_for_url(re.compile(r"quizzes/$"))


@pytest.mark.parametrize(
    "query", ["round=&at=0", "round=scale.q-99-99&at=0", "round=grid.q-26-06&at=0", "round=a&at=x"]
)
def test_an_address_that_is_no_round_here_shows_the_page(open_page, site, query):
    page = open_page("quizzes/index")
    page.goto(f"{site.url('quizzes/scale')}?{query}")
    assert page.locator("form.quiz-form:visible").count() == 3


def test_a_round_of_what_was_missed(open_page):
    page = open_page("quizzes/index")
    page.evaluate('localStorage.setItem(\'quantization-labs/quiz\', \'{"q-26-58": {"first": false, "missed": true}}\')')
    page.reload()
    page.get_by_role("button", name="Repeat these").press("Enter")
    page.wait_for_url(re.compile("scale/.*#q-26-58"))
    assert "question 1 of 1" in page.inner_text("article")


@pytest.mark.parametrize("slug, item", [("quizzes/scale", ".quiz-item"), ("interviews/junior", ".interview-item")])
def test_print_shows_every_answer_and_no_control(open_page, slug, item):
    page = open_page(slug)
    page.emulate_media(media="print")
    for details in page.locator(f"{item} details").all():
        assert details.locator(":is(p, li)").first.bounding_box()["height"] > 5
    assert page.locator("article :is(button, textarea, progress):visible").count() == 0
