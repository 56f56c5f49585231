"""The model under each scheme: bytes by hand, the right layers and no others, and whatever a learner's file holds."""

import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from labkit import course  # noqa: E402
from labkit.grading.implementation import resolve  # noqa: E402
from labkit.models import schemes  # noqa: E402
from labkit.models.learner import Learner, NotUsable, functions_in  # noqa: E402
from labkit.models.load import load_model  # noqa: E402
from labkit.models.quantize import apply, linear_layers  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

NAMES = [scheme.name for scheme in schemes.SCHEMES]
SOME_TEXT = torch.arange(1, 129).view(2, 64)  # what a rule that looks at a layer's inputs gets to see


@pytest.fixture(scope="module")
def model():
    return load_model()[0]


@pytest.fixture(scope="module")
def solution():
    return Learner(resolve("solution"))


@pytest.fixture
def file_with(tmp_path):
    """file_with(code) -> a learner whose only file holds this code."""

    def write(code: str) -> Learner:
        path = tmp_path / "mine.py"
        path.write_text("import numpy as np\n" + code, encoding="utf-8")
        return Learner(resolve(str(path)))

    return write


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_are_those_counted_by_hand(model, solution, name):
    # 3 blocks of q (256 x 256), k, v (128 x 256), o (256 x 256), gate, up (512 x 256), down (256 x 512).
    weights = 3 * (2 * 256 * 256 + 2 * 128 * 256 + 3 * 512 * 256)
    rows = 3 * (256 + 128 + 128 + 256 + 512 + 512 + 256)
    others = 2 * (512 * 256 + 3 * 2 * 256 + 256)  # tied embedding, norms: 16 bits
    linear = {
        "bf16": 2 * weights, "int8-tensor": weights + 4 * 21, "int8-channel": weights + 4 * rows,
        "w8a8-tensor": weights + 4 * rows, "w8a8-token": weights + 4 * rows,
        "int4-tensor": weights / 2 + 4 * 21, "int4-channel": weights / 2 + 4 * rows,
        "int4-g128": weights / 2 + 2 * weights / 128, "int4-g64": weights / 2 + 2 * weights / 64,
        "int4-g32": weights / 2 + 2 * weights / 32, "int3-tensor": weights * 3 / 8 + 4 * 21,
        "int3-channel": weights * 3 / 8 + 4 * rows, "int3-g64": weights * 3 / 8 + 4 * weights / 64,
        "fp8-channel": weights + 4 * rows, "int8-linear": weights + 4 * rows, "llm-int8": weights + 4 * rows,
        "nf4-b64": weights / 2 + 4 * weights / 64,
        "int4-zp-g128": weights / 2 + 2 * weights / 128 + weights / 128 / 2,  # a zero point is half a byte
        "gptq-int4-g128": weights / 2 + 2 * weights / 128, "awq-int4-g128": weights / 2 + 2 * weights / 128,
        "gptq-int3-g64": weights * 3 / 8 + 2 * weights / 64,  # lab 03's scales are float16, lab 01's float32
        "awq-int3-g64": weights * 3 / 8 + 4 * weights / 64,
    }  # fmt: skip
    result = apply(schemes.by_name(name), model, solution, SOME_TEXT)
    assert result.bytes == linear[name] + others
    assert result.bits_per_weight == pytest.approx(8 * linear[name] / weights)
    assert result.embedding_bytes == 2 * 512 * 256


def test_bf16_takes_what_the_file_takes_but_for_its_header(model, solution):
    from labkit.models.load import DEFAULT_MODEL

    file = (DEFAULT_MODEL / "model.safetensors").stat().st_size
    assert 0 < file - apply(schemes.by_name("bf16"), model, solution).bytes < 5000


@pytest.mark.parametrize("name", ["int4-g64", "w8a8-token"])
def test_only_the_linear_layers_of_the_blocks_change_and_only_in_the_copy(model, solution, name):
    before = {key: value.clone() for key, value in model.state_dict().items()}
    after = apply(schemes.by_name(name), model, solution).model.state_dict()
    assert all(torch.equal(model.state_dict()[key], value) for key, value in before.items())
    for key, value in before.items():
        if "proj" not in key:
            assert torch.equal(after[key], value), key
        elif name == "int4-g64":
            assert not torch.equal(after[key], value), key


def test_groups_of_lab_01s_rows_are_groups_along_the_inputs(model, solution):
    w = linear_layers(model)["0.mlp.down_proj"].weight.numpy()
    got = linear_layers(apply(schemes.by_name("int3-g64"), model, solution).model)["0.mlp.down_proj"].weight.numpy()
    groups = w.reshape(256, 8, 64)
    scale = np.abs(groups).max(axis=2, keepdims=True) / 3
    assert np.allclose(got, (np.rint(groups / scale) * scale).reshape(w.shape), atol=1e-6)


