"""The quizzes in a real browser: answered with the keyboard alone, explained, kept, and without scripts too."""

import json
import re

import pytest

from labkit.quizzes import load

KEY = "quantization-labs/quiz"
SAYS = {
    "en": {"check": "Check", "unknown": "I don't know", "show": "Show the answer", "first": "Right, at the first try."},
    "es": {"check": "Comprobar", "unknown": "No lo sé", "show": "Ver la respuesta", "first": "Correcto, al primer"},
}
ITEMS = {item.id: item for quiz in load.quizzes() for item in quiz.items}
# Only what is ours is refused: the theme keeps its colours there too, and is not what is tested.
REFUSED = """for (const name of ["getItem", "setItem"]) {
  const real = Storage.prototype[name];
  Storage.prototype[name] = function (key, ...rest) {
    if (key.startsWith("quantization-labs/")) throw new DOMException("no", "SecurityError");
    return real.call(this, key, ...rest);
  };
}"""
KEYS = {"Tab", "Space", "Enter", "ArrowDown", "ArrowUp"}


@pytest.fixture(params=["en", "es"])
def language(request):
    return request.param


class Asked:
    """One question on an open page; `keys` answers it without a mouse."""

    def __init__(self, page, name):
        self.page, self.data = page, ITEMS[name]
        self.at = page.locator(".quiz-item", has=page.locator(f"#{name}"))
        self.verdict, self.details = self.at.get_by_role("status"), self.at.locator(":scope > details")

    def reach(self, target):
        """Press Tab until `target` has the focus."""
        for _ in range(150):
            if target.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError("Tab does not lead there")

    def keys(self, *keys):
        self.reach(self.at.locator("input, textarea").first)
        for key in keys:
            self.page.keyboard.press(key) if key in KEYS else self.page.keyboard.type(key)

    def kept(self):
        return json.loads(self.page.evaluate(f"localStorage.getItem('{KEY}') || '{{}}'")).get(self.data.id)


def plain(text):
    return " ".join(re.sub(r"[`*]", "", text).split())


def shown(locator):
    return " ".join(locator.inner_text().split())


def wrong_and_right(item):
    right = next(n for n, choice in enumerate(item.choices) if choice.right)
    return next(n for n, choice in enumerate(item.choices) if not choice.right), right


def test_a_wrong_choice_is_named_and_the_right_one_is_not(open_page, language):
    asked = Asked(open_page("quizzes/scale", language), "q-26-36")
    item = asked.data
    wrong, right = wrong_and_right(item)
    assert not asked.details.is_visible()
    asked.keys("Space", *["ArrowDown"] * wrong, "Enter")
    says = shown(asked.verdict)
    assert plain(item.choices[wrong].misunderstanding[language]) in says
    assert plain(item.choices[wrong].why[language]) in says
    assert plain(item.choices[right].why[language]) not in says
    assert not asked.details.is_visible()
    assert asked.at.get_by_role("button", name=SAYS[language]["show"]).is_visible()
    assert asked.kept() == {"first": False, "missed": True}

    step = "ArrowDown" if right > wrong else "ArrowUp"
    for key in [*[step] * abs(right - wrong), "Enter"]:
        asked.page.keyboard.press(key)
    assert asked.details.is_visible() and plain(item.explanation[language]) in shown(asked.details)
    assert SAYS[language]["first"] not in shown(asked.verdict)
    assert asked.kept() == {"first": False, "missed": True}, "the first try counts"
    assert asked.at.locator("input").nth(right).evaluate("each => each === document.activeElement"), "the focus stays"


def test_options_are_native_labelled_and_do_not_tell_the_answer(open_page, language):
    page = open_page("quizzes/kernels", language)
    for item in (each for each in ITEMS.values() if each.concept == "kernels" and each.choices):
        role = "radio" if item.kind == "single" else "checkbox"
        group = page.locator("fieldset", has=page.locator(f"[name={item.id}]"))
        assert plain(item.title[language]) in group.locator("legend").text_content()
        for number, choice in enumerate(item.choices, 1):
            name = f"{number}. {plain(choice.text[language])}"
            assert group.get_by_role(role, name=name, exact=True).count() == 1, name


