"""A YAML slip is reported with file, line, item and what was expected; all of them at once."""

import re

import pytest

from labkit.quizzes import checks, load
from labkit.quizzes.marked import ContentError

QUIZ = "data/quizzes/phase-26-quantization.yaml"
INTERVIEW = "data/interviews/phase-06-quantization.yaml"
NEVER = "never in any of them"


def line_of(small, words: str, file: str = QUIZ) -> int:
    lines = (small.root / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


@pytest.mark.parametrize(
    "old, new, at, told",
    [
        (
            "kind: multiple",
            "kind: multipel",
            "multipel",
            'q-26-02: `kind` must be one of single, multiple, free, numeric (did you mean multiple?), got "multipel"',
        ),
        ('lab: "01"', "lab: 1", "lab: 1", "q-26-02: `lab` must be"),
        (
            "difficulty: 3",
            "difficulty: 4",
            "difficulty: 4",
            "q-26-03: `difficulty` must be 1 recall, 2 apply, 3 reason, got 4",
        ),
        (
            "concept: scales",
            "concept: scale",
            "concept: scale",
            "q-26-01: `concept` 'scale' is not declared at the head of the file: roofline, scales",
        ),
        (
            "    tolerance: 0\n",
            "",
            "id: q-26-04",
            "q-26-04: lacks `tolerance`: how far from `value` is still right, in `unit`",
        ),
        ("value: 131072", 'value: "131072"', 'value: "131072"', 'q-26-04: `value` must be a number, got "131072"'),
        ("tolerance: 0", "tolerance: 4e-05", "4e-05", "YAML reads 4e-05 as text"),
        ("    unit:", "    units:", "units:", "q-26-04: has an unknown `units`: did you mean `unit`?"),
        ("unit: {en: bytes, es: bytes}", "unit: {en: bytes}", "unit: {en", "q-26-04: `unit` lacks `es`"),
        (
            "unit: {en: bytes, es: bytes}",
            "unit: bytes",
            "unit: bytes",
            'q-26-04: `unit` must be a text in both languages, {en: …, es: …}, got "bytes"',
        ),
        (
            "unit: {en: bytes, es: bytes}",
            'unit: {en: bytes, es: " "}',
            "unit: {en",
            "q-26-04: `unit.es` must be a text that is not empty",
        ),
        (
            '        right: true\n        why: {en: "16',
            '        why: {en: "16',
            "    choices:",
            "q-26-01: a single choice has exactly one `right: true`, it has 0",
        ),
        (
            "misunderstanding: {en: gives each weight a scale, es: da una escala a cada peso}",
            "right: true",
            "    choices:",
            "it has 2",
        ),
        (
            "        misunderstanding: {en: forgets the scales, es: olvida las escalas}\n",
            "",
            '- text: {en: "4 bits"',
            "q-26-01: `choices.1` is wrong and lacks `misunderstanding`",
        ),
        (
            '{en: "20 bits", es: "20 bits"}',
            '{en: "4 bits", es: "4 bits"}',
            "    choices:",
            "two choices read the same in en: '4 bits'",
        ),
        ("id: q-26-03", "id: q-26-02", NEVER, "this id is taken by an item above"),
        ("id: q-26-03", "id: q-26-07", "id: q-26-07", "q-26-07: ids count up in order: q-26-03 was expected here"),
        ("id: q-26-01", "id: q-27-01", "id: q-27-01", "the file is phase 26"),
        (
            "quiz: phase-26-quantization",
            "quiz: phase-26-quantisation",
            "quiz: phase",
            "the file's name says 'phase-26-quantization'",
        ),
        (
            "  scales: {",
            "  kernels: {en: Kernels, es: Kernels}\n  scales: {",
            "  kernels:",
            "the concept 'kernels' is declared and no item uses it",
        ),
        (
            "        formula: 16 / 128\n",
            "        formula: 16 / 128\n        test: tests/test_course.py::test_x\n",
            "the scale adds 0.125",
            "q-26-01: `evidence.2` needs exactly one of test, measurement, formula, cite; it has test and formula",
        ),
        (
            "        formula: 16 / 128\n        says: 0.125\n",
            "        formula: 16 / 128\n",
            "the scale adds 0.125",
            "q-26-01: `evidence.2` has `formula` but lacks `says`",
        ),
        (
            "    value: 131072\n",
            "    value: 131072\n    choices: []\n",
            "    choices: []",
            "`choices` does not belong to an item of this kind",
        ),
        ("en: [byte, bandwidth,", "en: [Byte, bandwidth,", "en: [Byte", "must be in lower case"),
        (
            "en: [byte, bandwidth, memory traffic, weights are read, reads … less]",
            "en: [byte, bandwidth]",
            "en: [byte",
            "q-26-03: `ideas.1.en` needs at least 5, it has 2",
        ),
        (
            "It halves the bytes",
            "It makes it faster",
            "id: q-26-03",
            "is graded wrong: no synonym of fewer bytes are read is in it",
        ),
        (
            "INT8 multiplications are faster.",
            "Fewer bytes, so arithmetic intensity rises.",
            "id: q-26-03",
            "is graded right",
        ),
        ("value: 131072", "value: 131072\n    value: 131073", "value: 131073", "`items.3.value` is given twice"),
    ],
)
def test_a_slip_is_told_with_its_place_and_what_was_expected(small, old, new, at, told):
    small.change(old, new)
    slips = small.slips()
    found = [slip for slip in slips if told in slip]
    assert found, "\n".join(slips)
    if at is not NEVER:
        assert re.match(rf"{QUIZ}:{line_of(small, at)}: ", found[0]), found[0]


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("kind: rapid", "kind: rapids", "r-06-01: `kind` must be"),
        ("level: mid", "level: middle", "did you mean mid?"),
        (
            "      axis: {en: groups along the inputs, es: grupos a lo largo de las entradas}\n",
            "",
            "i-06-01: `names` lacks `axis`: the shape or axis, {en, es}",
        ),
        (
            '      - {en: "Which kernel reads it?", es: "¿Qué kernel lo lee?"}\n',
            "",
            "`follow_ups` needs at least 2, it has 1",
        ),
        ("id: r-06-01", "id: i-06-02", "a rapid item's id begins with r-"),
    ],
)
def test_a_slip_in_an_interview_is_told_too(small, old, new, told):
    small.change(old, new, file=INTERVIEW)
    assert told in "\n".join(small.slips())