def test_w8a8_per_token_gives_each_token_its_own_scale(model, solution):
    quantized = apply(schemes.by_name("w8a8-token"), model, solution).model.model.layers[0].mlp.down_proj
    w = linear_layers(model)["0.mlp.down_proj"].weight
    x = torch.randn(2, 3, 512, generator=torch.Generator().manual_seed(1)) * torch.tensor([1.0, 100.0, 0.01])[:, None]
    error = (quantized(x) - x @ w.T).norm(dim=-1) / (x @ w.T).norm(dim=-1)
    assert error.max() < 0.03  # int8 on both sides: about one percent for each token, however quiet


def test_every_function_of_a_scheme_is_an_exercise_of_the_course():
    for scheme in schemes.SCHEMES:
        for lab, function in scheme.needs:
            assert course.find(lab).exercise(function)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_starter_that_is_not_written_says_which_function_of_which_lab_is_missing(model, name):
    with pytest.raises(NotUsable, match=r"not written yet: \w+ \(lab 0\d\)$") as caught:
        result = apply(schemes.by_name(name), model, Learner(resolve("starter")), SOME_TEXT)
        result.model(torch.zeros(1, 4, dtype=torch.long))
    assert caught.value.kind == "not written"
    assert (caught.value.lab, caught.value.function) in schemes.by_name(name).needs


GOOD = "def dequantize(q, scale): return q * np.asarray(scale, np.float32).reshape(-1, 1)\n"


@pytest.mark.parametrize(
    "code, says",
    [
        ("def quantize_per_channel(w, bits=8): return 1 / 0", "line 2, ZeroDivisionError: division by zero"),
        ("def quantize_per_channel(w, bits=8): exit()", "line 2, SystemExit"),
        ("def quantize_per_channel(w, bits=8): return None", "gave None, expected 2 arrays"),
        ("def quantize_per_channel(w, bits=8): return w", "gave a ndarray, expected 2 arrays"),
        ("def quantize_per_channel(w, bits=8): return w[:, :3], w[0]", "gave the shape"),
        ("def quantize_per_channel(w): return w, w[:, 0]", "TypeError"),
        ("def quantize_per_channel(w, bits=8): return w, w[:, 0]", "gave codes of float32, expected int8"),
        ("def quantize_per_channel(w, bits=8): return w * np.nan, w[:, 0]", "gave NaN or inf"),
        ("def quantize_per_channel(w, bits=8): return np.full(w.shape, 9), w[:, 0]", "which 4 bits do not hold"),
        (
            "def quantize_per_channel(w, bits=8):\n    w /= 2\n    return w, w",
            "line 3, ValueError: output array is read-only",
        ),
        ("def quantize_per_channel(w, bits=8): return [[1], [2, 3]], 3", "expected an array"),
        ("def quantize_per_channel(w, bits=8:\n    return 1", "SyntaxError"),
        ("quantize_per_channel = 3", "not written yet"),
        ("", "not written yet: quantize_per_channel (lab 01)"),
    ],
)
def test_what_a_learners_function_does_wrong_is_said_in_one_line(model, file_with, code, says):
    with pytest.raises(NotUsable) as caught:
        apply(schemes.by_name("int4-channel"), model, file_with(f"{code}\n{GOOD}"))
    message = str(caught.value)
    assert says in message and "quantize_per_channel (lab 01)" in message and "\n" not in message


def test_a_slip_in_the_arithmetic_of_a_forward_pass_is_said_too(model, file_with):
    result = apply(schemes.by_name("w8a8-tensor"), model, file_with("def w8a8_linear(x, w, bias=None): return x"))
    with pytest.raises(NotUsable, match="w8a8_linear .* gave the shape"):
        result.model(torch.zeros(1, 4, dtype=torch.long))


def test_what_a_learner_prints_stays_out_of_stdout(model, file_with, capsys):
    code = "print('loading')\ndef quantize_per_tensor(w, bits=8):\n    print('here')\n"
    code += "    return np.ones(w.shape, np.int8), 1\n"
    apply(schemes.by_name("int8-tensor"), model, file_with(code + GOOD))
    captured = capsys.readouterr()
    assert captured.out == "" and "here" in captured.err and "loading" in captured.err


def test_a_folder_without_a_labs_file_says_that_it_is_missing(model, tmp_path):
    folder = tmp_path / course.find("01").folder.name
    folder.mkdir()
    shutil.copy(course.find("01").folder / "solution.py", folder / "starter.py")
    learner = Learner(resolve(str(tmp_path)))
    assert apply(schemes.by_name("int8-channel"), model, learner).bytes > 0
    with pytest.raises(NotUsable, match="there is no starter.py for this lab"):
        apply(schemes.by_name("int4-g64"), model, learner)


@pytest.mark.parametrize("code, says", [("x = 1", "defines no function of the course"), ("def f(:", "SyntaxError")])
def test_a_file_of_slips_must_hold_a_function_of_the_course(tmp_path, code, says):
    path = tmp_path / "slip.py"
    path.write_text(code)
    with pytest.raises(ValueError, match=says):
        functions_in(path)


def test_an_unknown_scheme_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="int9-channel.*int8-channel"):
        schemes.by_name("int9-channel")
