"""The grader of choices, numbers and free text."""

import pytest

from labkit.quizzes import grade, load
from labkit.quizzes.items import Idea


@pytest.fixture
def item(small):
    items = load.quizzes(small.data)[0].items
    return lambda kind: next(item for item in items if item.kind == kind)


@pytest.mark.parametrize("answer", ["2 3", "2,3", "3, 2", "b and c", "2 y 3", "B,C", "2) 3)", "3 2 2"])
def test_several_choices_are_read_however_they_are_separated(item, answer):
    assert grade.grade(item("multiple"), answer).right


@pytest.mark.parametrize("answer", ["", "9", "0", "1 9", "two", "?!", "24", "-"])
def test_a_choice_that_is_not_there_is_asked_for_again(item, answer):
    with pytest.raises(grade.Unreadable):
        grade.grade(item("multiple"), answer)


def test_part_of_the_right_choices_is_not_right_and_one_choice_means_one(item):
    assert not grade.grade(item("multiple"), "2").right
    assert not grade.grade(item("multiple"), "1 2 3").right
    with pytest.raises(grade.Unreadable, match="ask_one_choice"):
        grade.grade(item("single"), "1 2")


@pytest.mark.parametrize(
    "answer, readings",
    [
        ("4.125", [4.125, 4125]),
        ("4,125", [4.125, 4125]),
        ("4.125 bits", [4.125, 4125]),
        ("about 4.1 bits per weight", [4.1]),
        ("33 554 432", [33554432]),
        ("33,554,432", [33554432]),
        ("33.554.432", [33554432]),
        ("33_554_432", [33554432]),
        ("33554432 bytes", [33554432]),
        ("1e9", [1e9]),
        ("1.5E-3", [0.0015]),
        ("2.6 x 10^9", [2.6e9]),
        ("2^31", [2**31]),
        ("2**-3", [0.125]),
        ("1/4", [0.25]),
        ("-7", [-7]),
        ("−7", [-7]),
        ("36 %", [36, 0.36]),
        ("0,5", [0.5]),
        (".5", [0.5]),
        ("1.234,5", [1234.5]),
        ("1,234.5", [1234.5]),
        ("4.125.", [4.125, 4125]),
        ("≈ 4", [4]),
        ("INT4: 4.125", [4.125, 4125]),
        ("", []),
        ("many", []),
        ("4 or 5", []),
        ("1/0", []),
        ("10^999", []),
        ("1.2.3", []),
        ("between 4.1 and 4.2", []),
    ],
)
def test_a_number_is_read_as_people_write_it(answer, readings):
    assert grade.readings(answer) == pytest.approx(readings)


@pytest.mark.parametrize(
    "answer, right",
    [
        ("131072", True),
        ("131,072 bytes", True),
        ("131 072", True),
        ("2^17", True),
        ("131073", False),
        ("131.072", True),
    ],
)
def test_a_number_is_right_within_its_tolerance_in_its_unit(item, answer, right):
    assert grade.grade(item("numeric"), answer).right is right


def test_the_tolerance_decides(small):
    small.change("value: 131072", "value: 4.125", "tolerance: 0", "tolerance: 0.01", "bf16?", "bf16? 4.125")
    numeric = next(item for item in load.quizzes(small.data)[0].items if item.kind == "numeric")
    assert [grade.grade(numeric, text).right for text in ("4.134", "4.116", "4.135", "4.136", "4.1", "4,125")] == [
        True,
        True,
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "answer, key", [("hola", "ask_number"), ("", "ask_number"), ("128 KB", "ask_unit"), ("0.125 MiB", "ask_unit")]
)
def test_what_is_no_number_in_the_unit_asked_for_is_asked_for_again(item, answer, key):
    with pytest.raises(grade.Unreadable) as asked:
        grade.grade(item("numeric"), answer)
    assert asked.value.key == key


def idea(*phrases: str, excluded: tuple[str, ...] = ()) -> Idea:
    return Idea({"en": "idea", "es": "idea"}, {"en": phrases, "es": ()}, excluded)


def named(text: str, *phrases: str, excluded: tuple[str, ...] = ()) -> bool:
    return grade.names(idea(*phrases, excluded=excluded), grade._sentences(text))


@pytest.mark.parametrize(
    "text, phrases, is_named",
    [
        ("It loads fewer BYTES.", ["byte"], True),
        ("kilobytes are loaded", ["byte"], False),  # only at the beginning of a word
        ("la limitación: memória", ["limitacion", "xx"], True),
        ("Decode is memory-bound", ["memory bound"], True),
        ("Decode is memory bound", ["memory-bound"], True),
        ("reads the weights with fewer bytes", ["read … byte"], True),
        ("bytes are what it reads", ["read … byte"], False),
        ("It reads weights. Bytes count.", ["read … byte"], False),  # not in the same sentence
        ("It takes 4.125 bits, in memory traffic", ["4.125 bit"], True),
        ("arithmetic, intensity", ["arithmetic intensity"], True),
    ],
)
def test_an_idea_is_named_by_its_stems(text, phrases, is_named):
    assert named(text, *phrases) is is_named


@pytest.mark.parametrize(
    "text, is_named",
    [
        ("It does not reduce bytes", False),
        ("it doesn't change the bytes", False),
        ("no reduce los bytes", False),
        ("without fewer bytes", False),
        ("sin reducir bytes", False),
        ("instead of bytes", False),
        ("not only the bytes", True),
        ("no solo los bytes", True),
        ("it is not compression, it is bytes", True),
        ("not compression but bytes", True),
        ("no es compresión sino bytes", True),
        ("It does not compute in INT8; bytes are what it saves", True),
        ("not bytes of one kind, but fewer bytes in all", True),  # one that counts is enough
    ],
)
def test_a_negated_idea_is_not_named(text, is_named):
    assert named(text, "byte") is is_named


def test_a_phrase_that_does_not_count_does_not_count():
    assert not named("saves bytes on disk", "byte", excluded=("bytes on disk",))
    assert named("saves bytes on disk, and bytes of traffic", "byte", excluded=("bytes on disk",))


def test_an_answer_is_taken_in_either_language_and_told_what_it_lacks(item):
    free = item("free")
    assert grade.grade(free, "fewer bytes, because it is bandwidth-bound").right
    assert grade.grade(free, "menos bytes, porque está limitada por la memoria").right
    verdict = grade.grade(free, "fewer bytes are read")
    assert [idea.name["en"] for idea in verdict.named] == ["fewer bytes are read"]
    assert [idea.name["en"] for idea in verdict.missing] == ["decode is bound by memory"]
    for slip in ("", "2", "x", "...", "ok"):
        with pytest.raises(grade.Unreadable):
            grade.grade(free, slip)
