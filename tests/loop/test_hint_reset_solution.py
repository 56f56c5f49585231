"""One tier at a time; one function put back; a solution after the work."""

import subprocess

import pytest

from labkit import course
from labkit.loop import hint, pristine
from labkit.loop.source import Source, write_text

TIERS = course.find("01").exercises[0].hints


def shown(output: str, tiers) -> list[bool]:
    words = " ".join(output.split())
    return [" ".join(text.split()) in words for text in tiers]


@pytest.fixture
def failing(learner):
    learner.write("01", "quantize_per_tensor", change=("np.rint", "np.floor"))
    return learner


def test_hints_come_one_at_a_time_for_what_goes_wrong(failing):
    tiers = next(h for h in TIERS if h.match and "off by one" in h.symptom["en"]).tiers["en"]
    code, output = failing.lab("hint", "01.1")
    assert code == 0 and shown(output, tiers) == [True, False, False] and "2 left" in output
    assert shown(failing.lab("hint")[1], tiers) == [True, True, False]  # the next exercise is the same one
    output = failing.lab("hint", "01.1")[1]
    assert shown(output, tiers) == [True, True, True] and "solution 01.1 --give-up" in output
    assert shown(failing.lab("hint", "01.1")[1], tiers) == [True, True, True]


def test_another_symptom_begins_anew_and_says_so(failing):
    failing.lab("hint", "01.1")
    failing.lab("hint", "01.1")
    failing.replace("np.floor", "np.rint")
    failing.replace('_matrix(w, "w")', "np.asarray(w)")  # a bad input is no longer noticed
    code, output = failing.lab("hint", "01.1")
    tiers = next(h for h in TIERS if "accepted" in h.match).tiers["en"]
    assert shown(output, tiers) == [True, False, False], output
    assert "begin anew" in output and "2 left" in output


def test_a_hint_for_something_that_passes_or_is_not_begun(learner):
    learner.write("01", "memory_bytes")
    assert "needs no hint" in learner.lab("hint", "01.5")[1]


@pytest.mark.parametrize(
    "language, unwritten, example, more",
    [("en", "is not written yet", "Example", "3 left"), ("es", "está sin escribir", "Ejemplo", "Quedan 3")],
)
def test_before_anything_is_written_a_hint_says_so_and_where_to_begin(learner, language, unwritten, example, more):
    line = Source(learner.starter()).line_of("quantize_per_tensor")
    code, output = learner.lab("hint", "01.1", "--lang", language)
    assert code == 0 and f"01.1 quantize_per_tensor {unwritten}" in output, output
    assert f"starter.py:{line}" in output
    assert example in output and "has scale 2.54 / 127 = 0.02 and codes [[25, -127, 50]]" in " ".join(output.split())
    assert not any(hint.symptom[language] in output for hint in TIERS)  # nothing failed: there is no symptom
    general = TIERS[-1].tiers[language]
    assert shown(output, general) == [False, False, False] and more in output
    for tiers in range(1, 4):
        output = learner.lab("hint", "01.1", "--lang", language)[1]
        assert shown(output, general) == [n < tiers for n in range(3)] and unwritten in output
    learner.write("01", "quantize_per_tensor", change=("np.rint", "np.floor"))
    output = learner.lab("hint", "01.1", "--lang", language)[1]
    assert not any(word in output for word in (unwritten, "begin anew", "vuelven a empezar"))


@pytest.mark.parametrize("number", ["01", "02", "03", "04"])
def test_the_start_of_every_exercise_has_its_place_and_its_example(number, learner):
    lab = course.find(number)
    for exercise in lab.exercises:
        summary, example = hint.beginning(Source(learner.starter(number)).piece(exercise.function))
        assert summary.endswith(".") and len(example) > 20, exercise.function


def test_a_function_that_waits_for_an_unwritten_one_is_sent_there(learner):
    learner.write("01", "memory_bytes")
    learner.replace("return ", "return dequantize(w, 1) and ", "01")
    code, output = learner.lab("hint", "01.5")
    assert code == 0 and "dequantize is not written yet" in output and "hint 01.3" in output, output


def test_a_lab_alone_is_not_enough_for_a_hint(learner):
    code, output = learner.lab("hint", "01")
    assert code == 2 and "01.13" in output


# ---- reset ----


def test_reset_puts_one_function_back_and_keeps_everything_else_byte_for_byte(failing):
    starter = failing.starter()
    text = starter.read_text(encoding="utf-8").replace(
        "import numpy as np\n", "import numpy as np\n\nMINE = 1  # ¡mío!\n"
    )
    starter.write_bytes(text.replace("\n", "\r\n").encode("utf-8"))
    before = starter.read_bytes()
    code, output = failing.lab("reset", "01.1")
    assert code == 0 and "is as it came" in output
    after = Source(starter)
    assert after.is_unwritten("quantize_per_tensor")
    start, end = Source(starter, before.decode()).span("quantize_per_tensor")
    old, (new_start, new_end) = Source(starter, before.decode()).lines, after.span("quantize_per_tensor")
    assert after.lines[:new_start] == old[:start] and after.lines[new_end:] == old[end:]
    assert all(line.endswith("\r\n") for line in after.lines)
    copies = list((failing.root / ".lab/copies/lab-01").glob("*-quantize_per_tensor.py"))
    assert [copy.read_bytes() for copy in copies] == [before]
    assert copies[0].name in output
    assert "nothing to reset" in failing.lab("reset", "01.1")[1]
    assert len(list((failing.root / ".lab/copies/lab-01").iterdir())) == 1


