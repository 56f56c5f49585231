"""A model folder loads whole, or one message says what is wrong and what mends it."""

import json
import shutil

import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from safetensors.torch import load_file, save_file  # noqa: E402

from labkit.models.load import DEFAULT_MODEL, ModelError, load_model  # noqa: E402


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped model to break."""
    return shutil.copytree(DEFAULT_MODEL, tmp_path / "model")


def message_of(folder) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    return str(caught.value)


def edit_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def test_the_shipped_model_loads_in_float32_ready_to_evaluate():
    model, tokenizer = load_model()
    assert not model.training
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in model.parameters())
    assert len(tokenizer) == model.config.vocab_size


def test_the_model_can_be_loaded_as_stored():
    model, _ = load_model(dtype=torch.bfloat16)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}


def test_a_missing_folder_is_named(tmp_path):
    message = message_of(tmp_path / "nowhere")
    assert "nowhere" in message and "lab train" in message


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert name in message_of(folder)


@pytest.mark.parametrize("kept", [0, 5, 1000, 500_000])
def test_cut_short_weights_are_said_to_be_cut_short(folder, kept):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    message = message_of(folder)
    assert "model.safetensors" in message and "cut short" in message


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_damaged_json_is_named(folder, name):
    text = (folder / name).read_text()
    (folder / name).write_text(text[: len(text) // 2])
    assert name in message_of(folder)


@pytest.mark.parametrize("named", [["GPT2LMHeadModel"], None, "LlamaForCausalLM and more"])
def test_another_architecture_is_named(folder, named):
    edit_config(folder, architectures=named)
    message = message_of(folder)
    assert str(named) in message and "LlamaForCausalLM" in message


def test_a_quantized_checkpoint_is_refused_with_its_reason(folder):
    edit_config(folder, quantization_config={"quant_method": "gptq"})
    assert "quantization_config" in message_of(folder)


@pytest.mark.parametrize("change", [{"intermediate_size": 640}, {"num_hidden_layers": 4}, {"num_hidden_layers": 2}])
def test_weights_of_other_sizes_than_the_config_are_refused(folder, change):
    edit_config(folder, **change)
    assert "does not fit config.json" in message_of(folder)


def test_a_missing_matrix_is_named_instead_of_filled_with_random_numbers(folder):
    tensors = load_file(folder / "model.safetensors")
    name = "model.layers.1.mlp.up_proj.weight"
    del tensors[name]
    save_file(tensors, folder / "model.safetensors")
    message = message_of(folder)
    assert name in message and "absent" in message


def test_every_message_is_one_line(folder):
    (folder / "model.safetensors").write_bytes(b"x" * 100)
    assert "\n" not in message_of(folder)
