"""The quantized model as files: what is in them, and that other people's software reads it."""

import json
import re

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from safetensors import safe_open  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from labkit import course  # noqa: E402
from labkit.grading.submission import load  # noqa: E402
from labkit.models import checkpoints  # noqa: E402
from labkit.models.formats import FORMATS  # noqa: E402
from labkit.models.load import DEFAULT_MODEL, load_model  # noqa: E402
from labkit.models.quantize import linear_layers  # noqa: E402
from labkit.models.readback import dequantized  # noqa: E402

SOLUTION = {number: load(course.find(number).folder / "solution.py") for number in ("01", "03")}
IDS = torch.tensor([[1, 40, 7, 300, 2, 255, 19, 88], [1, 5, 5, 5, 511, 260, 3, 4]])

# What a reader of each format expects of a layer with weight (out, in); g = in / 128.
PARTS = {
    "w8a8": lambda o, i: {"weight": ("I8", (o, i)), "weight_scale": ("F32", (o, 1))},
    "fp8": lambda o, i: {"weight": ("F8_E4M3", (o, i)), "weight_scale": ("F32", (o, 1))},
    "w4a16": lambda o, i: {
        "weight_packed": ("I32", (o, i // 8)), "weight_scale": ("F16", (o, i // 128)), "weight_shape": ("I64", (2,)),
    },
    "awq": lambda o, i: {
        "qweight": ("I32", (i, o // 8)), "qzeros": ("I32", (i // 128, o // 8)), "scales": ("F16", (i // 128, o)),
    },
    "gptq": lambda o, i: {
        "qweight": ("I32", (i // 8, o)), "qzeros": ("I32", (i // 128, o // 8)), "scales": ("F16", (i // 128, o)),
        "g_idx": ("I32", (i,)),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped():
    return load_model()[0]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """written("awq") -> the shipped model's folder in that scheme, written once."""
    made = {}

    def write(scheme):
        if scheme not in made:
            made[scheme] = tmp_path_factory.mktemp("made") / scheme
            checkpoints.write_checkpoint(scheme, made[scheme])
        return made[scheme]

    return write


def layers_of(model):
    return {f"model.layers.{name}": module.weight.numpy() for name, module in linear_layers(model).items()}


def as_the_labs_say(scheme, w):
    """The weight that the learner's codes stand for."""
    if scheme == "w8a8":
        return SOLUTION["01"].get("dequantize")(*SOLUTION["01"].get("quantize_per_channel")(w))
    asymmetric = SOLUTION["03"].get("quantize_groupwise_asymmetric") if scheme == "awq" else None
    if asymmetric:
        q, scale, zero_point = asymmetric(w)
        q = q.astype(np.int8) - np.repeat(zero_point.astype(np.int8), 128, axis=1)
        return q * np.repeat(scale.astype(np.float32), 128, axis=1)
    return SOLUTION["03"].get("dequantize_groupwise")(*SOLUTION["03"].get("quantize_groupwise")(w))


@pytest.mark.parametrize("scheme", FORMATS)
def test_every_tensor_has_the_name_shape_and_dtype_of_its_format(written, shipped, scheme):
    expected = {}
    for name, w in layers_of(shipped).items():
        expected |= {f"{name}.{part}": what for part, what in PARTS[scheme](*w.shape).items()}
    kept = "BF16" if scheme in ("w8a8", "fp8") else "F16"
    for name, tensor in shipped.state_dict().items():
        if "norm" in name or "embed" in name:
            expected[name] = (kept, tuple(tensor.shape))
    with safe_open(written(scheme) / "model.safetensors", "pt") as file:
        found = {n: (file.get_slice(n).get_dtype(), tuple(file.get_slice(n).get_shape())) for n in file.keys()}
    assert found == expected


@pytest.mark.parametrize("scheme", FORMATS)
def test_the_config_is_the_models_own_with_the_quantization_beside_it(written, scheme):
    config = json.loads((written(scheme) / "config.json").read_text())
    own = json.loads((DEFAULT_MODEL / "config.json").read_text())
    quantization = config.pop("quantization_config")
    kept = "bfloat16" if scheme in ("w8a8", "fp8") else "float16"
    assert config == own | {"dtype": kept, "torch_dtype": kept}
    method = scheme if scheme in ("awq", "gptq") else "compressed-tensors"
    assert quantization["quant_method"] == method


@pytest.mark.parametrize("scheme", FORMATS)
def test_the_folder_holds_the_tokenizer_and_nothing_unexpected(written, scheme):
    names = {path.name for path in written(scheme).iterdir()}
    assert names == {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                     "tokenizer_config.json"}  # fmt: skip
    assert AutoTokenizer.from_pretrained(written(scheme))("34 + 12")["input_ids"]


@pytest.mark.parametrize("scheme", ["w8a8", "w4a16", "awq", "gptq"])
def test_read_back_by_definition_the_weights_are_the_labs_to_the_last_bit(written, shipped, scheme):
    found = dequantized(written(scheme))
    assert found.keys() == layers_of(shipped).keys()
    for name, w in layers_of(shipped).items():
        np.testing.assert_array_equal(found[name], as_the_labs_say(scheme, w), err_msg=name)


def test_fp8_read_back_is_within_half_a_step_of_e4m3(written, shipped):
    found = dequantized(written("fp8"))
    for name, w in layers_of(shipped).items():
        scale = np.abs(w).max(axis=1, keepdims=True) / 448
        # Three mantissa bits: half a step is 2**-4 of the value, and 2**-10 below the smallest normal, 2**-6.
        # The few ulps of float32 that dividing and multiplying by the scale add are the 1e-6.
        bound = np.maximum(np.abs(w) * 2**-4, scale * 2**-10) * (1 + 1e-6)
        assert (np.abs(found[name] - w) <= bound).all(), name


# ---- other people's software ----


def reference(scheme, folder, shipped):
    """The float model that a reader of the checkpoint computes, activations rounded as compressed-tensors does."""
    model = load_model()[0]
    if scheme == "w4a16":
        for parameter in model.parameters():  # embedding and norms as the file holds them
            parameter.data = parameter.data.to(torch.float16).to(torch.float32)
    for name, w in layers_of(shipped).items():
        module = model.get_submodule(name)
        hat = dequantized_by_hand(folder, name) if scheme == "fp8" else as_the_labs_say(scheme, w)
        module.weight.data = torch.from_numpy(hat)
        if scheme != "w4a16":
            module.register_forward_pre_hook(lambda _, args: (round_tokens(scheme, args[0]),))
    return model


def dequantized_by_hand(folder, name):
    with safe_open(folder / "model.safetensors", "pt") as file:
        codes, scale = (file.get_tensor(f"{name}.{part}") for part in ("weight", "weight_scale"))
    bits = codes.view(torch.uint8).numpy().astype(np.int64)
    sign, exponent, mantissa = 1 - 2 * (bits >> 7), bits >> 3 & 15, bits & 7
    value = np.where(exponent == 0, mantissa / 8 * 2.0**-6, (1 + mantissa / 8) * 2.0 ** (exponent - 7.0))
    return (sign * value).astype(np.float32) * scale.numpy()


def round_tokens(scheme, x):
    """compressed-tensors: absmax / 127.5 for int8, which a kernel divides by 127; absmax / 448 for FP8."""
    scale = x.abs().amax(-1, keepdim=True) / (127.5 if scheme == "w8a8" else 448)
    if scheme == "w8a8":
        return (x / scale).clamp(-128, 127).round() * scale
    return (x / scale).clamp(-448, 448).to(torch.float8_e4m3fn).float() * scale


@pytest.mark.parametrize("scheme", ["w8a8", "w4a16", "fp8"])
def test_transformers_computes_what_the_labs_weights_compute(written, shipped, scheme):
    pytest.importorskip("compressed_tensors")
    model = AutoModelForCausalLM.from_pretrained(written(scheme), dtype=torch.float32)
    with torch.inference_mode():
        logits = model(IDS).logits
        expected = reference(scheme, written(scheme), shipped)(IDS).logits
    for name, w in layers_of(shipped).items():
        hat = dequantized_by_hand(written(scheme), name) if scheme == "fp8" else as_the_labs_say(scheme, w)
        np.testing.assert_array_equal(model.get_submodule(name).weight.numpy(), hat, err_msg=name)
    # The same products in float32: sums of at most 512 terms, each 2**-24 off at most, through 21 layers.
    # (On one machine with one thread they are equal; another one may sum in another order.)
    assert (logits - expected).abs().max() <= 512 * 21 * 2**-24 * expected.abs().max()


@pytest.mark.parametrize("scheme", ["w8a8", "w4a16", "fp8"])
def test_compressed_tensors_understands_the_config_as_meant(written, scheme):
    library = pytest.importorskip("compressed_tensors.quantization")
    config = json.loads((written(scheme) / "config.json").read_text())["quantization_config"]
    read = library.QuantizationConfig.model_validate(config)
    group = read.config_groups["group_0"]
    weights = {"w8a8": (8, "int", "channel"), "w4a16": (4, "int", "group"), "fp8": (8, "float", "channel")}[scheme]
    assert (group.weights.num_bits, group.weights.type, group.weights.strategy) == weights
    assert group.weights.symmetric and read.ignore == ["lm_head"]
    if scheme == "w4a16":
        assert group.input_activations is None and group.weights.group_size == 128
    else:
        assert group.input_activations.dynamic and group.input_activations.strategy == "token"


def test_the_packed_words_of_the_model_are_those_of_compressed_tensors(written, shipped):
    library = pytest.importorskip("compressed_tensors.compressors")
    with safe_open(written("w4a16") / "model.safetensors", "pt") as file:
        for name, w in layers_of(shipped).items():
            q, _ = SOLUTION["03"].get("quantize_groupwise")(w)
            assert torch.equal(file.get_tensor(f"{name}.weight_packed"), library.pack_to_int32(torch.from_numpy(q), 4))
            assert file.get_tensor(f"{name}.weight_shape").tolist() == list(w.shape)


# ---- the pages ----

PAGES = ["docs/en/checkpoints.md", "docs/es/puntos-de-control.md"]


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (course.ROOT / page).read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_the_configs_as_written(page):
    whole, flat = blocks(page, "json")
    awq, gptq = re.split(r"\n(?={)", flat.strip())
    shown = {"w4a16": json.loads(whole), "awq": json.loads(awq), "gptq": json.loads(gptq)}
    assert shown == {scheme: FORMATS[scheme].config for scheme in shown}


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_code_reads_a_layer_back(page, written, shipped):
    names = {}
    exec(blocks(page, "python")[0].replace("build/w4a16", str(written("w4a16"))), names)
    w = layers_of(shipped)[names["layer"]]
    np.testing.assert_array_equal(names["w_hat"].reshape(w.shape), as_the_labs_say("w4a16", w))