@pytest.mark.parametrize("damage", ["unclosed", "gone", "twice", "empty"])
def test_reset_mends_a_file_that_is_broken_there(learner, damage):
    learner.write("01", "quantize_per_channel", "memory_bytes")
    source = Source(learner.starter())
    piece = source.piece("quantize_per_channel")
    text = {
        "unclosed": source.text.replace(
            piece, piece.replace("def quantize_per_channel(w", "def quantize_per_channel((w")
        ),
        "gone": source.text.replace(piece, ""),
        "twice": source.text + "\n\n" + piece,
        "empty": "",
    }[damage]
    write_text(learner.starter(), text)
    code, output = learner.lab("reset", "01.2")
    assert code == 0, output
    after = Source(learner.starter())
    assert after.tree is not None and after.is_unwritten("quantize_per_channel")
    assert len(after.spans("quantize_per_channel")) == 1
    names = [e.function for e in course.find("01").exercises]
    assert [name for name in names if after.span(name)] == names
    assert sorted(names, key=after.line_of) == names  # where it belongs
    if damage != "empty":
        assert "not written" not in after.piece("memory_bytes")


def student_edition(learner, git=False, stored=False):
    if stored:
        pristine.store(learner.starter())
    if git:
        for command in (["init", "-q"], ["add", "-A", "phase-06-quantization"], ["commit", "-qm", "as given"]):
            subprocess.run(
                ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *command], cwd=learner.root, check=True
            )
    for solution in learner.root.glob("phase-*/labs/lab-*/solution.py"):
        solution.unlink()


@pytest.mark.parametrize("where", ["stored", "git", "own"])
def test_a_student_edition_resets_without_a_solution(learner, where):
    given = Source(learner.starter()).piece("memory_bytes")
    learner.write("01", "memory_bytes", "dequantize")
    mine = learner.starter().read_bytes()
    learner.starter().write_bytes(mine)
    if where in ("stored", "git"):
        learner.lab("reset", "01.5")
        learner.lab("reset", "01.3")
        student_edition(learner, **{where: True})
        text = mine.decode().replace('"""Bytes', '"""My bytes').replace("def memory_bytes(w", "def memory_bytes(ww")
        write_text(learner.starter(), text)
    else:
        student_edition(learner)
    code, output = learner.lab("reset", "01.5")
    assert code == 0, output
    assert Source(learner.starter()).piece("memory_bytes") == given
    assert ("are yours" in output) == (where == "own")
    assert "not written" not in Source(learner.starter()).piece("dequantize")


def test_nothing_to_go_back_to_is_said_and_changes_nothing(learner):
    student_edition(learner)
    text = learner.starter().read_text(encoding="utf-8").replace("def memory_bytes(", "def renamed(")
    write_text(learner.starter(), text)
    code, output = learner.lab("reset", "01.5")
    assert code == 1 and "cannot be reset" in output
    assert learner.starter().read_text(encoding="utf-8") == text


# ---- solution ----


def test_a_solution_waits_until_it_passes_or_is_given_up(failing):
    code, output = failing.lab("solution", "01.1")
    assert code == 1 and "does not pass yet" in output and "def " not in output
    code, output = failing.lab("solution", "01.1", "--give-up")
    assert code == 0 and "gave 01.1 quantize_per_tensor up" in output and "def quantize_per_tensor" in output
    assert "gave_up" in failing.items()["lab-01/quantize_per_tensor"]
    assert "solution seen" in failing.lab("check", "01")[1]
    failing.replace("np.floor", "np.rint")
    code, output = failing.lab("solution", "01.1")
    assert code == 0 and "yours, which passes" in output


def test_a_solution_comes_with_the_helpers_it_uses_and_stands_alone(learner):
    output = learner.lab("solution", "01.1", "--give-up")[1]
    code = output[output.index("\n\n") : output.rindex("  open")]
    compile("import numpy as np\n" + code, "shown", "exec")
    solution = Source(learner.folder("01") / "solution.py")
    assert all(f"def {name}" in code for name in solution.uses("quantize_per_tensor") if solution.piece(name))


def test_a_student_edition_says_that_it_has_no_solutions(learner):
    student_edition(learner)
    code, output = learner.lab("solution", "01.1", "--give-up")
    assert code == 1 and "comes without solutions" in output and "hint 01.1" in output
