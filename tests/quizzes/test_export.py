"""The exports, opened again: Anki's database, Moodle's questions, Canvas's items, with every sign in its place."""

import json
import sqlite3
import xml.etree.ElementTree as ET
import zipfile

import pytest

from labkit.quizzes import export
from labkit.quizzes.export import html

QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
AWKWARD = 'a < b & "c" costs $5, <b>not bold</b>, `x < y` — ¿ñ?'


@pytest.fixture
def write(small, tmp_path):
    def run(kind: str, language: str = "en", name: str = "quizzes"):
        file = tmp_path / f"{name}{export.FORMATS[kind][0]}"
        assert export.main([kind, str(file), "--lang", language], data=small.data) == 0
        return file

    return run


def notes(file) -> list[tuple]:
    with zipfile.ZipFile(file) as package:
        database = next(name for name in package.namelist() if name.startswith("collection.anki2"))
        package.extract(database, file.parent)
    with sqlite3.connect(file.parent / database) as connection:
        return connection.execute("select guid, flds, tags from notes order by flds").fetchall()


@pytest.mark.parametrize("language, says", [("en", "forgets the scales"), ("es", "olvida las escalas")])
def test_anki_gets_every_item_once_with_stable_guids(write, language, says):
    first, second = notes(write("anki", language)), notes(write("anki", language, "again"))
    assert [note[0] for note in first] == [note[0] for note in second] and len({note[0] for note in first}) == 6
    assert [note[1].split("\x1f")[0] for note in first] == [
        "i-06-01",
        "q-26-01",
        "q-26-02",
        "q-26-03",
        "q-26-04",
        "r-06-01",
    ]
    assert any(says in note[1] for note in first) and "lab-03" in first[1][2]
    front = first[1][1].split("\x1f")[1]
    assert says not in front and front.count("<li>") == 3


def test_a_note_that_is_reworded_keeps_its_guid_and_so_its_schedule(small, write):
    before = notes(write("anki"))
    small.change(
        "What a group costs", "The price of a group", "how many bits does a weight take?", "how many bits, then?"
    )
    after = notes(write("anki", name="reworded"))
    assert [note[0] for note in before] == [note[0] for note in after] and "how many bits, then?" in after[1][1]


def test_the_two_languages_are_different_notes_in_different_decks(write):
    assert not {n[0] for n in notes(write("anki", "en"))} & {n[0] for n in notes(write("anki", "es", "es"))}


def moodle(file) -> dict[str, ET.Element]:
    root = ET.parse(file).getroot()
    assert root.tag == "quiz" and root[0].get("type") == "category"
    return {q.findtext("idnumber"): q for q in root if q.get("type") != "category"}


def test_moodle_gets_each_kind_as_its_own_type_with_shares_that_add_up(write):
    questions = moodle(write("moodle"))
    assert [q.get("type") for q in questions.values()] == ["multichoice", "multichoice", "essay", "numerical"]
    single, several, essay, number = questions.values()
    assert single.findtext("single") == "true" and several.findtext("single") == "false"
    assert [a.get("fraction") for a in single.findall("answer")] == ["0", "100", "0"]
    assert [a.get("fraction") for a in several.findall("answer")] == ["-100", "50", "50"]
    assert "forgets the scales" in single.findall("answer")[0].findtext("feedback/text")
    assert "arithmetic" not in essay.findtext("graderinfo/text") and "memory-bound" in essay.findtext("graderinfo/text")
    assert (number.findtext("answer/text"), number.findtext("answer/tolerance")) == ("131072", "0")
    for question in questions.values():  # what Moodle's importer reads of every question
        for path in ("name/text", "questiontext/text", "generalfeedback/text", "defaultgrade", "penalty", "hidden"):
            assert question.findtext(path)
        assert "Evidence" in question.findtext("generalfeedback/text")
    shares = {a.get("fraction").lstrip("-") for q in questions.values() for a in q.findall("answer")}
    assert shares <= {"0", "100", "50", "33.33333", "25", "20"}  # others Moodle refuses


