"""The course's own quizzes, interviews and reading labs: form, evidence, numbers, and the pages made from them."""

import re

import pytest

from labkit import course
from labkit.quizzes import check, evidence, load, marked, page_interviews, page_quizzes, pages, schema

ITEMS, REFERENCES, SLIPS = check.content()


def test_the_content_files_have_the_form_that_their_schemas_and_checks_ask_for():
    assert not SLIPS, "\n".join(map(str, SLIPS))


@pytest.mark.parametrize("item", ITEMS, ids=[item.id for item in ITEMS])
def test_every_claim_of_an_item_holds_and_every_number_in_it_has_evidence(item):
    slips = check.slips_of(item, REFERENCES)
    assert not slips, "\n".join(map(str, slips))


def test_no_formula_or_measurement_would_hold_for_another_number():
    places = evidence.Places()
    for item in ITEMS:
        for entry in item.evidence:
            if entry.kind not in ("formula", "measurement"):
                continue
            for quoted in entry.says:
                digits = re.search(r"\d(?=\D*$)", quoted)  # the last digit, off by two or more
                other = quoted[: digits.start()] + str((int(digits[0]) + 5) % 10) + quoted[digits.end() :]
                false = evidence.Evidence(**{**vars(entry), "says": (other,)})
                with pytest.raises(evidence.Unresolved):
                    evidence.resolve(false, REFERENCES, places)


def test_the_schemas_are_valid_schemas():
    import json

    import jsonschema

    for file in schema.FOLDER.glob("*.schema.json"):
        jsonschema.Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))


def test_the_pages_are_as_their_sources_say():
    late = pages.stale(pages.generated())
    assert not late, f"`lab texts` brings up to date: {', '.join(map(course.show_path, late))}"


def skeleton(text: str) -> dict:
    return {
        "headings": [
            (len(mark), re.match(r"\S*", words)[0]) for mark, words in re.findall(r"^(##+) (.*)$", text, re.M)
        ],
        "anchors": re.findall(r'<a id="([^"]+)"', text),
        "links inside": re.findall(r"\]\((#[^)]+)\)", text),
        "hidden": text.count("<details"),
        "choices": len(re.findall(r"^\d\. ", text, re.M)),
        "evidence": len(
            re.findall(r"^- (?:computed|measured|tested|source|calculado|medido|comprobado|fuente): ", text, re.M)
        ),
    }


@pytest.mark.parametrize("names", [page_quizzes.FILES, page_interviews.FILES], ids=["quizzes", "interviews"])
def test_a_page_has_the_same_structure_in_both_languages(names):
    english, spanish = (
        skeleton((course.ROOT / names[language]).read_text(encoding="utf-8")) for language in ("en", "es")
    )
    ids = re.compile(r"[qir]-\d\d-\d\d")
    for page in (english, spanish):  # concepts and levels have translated headings
        page["headings"] = [(level, word if ids.match(word) else "") for level, word in page["headings"]]
    assert english == spanish


@pytest.mark.parametrize("name", [*page_quizzes.FILES.values(), *page_interviews.FILES.values()])
def test_every_link_inside_a_page_leads_to_an_anchor_and_answers_are_hidden(name):
    text = (course.ROOT / name).read_text(encoding="utf-8")
    anchors = re.findall(r'<a id="([^"]+)"', text)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == set(anchors)
    assert text.count("<details") == text.count("</details>") == len(re.findall(r"^### ", text, re.M))
    for before, after in re.findall(r"(.*\n)</details>(.*\n)", text):
        assert before == after == "\n", "Markdown inside <details> needs a blank line before the end tag"
    assert not re.search(r"</summary>\n[^\n]", text), "… and one after <summary>"


def test_the_first_five_questions_are_those_of_the_course_card():
    [quiz] = load.quizzes()
    kinds = [(item.id, item.kind) for item in quiz.items[:5]]
    assert kinds == [
        ("q-26-01", "free"), ("q-26-02", "multiple"), ("q-26-03", "single"), ("q-26-04", "single"), ("q-26-05", "free")
    ]  # fmt: skip
    assert [n for n, choice in enumerate(quiz.items[1].choices, 1) if choice.right] == [2, 4]
    assert [n for n, choice in enumerate(quiz.items[2].choices, 1) if choice.right] == [2]
    assert [n for n, choice in enumerate(quiz.items[3].choices, 1) if choice.right] == [2]


def test_every_text_of_an_item_speaks_its_own_language():
    """A Spanish text left in English, or the reverse, by the commonest words of each."""
    english = re.compile(r"\b(the|and|of|is|with|which|are)\b")
    spanish = re.compile(r"\b(el|los|las|una|del|que|con|por|son)\b")
    for item in ITEMS:
        for held in item.held:
            for language, own, other in (("en", english, spanish), ("es", spanish, english)):
                prose = re.sub(r"`[^`]*`|“[^”]*”|\"[^\"]*\"|\*[^*]*\*", "", held.text[language].lower())
                said, foreign = len(own.findall(prose)), len(other.findall(prose))
                assert foreign <= said + 2, f"{marked.Slip(item.file, held.line, item.id, held.field)}.{language}"
