"""What the format that you teach vLLM must hold: in the engine, in float32, against numpy on the same codes and scales.

`engine.own_format(...)` calls `register_int8_format` in a child process and serves the course's model in that format.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

exercise = pytest.mark.exercise
pytestmark = pytest.mark.engine

MODEL = Path(__file__).resolve().parents[3] / "data" / "models" / "clerk-2m"
TEXTS = [
    "3721 in words: three thousand seven hundred and twenty-one",
    "(redo the rest) Up to now you have redone the rest",
]
X = np.random.default_rng(7).standard_normal((3, 256)).astype(np.float32)
LAYER = "model.layers.0.self_attn.o_proj.weight"  # square: swapped axes show in the values alone


def rows(w):
    """Codes and scales as the test hands them to the format: absmax / 127 a row, half to even."""
    scale = (np.abs(w).max(axis=1) / 127).astype(np.float32)
    return np.rint(w / scale[:, None]).astype(np.int8), scale


@pytest.fixture(scope="module")
def weights():
    from safetensors.torch import load_file

    return {name: tensor.float().numpy() for name, tensor in load_file(MODEL / "model.safetensors").items()}


@pytest.fixture(scope="module")
def serialized(tmp_path_factory, weights):
    """The model as codes and scales, with the format's name in config.json."""
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("checkpoints") / "own"
    shutil.copytree(MODEL, folder)
    tensors = {}
    for name, w in weights.items():
        if name.endswith("_proj.weight"):
            q, scale = rows(w)
            tensors |= {name: torch.from_numpy(q), name + "_scale": torch.from_numpy(scale)[:, None].contiguous()}
        else:
            tensors[name] = torch.from_numpy(w).to(torch.bfloat16)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"quantization_config": {"quant_method": "lab_int8"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def serve(engine, lab, checkpoint, plain):
    return engine.own_format(lab.register_int8_format, checkpoint, plain, TEXTS, X.tolist())


def check_layer(check, served, weights):
    w = weights[LAYER].astype(np.float64)
    q, scale = rows(weights[LAYER])
    x, q, scale = X.astype(np.float64), q.astype(np.float64), scale.astype(np.float64)
    got = np.array(served["layer"])
    # float32 sums of 256 products: about 256 * 2**-24 of the loudest term's size.
    check.close(
        got,
        "the output of the first o_proj",
        x @ (q * scale[:, None]).T,
        atol=1e-4 * np.abs(x @ w.T).max(),
        suspects={
            words: got if np.abs(got - value).max() <= 1e-4 * np.abs(value).max() else value
            for words, value in {
                "the weight itself: it was never quantized": x @ w.T,
                "the codes alone: the scale is missing": x @ q.T,
                "the scale along the inputs, not the outputs": x @ (q * scale[None, :]).T,
                "the transpose of the weight": x @ (q * scale[:, None]),
            }.items()
        },
        ask="x @ (codes * scale).T, a scale a row?",
    )


@exercise("register_int8_format")
def test_a_plain_checkpoint_is_quantized_as_it_loads(lab, check, engine, weights):
    served = serve(engine, lab, MODEL, plain=True)
    dtypes = served["dtypes"]
    matrices = [name for name in dtypes if "_proj" in name and name.endswith(".weight")]
    floats = [name for name in matrices if dtypes[name] != "torch.int8"]
    first = floats[0] if floats else ""
    check.that(
        not floats,
        f"{len(floats)} of {len(matrices)} matrices in the engine are not int8, such as\n{first} ({dtypes.get(first)})",
        ask="Does get_quant_method give your method for every LinearBase, and is `weight` replaced after loading?",
    )
    check_layer(check, served, weights)


@exercise("register_int8_format")
def test_a_checkpoint_of_codes_and_scales_loads_as_it_is(lab, check, engine, weights, serialized):
    check_layer(check, serve(engine, lab, serialized, plain=False), weights)


@exercise("register_int8_format")
def test_the_whole_model_says_what_the_dequantized_model_says(lab, check, engine, weights):
    import torch
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    served = serve(engine, lab, MODEL, plain=True)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(MODEL)
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32)
    plain = model.state_dict()
    whole = logprobs(model, tokenizer)
    state = {}
    for name, w in weights.items():
        q, scale = rows(w) if name.endswith("_proj.weight") else (w, np.ones(len(w), np.float32))
        state[name] = torch.from_numpy(q.astype(np.float32) * scale.reshape(-1, *[1] * (w.ndim - 1)))
    model.load_state_dict({**plain, **state})
    # float32 on both sides, sums in another order: seen 1e-5; the quantization itself moves some by 1e-2 and more.
    check.close(
        np.concatenate(served["logprobs"]),
        "the log-probabilities",
        logprobs(model, tokenizer),
        atol=1e-3,
        suspects={"the model as it was: nothing was quantized": whole},
        ask="Do the fused matrices (q, k, v; gate, up) keep one scale a row?",
    )


def logprobs(model, tokenizer):
    import torch

    found = []
    with torch.no_grad():
        for text in TEXTS:
            ids = torch.tensor([tokenizer(text)["input_ids"]])
            scores = model(ids).logits[0, :-1].log_softmax(-1)
            found.append(scores.gather(1, ids[0, 1:, None])[:, 0].numpy())
    return np.concatenate(found)


@exercise("register_int8_format")
def test_a_format_without_a_name_is_refused(lab, check, engine):
    served = engine.refusing(lab.register_int8_format)
    check.refuses(served, "", None, naming="name", because="an empty name")
