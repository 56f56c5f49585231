"""The glossary: every term whole and held by evidence, each page in its own alphabet, one word for each thing."""

import re
import shutil

import pytest

from labkit import course
from labkit.quizzes.marked import ContentError
from labkit.site import glossary, mirror_parts, places

TERMS = glossary.read()
BOTH = pytest.mark.parametrize("language", course.LANGUAGES)


def test_everything_in_the_file_holds():
    assert glossary.slips() == []


def test_the_pages_of_the_course_keep_to_its_words():
    assert glossary.other_words() == []


def test_the_field_is_covered():
    assert len(TERMS) >= 60


@BOTH
def test_the_page_that_teaches_a_term_speaks_of_it(language):
    pages, silent = {}, []
    for term in TERMS:
        page, _, _ = places.place(*term.taught, language)
        text = pages.setdefault(page, (course.ROOT / page).read_text(encoding="utf-8").lower())
        words = re.findall(r"[\w.-]{3,}", f"{term.term[language]} {term.english}".lower())
        least = [word for word in words if word not in ("the", "into", "datos", "data", "por")]
        if len(least) > 1:  # every page of this course speaks of quantization
            least = [word for word in least if word not in ("quantization", "cuantización")]
        # An ending more or less: "packs" for packing, "recorta" for recorte.
        if not any(re.search(rf"\b{re.escape(word[: max(4, len(word) - 3)])}", text) for word in least):
            silent.append(f"{page}: {term.id} {least}")
    assert silent == []


@BOTH
def test_the_page_holds_each_term_once_with_its_text_and_the_same_anchor(language):
    (page,) = glossary.pages(language)
    assert page.slug == "glossary"
    anchors = re.findall(r"^### .* \{ #([\w-]+) \}$", page.text, re.M)
    assert sorted(anchors) == sorted(term.id for term in TERMS)
    assert all(term.text[language] in page.text for term in TERMS)


@BOTH
def test_terms_stand_in_the_order_of_the_languages_alphabet(language):
    (page,) = glossary.pages(language)
    heads = re.findall(r"^### (.*?) \{", page.text, re.M)
    keys = [glossary.order(head) for head in heads]
    assert keys == sorted(keys)
    letters = re.findall(r"^## (.) \{", page.text, re.M)
    assert letters == sorted(set(letters))


def test_accents_and_case_do_not_sort_and_enye_follows_n():
    words = ["ocaso", "Óhm", "nudo", "ñu", "nácar", "código", "clipping", "«cota»"]
    assert sorted(words, key=glossary.order) == ["clipping", "código", "«cota»", "nácar", "nudo", "ñu", "ocaso", "Óhm"]


@BOTH
def test_every_link_of_the_page_leads_to_a_file_and_a_heading(language):
    (page,) = glossary.pages(language)
    found = re.findall(r"\]\((\.\./[^)#]+)#([^)]+)\)", page.text)
    assert len(found) == len(TERMS)
    for path, anchor in found:
        target = ((course.ROOT / page.source).parent / path).resolve()
        assert (".es." in path or "/es/" in path) == (language == "es")
        text = target.read_text(encoding="utf-8")
        assert anchor in mirror_parts.slugs(mirror_parts.parse(text)) or f'<a id="{anchor}">' in text


class Copy:
    """The course's pages and data, with the glossary to be changed at will."""

    def __init__(self, root):
        self.root = root
        for name in ("docs/en", "docs/es", "data/reading", "data/measurements"):
            shutil.copytree(course.ROOT / name, root / name)
        for name in (glossary.FILE, "data/references.yaml"):
            shutil.copy(course.ROOT / name, root / name)
        for lab in course.labs():
            folder = lab.folder.relative_to(course.ROOT)
            (root / folder).mkdir(parents=True)
            for file in ("lab.yaml", "README.md", "README.es.md", "solution.py"):
                shutil.copy(lab.folder / file, root / folder / file)
        published = "phase-06-quantization/labs/lab-02-quantize-and-eval/published-models.yaml"
        shutil.copy(course.ROOT / published, root / published)

    def change(self, old: str, new: str, file: str = glossary.FILE) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def copied(tmp_path):
    return Copy(tmp_path)


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("id: code\n", "id: Code\n", "must be the anchor in both languages"),
        ("id: grid\n", "id: code\n", "ids are unique"),
        ("taught: 01#the-idea\n", "taught: 01#the-ideal\n", "has no heading #the-ideal"),
        ("taught: 01#the-idea\n", "taught: 05#the-idea\n", "there is no lab '05'"),
        ("taught: 01#the-idea\n", "taught: 01-the-idea\n", "where it is taught"),
        ("term: código\n", "trem: código\n", "did you mean `term`?"),
        ("from −127 to 127,", "from −127 to 126,", "quotes 126"),
        ("means nothing without its scale", "means 17 without its scale", "quotes 17"),
        ("says: 448", "says: 449", "gives 448, not 449"),
        ("Llega hasta 448", "Llega hasta 440", "the languages quote different numbers"),
        ("{nagel-2021-whitepaper: section 2}", "{nagel-2021: section 2}", "did you mean nagel-2021-whitepaper?"),
        ("A code means nothing without its scale.", "A code means nothing. None. Nothing.", "4 sentences: one or two"),
        ("not: {es: [cuadrícula, malla]}", "not: {fr: [grille]}", "unknown `fr`"),
    ],
)
def test_a_slip_is_told_with_its_line_and_its_term(copied, old, new, says):
    copied.change(old, new)
    found = [str(slip) for slip in glossary.slips(copied.root)]
    assert any(says in slip and re.search(r"data/glossary\.yaml:\d+: ", slip) for slip in found), found


def test_no_page_is_built_from_a_file_that_is_not_right_in_form(copied):
    copied.change("term: código\n", "trem: código\n")
    with pytest.raises(ContentError):
        glossary.pages("es", copied.root)


MODEL = {"en": "docs/en/model.md", "es": "docs/es/modelo.md"}


@pytest.mark.parametrize(
    "language, words, told",
    [
        ("en", "Each has a scaling\nfactor.", "'scale' here"),
        ("en", "The zero-point is 8.", "'zero point' here"),
        ("es", "El factor de escala es 2.", "'escala' here"),
        ("es", "Un Punto de control entero.", "'checkpoint' here"),
        ("es", "Canales con outliers.", "'valor atípico' here"),
        ("es", "Mira los [puntos de control](bucle.md).", "'checkpoint' here"),
    ],
)
def test_another_word_for_the_same_thing_is_told_with_its_line(copied, language, words, told):
    copied.change("## The table\n" if language == "en" else "## La tabla\n", f"## T\n\n{words}\n", MODEL[language])
    (found,) = glossary.other_words(copied.root)
    assert told in found and re.search(rf"{MODEL[language]}:\d+: ", found)


@pytest.mark.parametrize(
    "words",
    [
        "El canal atípico (outlier), dice el artículo *Outliers in practice*.",
        "Se llama `outliers`, y «outliers» en la cita.",
        "Según [Quantization with outliers](https://example.org).",
        "```\nlab eval --outliers\n```",
    ],
)
def test_code_quotations_titles_and_brackets_may_use_any_word(copied, words):
    copied.change("## La tabla\n", f"## La tabla\n\n{words}\n", MODEL["es"])
    assert glossary.other_words(copied.root) == []
