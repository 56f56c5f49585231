"""Slips that learners really make: each gets one clear verdict, and the other exercises are still graded."""

import pytest

from labkit import course

CORE = 100


def verdict(run, function: str) -> str:
    """The messages of an exercise's failing tests, which must all be one status."""
    return "\n".join(t["message"] for t in run.tests(function) if t["status"] != "passed")


def others_pass(run, *functions: str) -> bool:
    """Every exercise but these passes; a function that uses a broken one may fail with it."""
    return all(
        e["status"] == "passed" for lab in run.card["labs"] for e in lab["exercises"] if e["function"] not in functions
    )


SYNTAX = [
    (
        "an unclosed bracket",
        "scale = _scale(np.abs(w).max(axis=1), qmax)",
        "scale = _scale(np.abs(w).max(axis=1), qmax",
        "was never closed",
    ),
    (
        "a missing colon",
        "def quantize_per_channel(w: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray]:",
        "def quantize_per_channel(w: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray]",
        "expected ':'",
    ),
    (
        "a wrong indent",
        "    scale = _scale(np.abs(w).max(axis=1), qmax)",
        "  scale = _scale(np.abs(w).max(axis=1), qmax)",
        "ndent",
    ),
    (
        "a lone quote",
        "scale = _scale(np.abs(w).max(axis=1), qmax)",
        "scale = _scale(np.abs(w).max(axis=1), 'qmax)",
        "SyntaxError",
    ),
]


@pytest.mark.parametrize("old, new, says", [slip[1:] for slip in SYNTAX], ids=[slip[0] for slip in SYNTAX])
def test_a_syntax_error_costs_the_function_it_is_in_and_no_other(grade, lab_01, write_lab_01, old, new, says):
    path = write_lab_01(old, new)
    run = grade(lab_01, "-q", impl=path)
    assert says in verdict(run, "quantize_per_channel")
    assert "mine.py" in run.output
    assert others_pass(run, "quantize_per_channel")
    assert "Traceback" not in run.output


def test_a_syntax_error_is_shown_with_its_line(grade, lab_01, write_lab_01):
    path = write_lab_01(SYNTAX[0][1], SYNTAX[0][2])
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if SYNTAX[0][2] in text)
    assert f"line {line} of mine.py" in verdict(grade(lab_01, "-q", impl=path), "quantize_per_channel")


def test_an_import_that_fails_is_named_where_it_hurts(grade, lab_01, write_lab_01):
    path = write_lab_01(
        "import numpy as np\n",
        "import numpy as np\nimport nunpy as npp\n",
        "return q.astype(np.float32) * scale",
        "return q.astype(npp.float32) * scale",
    )
    run = grade(lab_01, "-q", impl=path)
    assert "No module named 'nunpy'" in verdict(run, "dequantize")
    assert others_pass(run, "dequantize", "quant_linear")  # quant_linear calls dequantize


def test_without_numpy_every_verdict_says_which_import_failed(grade, lab_01, write_lab_01):
    run = grade(lab_01, "-q", impl=write_lab_01("import numpy as np\n", "import nunpy as np\n"))
    assert run.code == 1 and run.card["points"]["earned"] == 0
    assert "No module named 'nunpy'" in verdict(run, "relative_error")


def test_a_misspelt_name_is_recognised(grade, lab_01, write_lab_01):
    run = grade(lab_01, "-q", impl=write_lab_01("def quantize_per_channel(", "def quantise_per_chanel("))
    assert "quantise_per_chanel: is the name misspelt?" in verdict(run, "quantize_per_channel")
    assert others_pass(run, "quantize_per_channel")


def test_a_missing_function_is_said_to_be_missing(grade, lab_01, write_lab_01):
    run = grade(lab_01, "-q", impl=write_lab_01("def memory_bytes(", "def something_else("))
    assert "mine.py has no function memory_bytes" in verdict(run, "memory_bytes")
    assert others_pass(run, "memory_bytes")


