"""The comparisons themselves: they count bits, they catch a solution that is broken on purpose, the command says so."""

import numpy as np
import pytest

from labkit import course, provenance
from labkit.crosscheck import comparisons, inputs, run
from labkit.crosscheck.comparing import Comparison, Part, Ratios, add, agrees, part
from labkit.grading.submission import load

BY_NAME = {c.name: c for c in comparisons.in_order()}

# lab, what the solution says, what it is made to say, the comparison that has to see it, the library that takes
BROKEN = [
    ("01", "np.rint(steps, out=steps)", "np.floor(steps, out=steps)", "int8-linear-torch", "torch"),
    ("01", "-448, 448)", "-240, 240)", "fp8-codes-torch", "torch"),
    ("01", "eighths = np.rint(", "eighths = np.floor(0.5 + ", "fp8-codes-torch", "torch"),
    ("01", "eighths * 2.0**-9", "(8 + eighths) * 2.0**-10", "fp8-values-torch", "torch"),
    ("03", "_AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)", "_AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)", "words-awq", None),
    ("03", "_AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)", "_AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)", "words-back-awq", None),
    ("03", "np.arange(0, 32, 4, dtype=np.uint32)", "np.arange(28, -4, -4).astype(np.uint32)", "words-gptq", None),
    ("03", "goals[middle:last] += share", "goals[middle:last] -= share", "gptq-llm-compressor", "torch"),
    ("03", "axis=-1).reshape(len(packed), -1)", "axis=1).reshape(len(packed), -1)", "bytes-back-gguf", "gguf"),
    ("03", "scale.astype(np.float32)[:, :, None]\n", "(groups.max(axis=2) / 7)[:, :, None]\n",
     "int4-codes-compressed-tensors", "compressed_tensors"),
    ("03", "nibbles[:, 0::2] | nibbles[:, 1::2] << 4", "nibbles[:, 1::2] | nibbles[:, 0::2] << 4",
     "bytes-compressed-tensors", "compressed_tensors"),
    ("04", "np.clip(np.rint(a / scale), -qmax, qmax)", "np.clip(np.rint(a / scale), -qmax, qmax - 1)",
     "w8a8-linear-torch", "torch"),
]  # fmt: skip


@pytest.mark.parametrize("lab, right, wrong, name, module", BROKEN, ids=[f"{row[3]}: {row[2][:30]}" for row in BROKEN])
def test_a_solution_broken_on_purpose_is_caught(tmp_path, lab, right, wrong, name, module):
    if module:
        pytest.importorskip(module)
    text = (course.find(lab).folder / "solution.py").read_text(encoding="utf-8")
    assert right in text, "the solution is written otherwise now: adapt this row"
    copy = tmp_path / "solution.py"
    copy.write_text(text.replace(right, wrong), encoding="utf-8")
    submission = load(copy)
    assert not submission.problems
    _, failed = run.run([BY_NAME[name]], {lab: submission.module})
    assert list(failed) == [name]


def test_parts_count_bits_and_each_difference_once():
    ours, theirs = np.float32([0.0, np.nan, 1, 2, 3, 4]), np.float32([-0.0, np.nan, 1, 5, 6, 4])
    first, both = np.arange(6) == 3, np.arange(6) >= 3
    found = part(ours, theirs, {"tie": first, "quiet": both})
    assert found == Part(values=6, same=3, apart={"tie": 1, "quiet": 1})
    assert found.unexplained == 1  # the sign of zero, which no reason covers
    assert add([{"codes": found}, {"codes": found}])["codes"].apart == {"tie": 2, "quiet": 2}


@pytest.mark.parametrize("theirs", [np.int8([[1, 2]]), np.int16([1, 2])], ids=["shape", "dtype"])
def test_arrays_that_do_not_fit_are_not_compared(theirs):
    with pytest.raises(ValueError, match="ours is"):
        part(np.int8([1, 2]), theirs)


