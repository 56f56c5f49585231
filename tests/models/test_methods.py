"""How a checkpoint's codes are chosen: the methods change what they say they change, and pay off where they should."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from safetensors.torch import load_file  # noqa: E402

from labkit.grading.implementation import resolve  # noqa: E402
from labkit.models import checkpoints, evaluate, methods, outliers  # noqa: E402
from labkit.models.exam import Exam  # noqa: E402
from labkit.models.learner import Learner  # noqa: E402
from labkit.models.load import load_model  # noqa: E402
from labkit.models.quantize import linear_layers  # noqa: E402
from labkit.models.readback import dequantized  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def shipped():
    return load_model()


@pytest.fixture(scope="module")
def divergence(shipped):
    """divergence(folder): of the checkpoint's weights, its norms among them, from the model in full precision."""
    model, tokenizer = shipped
    exam = Exam(tokenizer, 0, 120)

    def measure(folder):
        changed = load_model()[0]
        held = load_file(folder / "model.safetensors")
        for name, parameter in changed.named_parameters():
            if name in held and "norm" in name:
                parameter.data = held[name].float()
        for name, weight in dequantized(folder).items():
            linear_layers(changed)[name.removeprefix("model.layers.")].weight.data = torch.from_numpy(
                np.array(weight, np.float32)
            )
        return exam.divergence(changed, model)

    return measure


def write(folder, scheme, method):
    checkpoints.write_checkpoint(scheme, folder / method, method=method)
    return folder / method


def test_awqs_scales_in_the_weights_and_the_norms_leave_the_same_function(shipped):
    model, tokenizer = shipped
    ids = outliers.calibration_ids(tokenizer)
    twin = outliers.make_twin(model, outliers.loud_channels(model.config.hidden_size))
    scaled = methods.awq(twin, Learner(resolve("solution")), ids[:4])
    first = [linear_layers(m)["0.self_attn.q_proj"].weight for m in (twin, scaled)]
    assert not torch.equal(*first), "the weights are scaled"
    assert evaluate.divergence(scaled, twin, ids[:2].flatten()) < 1e-6


@pytest.mark.parametrize("scheme", ["w4a16", "gptq"])
def test_a_checkpoint_of_gptqs_codes_is_closer_to_the_model_than_one_rounded_to_nearest(tmp_path, divergence, scheme):
    found = {method: divergence(write(tmp_path, scheme, method)) for method in ("nearest", "gptq")}
    assert found["gptq"] < 0.8 * found["nearest"], found  # 0.4 was seen


def test_an_awq_checkpoint_holds_the_scales_in_its_norms(tmp_path, divergence):
    folder = write(tmp_path, "awq", "awq")
    norms = [load_file(f / "model.safetensors")["model.layers.0.input_layernorm.weight"].float() for f in
             (folder, write(tmp_path, "awq", "nearest"))]  # fmt: skip
    assert not torch.equal(*norms)
    assert divergence(folder) < 0.02, "folded on one side alone the model would be another"


def test_a_smoothed_w8a8_checkpoint_is_the_smoothed_model_to_int8(tmp_path, divergence):
    assert divergence(write(tmp_path, "w8a8", "smoothquant")) < 0.005


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["w8a8", "OUT", "--method", "gptq"], "the method gptq is for w4a16, gptq, not for w8a8"),
        (["w4a16", "OUT", "--method", "hqq"], "no method 'hqq'; there are: nearest, gptq, awq, smoothquant"),
        (["w4a16", "OUT", "--method", "awq", "--impl", "starter"], "not written yet: awq_scales (lab 04)"),
        (["w4a16", "OUT", "--method", "gptq", "--impl", "starter"], "not written yet: gptq_quantize (lab 03)"),
    ],
)
def test_a_method_that_does_not_fit_is_one_line_and_leaves_nothing(tmp_path, capsys, arguments, says):
    out = tmp_path / "out"
    assert checkpoints.main([str(out) if a == "OUT" else a for a in arguments]) == 2
    said = capsys.readouterr().err
    assert says in said and len(said.splitlines()) == 1 and not out.exists()
