"""`lab checkpoint`: whose functions made the codes, what it refuses, and that nothing half is ever left on disk."""

import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from transformers import LlamaConfig, LlamaForCausalLM  # noqa: E402

from labkit import course  # noqa: E402
from labkit.models import checkpoints, export  # noqa: E402
from labkit.models.load import DEFAULT_MODEL, load_model  # noqa: E402
from labkit.models.quantize import linear_layers  # noqa: E402
from labkit.models.readback import dequantized  # noqa: E402


@pytest.fixture(scope="module")
def shipped():
    return load_model()[0]


def layers_of(model):
    return {f"model.layers.{name}": module.weight.numpy() for name, module in linear_layers(model).items()}


# ---- whose functions ----

ONES = "import numpy as np\ndef quantize_per_channel(w, bits=8):\n    "
BEYOND = '''
import numpy as np
from labkit.models import packing
from labkit.models.codes import fp8_e4m3

def quantize_fp8_e4m3(w):
    return fp8_e4m3(w * 2)

def quantize_groupwise_asymmetric(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size).astype(np.float64)
    low, high = np.minimum(groups.min(2), 0), np.maximum(groups.max(2), 0)
    scale = ((high - low) / 15).astype(np.float16)
    zero = np.rint(-low / scale).clip(0, 15)
    q = np.rint(groups / scale[:, :, None]) + zero[:, :, None]
    return q.clip(0, 15).astype(np.uint8).reshape(w.shape), scale, zero.astype(np.uint8)

def pack_awq(q):
    return packing.pack_awq(q)
'''


def implementation(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    return str(path)


def test_the_codes_in_the_file_are_the_learners_own(tmp_path, shipped):
    slip = ONES + "s = np.abs(w).max(axis=1) / 127\n    return np.floor(w / s[:, None]).astype(np.int8), s"
    checkpoints.write_checkpoint("w8a8", tmp_path / "out", implementation(tmp_path, slip))
    found = dequantized(tmp_path / "out")
    for name, w in layers_of(shipped).items():
        error = found[name] - w  # floor only ever makes a weight smaller
        assert error.max() <= 1e-6 * np.abs(w).max() and error.mean() < -np.abs(w).max(axis=1).mean() / 127 / 4


def test_a_beyond_function_is_used_where_there_is_one(tmp_path, shipped):
    mine = implementation(tmp_path, BEYOND)
    by = checkpoints.write_checkpoint("awq", tmp_path / "awq", mine)
    assert all("mine.py" in function for function in by.values()), by
    for name, w in layers_of(shipped).items():
        groups = w.reshape(len(w), -1, 128)
        step = (np.maximum(groups.max(2), 0) - np.minimum(groups.min(2), 0)) / 15
        # Half a step, and what rounding scale and zero point adds: under a twentieth of one.
        error = np.abs(dequantized(tmp_path / "awq")[name] - w).reshape(groups.shape).max(2)
        assert (error <= step * 0.55).all(), name
    assert "mine.py" in checkpoints.write_checkpoint("fp8", tmp_path / "fp8", mine)["codes"]


@pytest.mark.parametrize("scheme", ["fp8", "awq", "gptq", "w4a16"])
def test_where_a_stand_in_is_used_the_command_says_so(tmp_path, capsys, scheme):
    text = (course.find("03").folder / "solution.py").read_text() if scheme != "fp8" else "import numpy as np\n"
    for name in ("quantize_groupwise_asymmetric", "pack_awq", "pack_gptq", "pack_compressed_tensors"):
        text += f"\ndef {name}(*_):\n    raise NotImplementedError\n"
    assert run(scheme, tmp_path / "out", "--impl", implementation(tmp_path, text)) == 0
    out = capsys.readouterr().out
    assert ("labkit's own" in out) and ("yet)" in out) and (scheme != "awq" or "zero points: 8 everywhere" in out)


# ---- what cannot be written ----


def run(*argv):
    return checkpoints.main([str(a) for a in argv])


def refused(tmp_path, capsys, *argv, out="out"):
    """The one line of the refusal; nothing may be left beside what was there before."""
    before = sorted(tmp_path.rglob("*"))
    assert run(*argv[:1], tmp_path / out, *argv[1:]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and captured.err.startswith("lab checkpoint: "), captured.err
    assert sorted(tmp_path.rglob("*")) == before
    return captured.err


def test_an_unknown_scheme_lists_the_known_ones(tmp_path, capsys):
    message = refused(tmp_path, capsys, "w2a2")
    assert "'w2a2'" in message and "w8a8, w4a16, fp8, awq, gptq" in message


def test_a_missing_model_is_named(tmp_path, capsys):
    assert "nowhere" in refused(tmp_path, capsys, "w8a8", "--model", tmp_path / "nowhere")


def test_another_architecture_is_named(tmp_path, capsys):
    folder = shutil.copytree(DEFAULT_MODEL, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["GPT2LMHeadModel"]}))
    assert "GPT2LMHeadModel" in refused(tmp_path, capsys, "awq", "--model", folder)


def test_cut_short_weights_are_said_to_be_cut_short(tmp_path, capsys):
    folder = shutil.copytree(DEFAULT_MODEL, tmp_path / "model")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    assert "cut short" in refused(tmp_path, capsys, "gptq", "--model", folder)