def test_all_slips_are_told_at_once(small):
    small.change("difficulty: 3", "difficulty: 4", "value: 131072", "value: many", "kind: single", "kind: simple")
    small.change("kind: rapid", "kind: rapids", file=INTERVIEW)
    told = "\n".join(small.slips())
    for words in ("`difficulty`", "`value`", "q-26-01: `kind`", "r-06-01: `kind`"):
        assert words in told
    with pytest.raises(ContentError) as caught:
        load.quizzes(small.data)
    assert len(caught.value.slips) >= 3


def test_several_syntax_errors_are_told_each_with_line_and_item(small):
    small.change("{en: Why it is faster, es: Por qué es más rápido}", '{en: "Why it is faster, es: Por qué}')
    small.change("unit: {en: bytes, es: bytes}", "unit: bytes: eight")
    slips = [slip for slip in small.slips() if "not valid YAML" in slip]
    assert [re.search(r"(q-26-0\d): not valid", slip)[1] for slip in slips] == ["q-26-03", "q-26-04"]
    assert f"{QUIZ}:{line_of(small, 'bytes: eight')}: " in slips[1] and "stands in quotes" in slips[1]


@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "the file is empty"),
        (b"- a list\n", "the file must be a mapping"),
        (b"quiz: \xff\n", "the file must be UTF-8 text"),
        (b"items: 3\n", "`items` must be a list"),
        (b"items: [1, null]\n", "the item must be a mapping"),
    ],
)
def test_a_file_that_is_something_else_is_told_and_not_a_traceback(small, content, told):
    (small.root / QUIZ).write_bytes(content)
    assert told in "\n".join(small.slips())


def test_a_missing_file_and_a_missing_folder_are_told(small):
    (small.data / "references.yaml").unlink()
    (small.root / QUIZ).unlink()
    told = "\n".join(small.slips())
    assert "references.yaml:1: this file is missing" in told and "data/quizzes:1: there is no quiz here" in told


def test_documentation_is_cited_with_its_version(small):
    small.change('  version: "0.32.0"\n', "", file="data/references.yaml")
    assert "`vllm-docs` lacks `version`" in "\n".join(small.slips())


def test_too_few_items_are_told(small, monkeypatch):
    monkeypatch.setattr(checks, "QUIZ_ITEMS", 40)
    monkeypatch.setattr(checks, "RAPID_ITEMS", 5)
    told = "\n".join(small.slips())
    assert "at least 40 items are expected, there are 4" in told
    assert "at least 5 items of kind `rapid` are expected, there are 1" in told
