"""The quizzes and interviews as pages of the site: whole without scripts, light, and found by their old anchors."""

import json
import re

import pytest

from labkit import course
from labkit.quizzes import load, pages
from labkit.site import interview_pages, quiz_pages

BOTH = [quiz_pages, interview_pages]
ASSETS = course.ROOT / "labkit/site/assets/js"


@pytest.fixture(params=course.LANGUAGES)
def language(request):
    return request.param


def text_of(module, language, slug):
    return next(page.text for page in module.pages(language) if page.slug == slug)


@pytest.mark.parametrize("module", BOTH)
def test_the_languages_have_the_same_pages(module):
    english, spanish = ([page.slug for page in module.pages(language)] for language in ("en", "es"))
    assert english == spanish and len(english) > 4


@pytest.mark.parametrize("module", BOTH)
def test_every_anchor_of_the_one_page_edition_has_its_page(module, language):
    whole = next(
        text
        for file, text in pages.generated().items()
        if file.relative_to(course.ROOT).as_posix() == module.pages(language)[0].source
    )
    anchors = re.findall(r'<a id="([^"]+)">', whole)
    assert len(anchors) > 30
    for anchor in anchors:
        assert f"{{#{anchor}}}" in text_of(module, language, module.anchor_page(anchor)), anchor


@pytest.mark.parametrize("module", BOTH)
def test_an_unknown_anchor_leads_to_the_overview(module):
    overview = module.pages("en")[0].slug
    assert module.anchor_page("") == module.anchor_page("contents") == overview


@pytest.mark.parametrize("module", BOTH)
def test_a_page_asks_for_scripts_that_there_are(module, language):
    for page in module.pages(language):
        names = re.findall(r"^<!-- script: (\S+) -->$", page.text, re.M)
        assert names and all((ASSETS / name).is_file() for name in names), (page.slug, names)


@pytest.mark.parametrize("module", BOTH)
def test_a_course_without_questions_has_no_pages(module, tmp_path):
    (tmp_path / "data").mkdir()
    assert module.pages("en", tmp_path) == []


@pytest.mark.parametrize("module", BOTH)
def test_answers_are_kept_out_of_the_search(module):
    overview, *others = module.pages("en")
    assert overview.search and not any(page.search for page in others)


def test_a_question_reads_whole_without_scripts(language):
    """Title, stem and choices in the order of the file, then the answer behind <details>."""
    for item in (item for quiz in load.quizzes() for item in quiz.items):
        text = text_of(quiz_pages, language, f"quizzes/{item.concept}")
        start = text.index(f"## {item.title[language]} {{#{item.id}}}")
        question, answer = text[start:].split("<details", 1)
        choices = enumerate((" ".join(choice.text[language].split()) for choice in item.choices), 1)
        wanted = [f"\n{item.stem[language]}\n", *(f"\n{number}. {text}\n" for number, text in choices)]
        places = [question.find(part) for part in wanted]
        assert -1 not in places and places == sorted(places), item.id
        assert item.explanation[language] in answer.split('<div class="quiz-item"')[0], item.id


def test_an_interview_question_has_its_levels_in_order(language):
    for item in (item for interview in load.interviews() for item in interview.items):
        text = text_of(interview_pages, language, interview_pages.anchor_page(item.id))
        part = text[text.index(f"{{#{item.id}}}") :].split('<div class="interview-item"')[0]
        found = re.findall(r'<details class="([\w-]+)"', part)
        names = ["interview-names", "interview-model", "interview-weak", "interview-follow"]
        assert found == (names if item.kind == "question" else ["interview-model"]), item.id
        assert item.question[language] in part and item.answer[language] in part


def test_what_the_script_grades_by_is_what_the_item_says():
    known = {item.id: item for quiz in load.quizzes() for item in quiz.items}
    seen = set()
    for page in quiz_pages.pages("en")[1:]:
        block = re.search(r'<script type="application/json" class="quiz-data">(.*?)</script>', page.text)[1]
        assert not set("<>&$`") & set(block), "Markdown, maths or HTML would take these for their own"
        data = json.loads(block)
        assert page.slug == f"quizzes/{data['concept']}"
        for name, entry in data["items"].items():
            item = known[name]
            seen.add(name)
            assert entry["kind"] == item.kind
            assert entry.get("right", []) == [n for n, choice in enumerate(item.choices) if choice.right]
            assert entry.get("value") == item.value
            assert len(entry.get("ideas", [])) == len(item.ideas)
    assert seen == set(known)
