"""`lab plot`: the learner's numbers beside the reference's, and what is not there by name."""

import numpy as np
import pytest

from labkit import course
from labkit.grading.implementation import resolve
from labkit.learner_tools import figure_01, figure_02, figure_03, figure_04, plot, reference
from labkit.learner_tools.yours import Yours

FIGURES = {"01": figure_01, "02": figure_02, "03": figure_03, "04": figure_04}
PLOT = "labkit.learner_tools.plot"
TRUNCATING = """
import numpy as np
def quantize_per_channel(w, bits=8):
    scale = np.abs(w).max(axis=1) / 127
    return (w / scale[:, None]).astype(np.int8), scale
def dequantize(q, scale):
    return q * scale[:, None]
def relative_error(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(a)
def row_relative_error(a, b):
    return np.linalg.norm(a - b, axis=1) / np.linalg.norm(a, axis=1)
"""


@pytest.fixture
def slip(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(TRUNCATING, encoding="utf-8")
    return path


@pytest.mark.parametrize("number", FIGURES)
def test_right_functions_agree_with_the_reference_in_every_number(number):
    yours = Yours(resolve("solution"), course.find(number))
    rows = FIGURES[number].measure(yours)["rows"]
    assert not yours.problems
    assert rows and all(row.agrees for row in rows), [row for row in rows if not row.agrees]


@pytest.mark.parametrize("number", FIGURES)
def test_an_unwritten_starter_gives_the_reference_alone_and_every_missing_function_by_name(number):
    yours = Yours(resolve("starter"), course.find(number))
    rows = FIGURES[number].measure(yours)["rows"]
    if any(problem.kind != "not written" for problem in yours.problems.values()) or not yours.problems:
        pytest.skip("somebody is writing in this starter")
    assert all(row.yours in (None, 0) for row in rows) and all(np.isfinite(row.reference) for row in rows)


def test_the_reference_shows_the_labs_known_numbers():
    # A row 1000 times louder than 63 others: with one scale, all of these are 0, that is 100 % of their own length.
    w = np.random.default_rng(0).standard_normal((64, 256))
    w[3] *= 1000
    rows = reference.error(w, reference.round_trip(w, 127), 1)
    assert np.sum(rows == 1) == 63 and rows[3] < 0.01
    assert list(reference.packed(np.array([[-1, 1, -8, 7]]))[0]) == [0x1F, 0x78]
    config = {"hidden_size": 4, "intermediate_size": 6, "num_hidden_layers": 1, "num_attention_heads": 2,
              "num_key_value_heads": 1, "vocab_size": 10}  # fmt: skip
    assert reference.weight_bytes(config, "bf16") == 2 * 212  # the starter's own example: 212 parameters, untied


def test_a_slip_shows_as_a_number_that_differs_and_the_unwritten_function_by_name(alone, slip, tmp_path):
    done = alone(PLOT, "01", "--impl", slip, "--out", tmp_path / "a.svg", "--lang", "es", without=("matplotlib",))
    lines = done.stdout.splitlines()
    per_row = next(line for line in lines if "por fila: error de la fila mediana" in line)
    assert "✗" in per_row and "0.70%" in per_row and "1.3" in per_row, done.stdout  # truncation doubles the error
    assert any("sin escribir" in line and "quantize_per_tensor" in line for line in lines)


def test_without_matplotlib_the_numbers_are_there_and_the_command_that_gets_the_picture(alone, tmp_path):
    done = alone(PLOT, "03", "--impl", "solution", "--out", tmp_path / "a.png", without=("matplotlib",))
    assert done.returncode == 0 and "19.0%" in done.stdout
    assert "pip install matplotlib" in done.stdout and not list(tmp_path.glob("a*"))


@pytest.mark.parametrize(
    "argv, says",
    [
        (["09"], "no lab is called '09'"),
        (["01", "--out", "a.jpg"], "must end in"),
        (["01", "--impl", "nowhere"], "nowhere"),
    ],
)
def test_a_wrong_argument_is_one_message_and_exit_code_2(argv, says, capsys):
    assert plot.main(argv) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("number", FIGURES)
@pytest.mark.parametrize("kind, theme, language", [("png", "light", "en"), ("svg", "dark", "es")])
def test_the_picture_is_written_whole(number, kind, theme, language, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    target = tmp_path / f"figure.{kind}"
    argv = [number, "--impl", "solution", "--out", str(target), "--theme", theme, "--lang", language]
    assert plot.main(argv) == 0
    data = target.read_bytes()
    assert data.startswith(b"\x89PNG") if kind == "png" else b"</svg>" in data
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    assert ("lo tuyo" if language == "es" else "yours") in capsys.readouterr().out


def test_the_picture_of_a_slip_and_of_missing_functions_can_be_drawn(slip, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    for number in FIGURES:
        assert plot.main([number, "--impl", str(slip), "--out", str(tmp_path / f"{number}.svg")]) == 0
    assert len(list(tmp_path.glob("*.svg"))) == len(FIGURES)