def qti(file) -> list[ET.Element]:
    with zipfile.ZipFile(file) as package:
        assert package.testzip() is None and "imsmanifest.xml" in package.namelist()
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        named = {f.get("href") for f in manifest.iter() if f.tag.endswith("}file")}
        assert named <= set(package.namelist())
        [name] = [n for n in named if n.endswith(".xml") and "meta" not in n]
        return list(ET.fromstring(package.read(name)).iter(f"{QTI}item"))


def field(item: ET.Element, label: str) -> str:
    fields = item.iter(f"{QTI}qtimetadatafield")
    return next(f.findtext(f"{QTI}fieldentry") for f in fields if f.findtext(f"{QTI}fieldlabel") == label)


def right(item: ET.Element) -> list[str]:
    """The texts of the choices that give points, none of which stands under <not>."""
    labels = {r.get("ident"): "".join(r.itertext()).strip() for r in item.iter(f"{QTI}response_label")}
    scored = [c for c in item.iter(f"{QTI}respcondition") if c.find(f"{QTI}setvar") is not None]
    denied = {v.text for c in scored for n in c.iter(f"{QTI}not") for v in n.iter(f"{QTI}varequal")}
    return [
        labels[v.text] for c in scored for v in c.iter(f"{QTI}varequal") if v.text in labels and v.text not in denied
    ]


@pytest.mark.parametrize(
    "language, title", [("en", "q-26-01 What a group costs"), ("es", "q-26-01 Lo que cuesta un grupo")]
)
def test_canvas_gets_every_item_with_its_type_and_its_right_answer(write, language, title):
    items = qti(write("qti", language))
    kinds = ["multiple_choice_question", "multiple_answers_question", "essay_question", "numerical_question"]
    assert [field(item, "question_type") for item in items] == kinds and items[0].get("title") == title
    assert right(items[0]) == ["<p>4.125 bits</p>"]
    assert len(right(items[1])) == 2
    assert "131072" in "".join(items[3].itertext())


@pytest.mark.parametrize("kind", export.FORMATS)
def test_awkward_signs_arrive_as_they_were_written(small, write, kind):
    stem = "INT4 codes, one float16 scale for each group of 128 weights: how many bits does a weight take?"
    small.change(json.dumps(stem), json.dumps(AWKWARD, ensure_ascii=False).replace("$5", "$5 128"))
    small.change(
        "¿cuántos bits ocupa un peso?",
        "¿cuántos bits ocupa un peso, 5?",
        "Códigos INT4, una escala float16 por",
        "Códigos por",
    )
    file = write(kind)
    if kind == "anki":
        text = notes(file)[1][1]
    elif kind == "moodle":
        text = moodle(file)["q-26-01-en"].findtext("questiontext/text")
    else:
        text = qti(file)[0].find(f"{QTI}presentation/{QTI}material/{QTI}mattext").text
    for sign, mark in (("&quot;", '"'), ("&ldquo;", '"'), ("&rdquo;", '"'), ("&#36;", "$")):  # text2qti curls quotes
        text = text.replace(sign, mark)
    assert 'a &lt; b &amp; "c" costs $5' in text and "<code>x &lt; y</code> — ¿ñ?" in text
    assert "<b>" not in text and "&lt;b>not bold" in text.replace("&gt;", ">")


def test_exports_write_whole_files_and_say_what_is_wrong(small, tmp_path, capsys, monkeypatch):
    def says(*argv) -> str:
        assert export.main([str(a) for a in argv], data=small.data) == 2
        return capsys.readouterr().err

    assert "anki reads .apkg files: write to quiz.apkg" in says("anki", tmp_path / "quiz.zip")
    assert "there is no folder" in says("moodle", tmp_path / "nowhere" / "quiz.xml")
    small.change("kind: single", "kind: simple")
    assert "`kind` must be" in says("qti", tmp_path / "quiz.zip")
    monkeypatch.setattr(export.importlib.util, "find_spec", lambda name: None if name == "genanki" else object())
    assert "the package genanki is not installed here: run `make instructor`" in says("anki", tmp_path / "quiz.apkg")
    assert not list(tmp_path.glob("quiz*"))


def test_markdown_becomes_html_and_nothing_else_does():
    assert (
        html.block("**4** `bits`\n\n- a\n- b")
        == "<p><strong>4</strong> <code>bits</code></p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>"
    )
    assert html.inline("x < 2 & <script>") == "x &lt; 2 &amp; &lt;script&gt;"