def test_several_choices_get_credit_in_part(open_page, language):
    asked = Asked(open_page("quizzes/granularity", language), "q-26-02")  # 2 and 4 are right
    asked.keys("Tab", "Space", "Enter")
    assert re.search(r"but 1 more is right too|pero falta 1 más", shown(asked.verdict))
    for key in ("Tab", "Space", "Enter"):
        asked.page.keyboard.press(key)
    says = shown(asked.verdict)
    assert re.search(r"1 of the 2 that are right, and 1 that is not|1 de las 2 correctas y 1 que no lo es", says)
    assert plain(asked.data.choices[2].misunderstanding[language]) in says
    for key in ("Space", "Tab", "Space", "Enter"):
        asked.page.keyboard.press(key)
    assert asked.verdict.get_attribute("data-kind") == "right" and asked.details.is_visible()


@pytest.mark.parametrize("typed", ["0.015", "0,015", " .015 ", "1.5e-2", "15e-3 "])
def test_a_number_is_read_as_people_write_it(open_page, language, typed):
    asked = Asked(open_page("quizzes/scale", language), "q-26-07")
    asked.keys(typed, "Enter")
    assert SAYS[language]["first"] in shown(asked.verdict)


def test_a_number_that_is_off_by_a_factor_is_told_so(open_page):
    asked = Asked(open_page("quizzes/memory"), "q-26-17")  # 5.7 GB
    asked.keys("about", "Enter")
    assert "This try does not count" in shown(asked.verdict) and asked.kept() is None
    for typed, says in (("45.6", "8 times too large"), ("5700", "1000 times too large"), ("6", "too large")):
        asked.at.locator("input").fill(typed)
        asked.page.keyboard.press("Enter")
        assert says in shown(asked.verdict)
    assert asked.kept()["missed"] is True


def test_a_free_answer_names_what_it_found_and_can_be_trusted(open_page, language):
    asked = Asked(open_page("quizzes/roofline", language), "q-26-01")
    typed = {"en": "It loads fewer bytes every time.", "es": "Lee menos bytes en cada pasada."}[language]
    asked.keys(typed, "Enter")
    says = shown(asked.verdict)
    found, missing = (idea.name[language] for idea in asked.data.ideas)
    assert found in says and missing not in says
    asked.reach(asked.at.get_by_role("button", name=SAYS[language]["show"]))
    asked.page.keyboard.press("Enter")
    assert asked.details.locator(":scope > summary").evaluate("each => each === document.activeElement")
    assert plain(asked.data.answer[language]) in shown(asked.details) and asked.kept()["missed"] is True
    asked.at.get_by_role("button", name=re.compile("other words|otras palabras")).press("Enter")
    assert asked.kept()["missed"] is False and asked.kept()["first"] is True


def test_whoever_does_not_know_sees_the_answer_and_is_asked_again(open_page, language):
    asked = Asked(open_page("quizzes/grid", language), "q-26-06")
    asked.reach(asked.at.get_by_role("button", name=SAYS[language]["unknown"]))
    asked.page.keyboard.press("Enter")
    assert asked.details.is_visible() and asked.kept() == {"first": False, "missed": True}
    asked.page.goto(asked.page.url.replace("/grid/", "/"))
    assert asked.page.locator(".quiz-repeat a").get_attribute("href").endswith("grid/#q-26-06")