def random_model(folder, shipped, **sizes):
    config = LlamaConfig(**shipped.config.to_dict() | {"num_hidden_layers": 1} | sizes)
    export.write_files(LlamaForCausalLM(config), load_model()[1], folder)
    return folder


@pytest.fixture
def odd_model(tmp_path, shipped):
    return random_model(tmp_path / "odd", shipped, intermediate_size=132)


@pytest.mark.parametrize("scheme", ["w4a16", "awq", "gptq"])
def test_a_width_that_the_group_size_does_not_divide_is_refused(tmp_path, capsys, odd_model, scheme):
    message = refused(tmp_path, capsys, scheme, "--model", odd_model)
    assert "down_proj" in message and "132" in message and "128" in message


@pytest.mark.parametrize("scheme", ["awq", "gptq"])
def test_outputs_that_do_not_fill_a_word_are_refused(tmp_path, capsys, shipped, scheme):
    sizes = {"num_attention_heads": 32, "num_key_value_heads": 1, "head_dim": 4}
    model = random_model(tmp_path / "narrow", shipped, **sizes)
    message = refused(tmp_path, capsys, scheme, "--model", model)
    assert "k_proj" in message and "take w4a16" in message
    assert run("w4a16", tmp_path / "out", "--model", model) == 0


def test_a_scheme_without_groups_takes_any_width(tmp_path, odd_model):
    assert run("w8a8", tmp_path / "out", "--model", odd_model) == 0


def test_a_folder_that_exists_is_left_alone(tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("three years")
    assert "--overwrite" in refused(tmp_path, capsys, "w8a8")
    assert "leaves it alone" in refused(tmp_path, capsys, "w8a8", "--overwrite")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "three years"


def test_the_model_itself_is_never_overwritten(tmp_path, capsys):
    folder = shutil.copytree(DEFAULT_MODEL, tmp_path / "out")
    assert "leaves it alone" in refused(tmp_path, capsys, "w8a8", "--overwrite", "--model", folder)


def test_overwrite_replaces_the_whole_checkpoint(tmp_path):
    assert run("w8a8", tmp_path / "deep" / "er" / "out") == 0
    (tmp_path / "deep" / "er" / "out" / "stale.safetensors").write_text("")
    assert run("gptq", tmp_path / "deep" / "er" / "out", "--overwrite") == 0
    assert not (tmp_path / "deep" / "er" / "out" / "stale.safetensors").exists()
    assert [p.name for p in (tmp_path / "deep" / "er").iterdir()] == ["out"]


def test_an_exercise_that_is_not_written_is_named(tmp_path, capsys):
    starter = course.find("01").folder / "starter.py"
    assert "not written yet: quantize_per_channel (lab 01)" in refused(tmp_path, capsys, "w8a8", "--impl", starter)


@pytest.mark.parametrize("body, says", [
    ("return np.zeros(w.shape, np.int8), np.ones(w.shape[1], np.float32)", "shape"),
    ("return np.zeros(w.shape, np.int8)", "expected 2 arrays"),
    ("pass", "None"),
    ("return np.zeros(w.shape, np.int16), np.ones(len(w), np.float32)", "int16, expected int8"),
    ("return np.zeros(w.shape, np.int8), np.zeros(len(w), np.float32)", "not positive"),
    ("return np.zeros(w.shape, np.int8), np.full(len(w), np.nan, np.float32)", "NaN"),
    ("return w.reshape(3, 5)", "ValueError"),
    ("raise SystemExit(0)", "SystemExit"),
    ("return oops", "NameError"),
])  # fmt: skip
def test_what_a_learners_function_gave_instead_is_named(tmp_path, capsys, body, says):
    message = refused(tmp_path, capsys, "w8a8", "--impl", implementation(tmp_path, ONES + body))
    assert says in message and "quantize_per_channel" in message


def test_codes_that_four_bits_do_not_hold_are_refused(tmp_path, capsys):
    slip = (
        "import numpy as np\ndef quantize_groupwise(w, group_size=128):\n"
        "    return np.full(w.shape, 8, np.int8), np.ones((len(w), w.shape[1] // group_size), np.float16)\n"
    )
    assert "8 to 8, expected -8 to 7" in refused(tmp_path, capsys, "gptq", "--impl", implementation(tmp_path, slip))


def test_an_implementation_that_means_nothing_is_refused(tmp_path, capsys):
    assert run("w8a8", tmp_path / "out", "--impl", "nonsense") == 2
    assert "--impl 'nonsense'" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_and_keeps_what_was_there(tmp_path, capsys):
    resource = pytest.importorskip("resource", reason="limits on file size are POSIX")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def write_with_little_room(*more):
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            return run("w8a8", tmp_path / "new" / "out", *more)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert write_with_little_room() == 2
    error = capsys.readouterr().err
    assert "could not be written" in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())
    assert run("gptq", tmp_path / "new" / "out") == 0
    assert write_with_little_room("--overwrite") == 2
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["out"]
    assert json.loads((tmp_path / "new" / "out" / "config.json").read_text())["quantization_config"]["sym"]


def test_ctrl_c_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "save_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("w8a8", tmp_path / "new" / "out")
    assert not list(tmp_path.iterdir())