def test_a_wrong_signature_is_shown_beside_the_call(grade, lab_01, write_lab_01):
    run = grade(
        lab_01,
        "-q",
        impl=write_lab_01("def dequantize(q: np.ndarray, scale: np.ndarray)", "def dequantize(q: np.ndarray)"),
    )
    assert "yours is dequantize(q)" in verdict(run, "dequantize")
    assert others_pass(run, "dequantize", "quant_linear")


RETURNS = [
    (
        "printing instead",
        "return y + bias.astype(np.float32)",
        "print(y + bias.astype(np.float32))",
        "quant_linear",
        "is the `return` missing, or does it print",
    ),
    (
        "a list",
        "return _ratio(error, size).astype(np.float32)",
        "return list(_ratio(error, size))",
        "row_relative_error",
        "returned a list for error, not a numpy array",
    ),
    (
        "one value of two",
        "return _codes(w, scale, qmax), scale",
        "return _codes(w, scale, qmax)",
        "quantize_per_tensor",
        "expected the tuple (q, scale)",
    ),
    (
        "three of two",
        "return _codes(w, scale, qmax), scale",
        "return _codes(w, scale, qmax), scale, qmax",
        "quantize_per_tensor",
        "returned 3 values; expected 2: (q, scale)",
    ),
    (
        "an exception",
        'return _matrix(w, "w").nbytes',
        "return w.nbites",
        "memory_bytes",
        "AttributeError: 'numpy.ndarray' object has no attribute 'nbites'",
    ),
    (
        "its own input",
        'q, scale = _matrix(q, "q"), np.asarray(scale, np.float32)',
        "q *= 1; q += 1; scale = np.asarray(scale, np.float32)",
        "dequantize",
        "changed its input q",
    ),
    ("exit", 'return _matrix(w, "w").nbytes', "raise SystemExit(0)", "memory_bytes", "called exit()"),
]


@pytest.mark.parametrize("old, new, function, says", [slip[1:] for slip in RETURNS], ids=[slip[0] for slip in RETURNS])
def test_what_comes_back_wrong_gets_one_clear_verdict(grade, lab_01, write_lab_01, old, new, function, says):
    run = grade(lab_01, "-q", impl=write_lab_01(old, new))
    assert says in verdict(run, function)
    assert others_pass(run, function, "quant_linear")
    assert "mine.py:" in run.output  # the place to look at


def test_exit_at_the_top_of_the_file_does_not_end_the_run(grade, lab_01, write_lab_01):
    run = grade(lab_01, "-q", impl=write_lab_01("import numpy as np\n", "import numpy as np\nexit()\n"))
    assert run.code == 0 and run.card["points"]["earned"] == CORE
    assert "SystemExit" in run.output  # said, though it cost nothing


def test_a_try_out_at_the_foot_of_the_file_is_not_run(grade, lab_01, tmp_path, write_lab_01):
    path = write_lab_01()
    path.write_text(path.read_text() + '\nif __name__ == "__main__":\n    raise RuntimeError("ran")\n')
    run = grade(lab_01, "-q", impl=path)
    assert run.code == 0 and "ran" not in run.output


def test_an_empty_file_is_a_verdict_an_exercise(grade, lab_01, tmp_path):
    (tmp_path / "empty.py").write_text("")
    run = grade(lab_01, "-q", impl=tmp_path / "empty.py")
    assert run.code == 1 and run.card["points"]["earned"] == 0
    assert len(run.card["labs"][0]["exercises"]) == len(course.find("01").exercises)


def test_a_file_saved_with_windows_line_ends_or_a_byte_order_mark_is_read(grade, lab_01, write_lab_01):
    path = write_lab_01()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert grade(lab_01, "-q", impl=path).code == 0


def test_a_file_that_is_not_text_is_a_verdict_not_a_traceback(grade, lab_01, tmp_path):
    (tmp_path / "binary.py").write_bytes(b"\x00\xff\xfe PK\x03\x04" * 40)
    run = grade(lab_01, "-q", impl=tmp_path / "binary.py")
    assert run.code == 1 and run.card["points"]["earned"] == 0
    assert "INTERNALERROR" not in run.output