def test_progress_outlives_a_reload_and_is_the_same_in_both_languages(open_page, site):
    asked = Asked(open_page("quizzes/scale"), "q-26-07")
    asked.keys("0.015", "Enter")
    assert "1 of 3 answered, 1 right at the first try" in asked.page.inner_text(".quiz-progress")
    for language, says in (("en", "1 of 3 answered"), ("es", "1 de 3 respondidas, 1 correcta al primer intento")):
        asked.page.goto(site.url("quizzes/scale", language))
        assert says in asked.page.inner_text(".quiz-progress")
        assert asked.at.locator("input").input_value() == "0.015" and asked.details.is_visible()


def test_a_missed_question_is_asked_afresh_and_struck_off_when_right(open_page):
    asked = Asked(open_page("quizzes/scale"), "q-26-07")
    asked.keys("0.03", "Enter")
    asked.page.reload()
    assert asked.at.locator("input").input_value() == "" and "to repeat" in asked.at.locator(".quiz-badge").inner_text()
    asked.keys("0.015", "Enter")
    assert asked.kept() == {"first": False, "missed": False, "answer": "0.015"}


def test_reset_asks_first(open_page, language):
    page = open_page("quizzes/index", language)
    page.evaluate(f"localStorage.setItem('{KEY}', JSON.stringify({{'q-26-06': {{first: false, missed: true}}}}))")
    page.reload()
    reset = page.get_by_role("button", name=re.compile("Forget my|Olvidar mi"))
    reset.press("Enter")
    page.keyboard.press("Escape")
    assert page.locator(".quiz-repeat a").count() == 1, "Escape keeps it"
    reset.press("Enter")
    page.locator(".quiz-dialog").get_by_role("button").first.press("Enter")
    assert page.locator(".quiz-repeat a").count() == 0 and not reset.is_visible()
    assert page.evaluate(f"localStorage.getItem('{KEY}')") == "{}"


def test_a_browser_that_refuses_storage_still_asks(open_page):
    page = open_page("quizzes/scale", before=lambda page: page.add_init_script(REFUSED))
    asked = Asked(page, "q-26-07")
    asked.keys("0.015", "Enter")
    assert "1 of 3 answered" in page.inner_text(".quiz-progress")
    assert "keeps nothing" in page.inner_text("article")
    page.goto(page.url.replace("/scale/", "/"))
    assert "None answered yet" in page.inner_text(".quiz-progress")


def test_a_browser_that_refuses_storage_rehearses_too(open_page):
    page = open_page("interviews/mid", before=lambda page: page.add_init_script(REFUSED))
    item = page.locator(".interview-item").first
    item.locator(".interview-model > summary").press("Enter")
    item.get_by_role("radio").last.press("Space")
    assert "1 of 11" in page.inner_text(".quiz-progress") and "keeps nothing" in page.inner_text("article")


@pytest.mark.parametrize("kept", ["", "[1]", "{", "null", '"text"', '{"q-26-07": 3}', '{"q-26-07": {"answer": [9]}}'])
def test_what_is_kept_may_be_anything(open_page, kept):
    page = open_page(
        "quizzes/scale", before=lambda page: page.add_init_script(f"localStorage.setItem('{KEY}', {json.dumps(kept)})")
    )
    asked = Asked(page, "q-26-07")
    asked.keys("0.015", "Enter")
    assert asked.verdict.get_attribute("data-kind") == "right"


def test_without_scripts_the_answers_open(open_page, language):
    page = open_page("quizzes/granularity", language, java_script_enabled=False)
    asked = Asked(page, "q-26-02")
    assert page.locator("form.quiz-form, input.quiz-option").count() == 0
    assert asked.at.locator(":scope > ol > li").all_inner_texts() == [
        plain(choice.text[language]) for choice in asked.data.choices
    ]
    assert not asked.details.get_by_text(plain(asked.data.explanation[language])[:40]).is_visible()
    asked.details.locator(":scope > summary").click()
    says = shown(asked.details)
    assert plain(asked.data.explanation[language]) in says
    assert plain(asked.data.choices[0].misunderstanding[language]) in says
