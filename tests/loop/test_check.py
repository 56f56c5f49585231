"""`lab`, `lab check`, `lab next`: what is graded, what is said, and the exit code."""

import sys

import pytest

ENDLESS = "    while True:\n        pass\n"


def test_a_fresh_clone_says_where_to_begin(learner):
    code, output = learner.lab()
    assert code == 0
    rows = [line.split()[1] for line in output.splitlines() if "/100" in line]
    assert rows == ["01", "03", "04", "02"]
    line = learner.starter().read_text(encoding="utf-8").split("def quantize_per_tensor")[0].count("\n") + 1
    assert f"starter.py:{line}" in output and "exercise 1: quantize_per_tensor" in output
    assert "watch" in output and "check 01.1" in output
    assert not learner.record.exists()  # nothing has been graded


def test_check_shows_the_mistake_once_and_keeps_it(learner):
    learner.write("01", "quantize_per_tensor", "memory_bytes", change=("np.rint", "np.floor"))
    code, output = learner.lab("check", "01")
    assert code == 1
    assert "That is what you get with floor" in output and "5 of 100" not in output
    assert output.count("That is what you get with floor") == 1
    assert learner.items()["lab-01/quantize_per_tensor"]["status"] == "failed"
    assert learner.items()["lab-01/memory_bytes"]["status"] == "passed"
    assert "lab-01/dequantize" not in learner.items()
    code, every = learner.lab("check", "01.1", "-v")
    assert code == 1 and every.count("quantize_per_tensor(w") >= 5 and "memory_bytes" not in every


def test_home_grades_what_changed_so_that_it_is_true(learner):
    learner.write("01", "memory_bytes")
    assert "5/100" in learner.lab()[1]  # nobody has said check
    learner.replace("nbytes", "size")
    assert "5/100" not in learner.lab()[1]


def test_next_goes_through_the_core_of_every_lab_before_anything_beyond(learner):
    for number in ("01", "03", "04"):
        source = learner.folder(number) / "solution.py"
        learner.starter(number).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    from labkit import course
    from labkit.loop.source import Source

    for number in ("01", "03"):
        given = Source(learner.starter(number))
        lab = course.find(number)
        for exercise in (e for e in lab.exercises if e.beyond):  # beyond is broken, and that blocks nothing
            text = given.text.replace(f"def {exercise.function}(", f"def not_{exercise.function}(")
            given = Source(given.path, text)
        given.path.write_text(given.text, encoding="utf-8")
    code, output = learner.lab("next")
    assert code == 0 and "lab 02, exercise 1" in output, output
    code, output = learner.lab()
    assert output.count("complete") == 3 and "beyond" in output


@pytest.mark.parametrize(
    "body, says",
    [
        ("    import os\n    os._exit(0)\n", "ended Python itself (exit code 0)"),
        ("    import sys\n    sys.exit(3)\n", "exit()"),
        pytest.param(
            "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n",
            "crash (signal 9)",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="a signal of Unix"),
        ),
        ("    return (1, 2\n", "was never closed"),
        ("    return w.wrong\n", "AttributeError"),
    ],
)
def test_one_bad_function_costs_itself_and_no_other(learner, body, says):
    learner.write("01", "memory_bytes", "dequantize")
    text = learner.starter().read_text(encoding="utf-8")
    at = text.index('    raise NotImplementedError("Lab 01 · exercise 1:')
    learner.starter().write_text(text[:at] + body + text[text.index("\n", at) + 1 :], encoding="utf-8")
    code, output = learner.lab("check", "01")
    assert code == 1 and says in output
    kept = {name: entry["status"] for name, entry in learner.items().items()}
    assert kept["lab-01/quantize_per_tensor"] in ("error", "failed")
    assert kept["lab-01/memory_bytes"] == kept["lab-01/dequantize"] == "passed"


def test_an_endless_loop_ends_and_costs_itself_alone(learner):
    learner.write("01", "memory_bytes")
    runner = learner.root / "labkit/loop/runner.py"
    runner.write_text(runner.read_text(encoding="utf-8").replace("= 10.0", "= 1.5"), encoding="utf-8")
    learner.replace(
        '    raise NotImplementedError("Lab 01 · exercise 1:',
        ENDLESS + '    raise NotImplementedError("Lab 01 · exercise 1:',
    )
    code, output = learner.lab("check", "01")
    assert code == 1 and "is there a loop that never ends?" in output
    assert learner.items()["lab-01/memory_bytes"]["status"] == "passed"
    assert learner.items()["lab-01/quantize_per_tensor"]["status"] == "error"


def test_what_the_code_printed_is_shown_with_its_verdict(learner):
    learner.write("01", "memory_bytes")
    learner.replace("def memory_bytes(", "def memory_bytes_(")
    more = "\n\ndef memory_bytes(w):\n    print('I saw', w.shape)\n    return 0\n"
    learner.starter().write_text(learner.starter().read_text(encoding="utf-8") + more, encoding="utf-8")
    code, output = learner.lab("check", "memory_bytes")
    assert code == 1 and "your code printed:" in output and "I saw (" in output


def test_a_lab_whose_tests_cannot_be_read_is_said_and_is_exit_code_2(learner):
    learner.write("01", "memory_bytes")
    tests = learner.folder("01") / "test_lab.py"
    tests.write_text("import no_such_module\n" + tests.read_text(encoding="utf-8"), encoding="utf-8")
    code, output = learner.lab("check", "01")
    assert code == 2 and "no_such_module" in output


@pytest.mark.parametrize(
    "name, says",
    [
        ("09", "there are: 01, 03, 04, 02"),
        ("03.99", "pack_int4"),
        ("sideways", "neither a lab"),
        ("01.x", "01.1  quant"),
    ],
)
def test_a_name_that_fits_nothing_is_exit_code_2_and_lists_what_there_is(learner, name, says):
    code, output = learner.lab("check", name)
    assert code == 2 and says in output


@pytest.mark.parametrize("name", ["1.5", "01.5", "lab-01.5", "01.memory_bytes", "memory_bytes", "01/memory_bytes"])
def test_an_exercise_has_several_names(name):
    from labkit.loop.names import find
    from labkit.loop.screen import Screen

    lab, exercise = find(name, Screen("en"))
    assert (lab.key, exercise.function) == ("lab-01", "memory_bytes")


def test_the_paths_lead_to_the_file_from_where_one_is(learner):
    output = learner.lab(cwd=learner.root / "phase-06-quantization")[1]
    path = next(line.split()[1] for line in output.splitlines() if line.strip().startswith("open"))
    assert (learner.root / "phase-06-quantization" / path.rsplit(":", 1)[0]).samefile(learner.starter())