def test_agreement_is_what_each_kind_promises():
    def kind(name):
        return Comparison("name", "01", "function", "package", "call", name, {}, None)

    assert agrees(kind("same"), {"codes": Part(4, 3, {"tie": 1})})
    assert not agrees(kind("same"), {"codes": Part(4, 3, {"tie": 0})})
    assert not agrees(kind("same"), {"codes": Part(0, 0)}), "nothing compared is no agreement"
    assert agrees(kind("other"), {"codes": Part(4, 1, {}, applied=4)})
    assert not agrees(kind("other"), {"codes": Part(4, 1, {}, applied=3)})
    assert agrees(kind("outputs"), Ratios([0.99, 1.01], 0.98, 1.02))
    assert not agrees(kind("outputs"), Ratios([0.99, 1.03], 0.98, 1.02))
    assert not agrees(kind("outputs"), Ratios([0.5], 0.4, 0.6, applied=[1.1])), "its rule does not explain it"
    assert not agrees(kind("outputs"), Ratios([float("nan")], 0, 2))


def test_the_inputs_are_as_hostile_as_they_say_and_the_same_every_time():
    made, again = inputs.weights(), inputs.weights()
    assert all((made[name] == again[name]).all() and w.dtype == np.float32 for name, w in made.items())
    assert all(np.isfinite(w).all() for w in made.values())
    assert (np.abs(made["subnormals"]) < 2.0**-126).all() and made["subnormals"].any()
    assert (made["zero rows"].any(axis=1) == 0).sum() == len(made["zero rows"]) / 3
    assert np.signbit(made["zero rows"][made["zero rows"] == 0]).any()
    assert np.abs(made["huge and small"]).max() > 1e28 and np.abs(made["huge and small"]).max(axis=1).min() < 1e-28
    qmax = np.where(np.arange(inputs.ROWS) % 2, 127, 7)[:, None]
    ties = made["ties"] / (np.abs(made["ties"]).max(axis=1, keepdims=True) / qmax)
    assert (np.abs(ties % 1) == 0.5).mean() > 0.9
    assert (-made["negative extremes"].min(axis=1) > made["negative extremes"].max(axis=1)).all()
    assert np.unique(inputs.int4_codes()).size == 16
    assert inputs.float16_values(448).size == 2 * (0x5F00 + 1)


def test_the_command_names_what_it_does_not_know(capsys):
    assert run.main(["--only", "quantize_int2"]) == 2
    assert "nothing is called quantize_int2" in capsys.readouterr().err


def test_a_library_that_is_not_installed_is_named(capsys, monkeypatch):
    monkeypatch.setattr(run, "version", lambda comparison: comparison.recorded)
    assert run.main(["--only", "pack_awq", "--only", "dequantize_nf4"]) == 0
    out = capsys.readouterr().out
    assert "not installed: bitsandbytes: run make crosscheck" in out
    assert "1 of 1 as they must be" in out


def test_a_lost_agreement_fails_and_shows_how_much_is_lost(capsys, monkeypatch):
    broken = run.solutions()
    monkeypatch.setattr(broken["03"], "pack_awq", broken["03"].pack_gptq)
    monkeypatch.setattr(broken["03"], "unpack_awq", lambda words: np.zeros((1, 1), np.int8))
    monkeypatch.setattr(run, "solutions", lambda: broken)
    assert run.main(["--only", "words-gptq", "--only", "pack_awq", "--only", "unpack_awq"]) == 1
    out = capsys.readouterr().out
    assert "✓ 03 pack_gptq" in out and "✗ words-awq" in out
    assert "ours is (1, 1)" in out  # what went wrong, in the line of that comparison


def test_nothing_is_stored_where_a_library_is_missing(capsys, monkeypatch):
    monkeypatch.setattr(run, "version", lambda comparison: comparison.recorded)
    monkeypatch.setattr(provenance, "write", lambda *_: pytest.fail("wrote"))
    assert run.main(["--write"]) == 2
    assert "nothing stored" in capsys.readouterr().err
    assert run.main(["--write", "--only", "pack_awq"]) == 2
