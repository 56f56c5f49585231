"""The measurements behind the figures: weights at every bit width, a loud row, loud channels, and how loud is too loud.

`lab plots --measure` runs them with the reference solution and stores data/measurements/model-figures.json;
`lab plots` draws from the stored file alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from labkit.models import outliers, schemes
from labkit.models.exam import Exam
from labkit.models.learner import Learner
from labkit.models.quantize import Result, apply, inputs_of, linear_layers

BITS = (2, 3, 4, 5, 6, 7, 8)
GRANULARITIES = ("tensor", "channel", "g128", "g64", "g32")
ROW_LOUDNESS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000)
CHANNEL_LOUDNESS = (1, 5, 10, 20, 40, 80, 160, 320, 640, 1280)
TOKENS = 40  # of the map of channels and tokens
LOUD_ROW = 20


def measure(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    learner: Learner,
    documents: int,
    step: Callable[[str], None],
) -> dict:
    """Everything the figures need, as plain lists. ``step`` is told the name of each part."""
    exam = Exam(tokenizer, 0, documents)
    calibration = outliers.calibration_ids(tokenizer)
    channels = outliers.loud_channels(model.config.hidden_size)
    parts = {
        "bits": lambda: bits_and_granularity(model, learner, exam),
        "loud_row": lambda: loud_row(model, learner),
        "channels": lambda: channels_and_tokens(model, learner, calibration, channels),
        "loudness": lambda: loudness(model, learner, exam, calibration, channels),
    }
    data = {"vocabulary": model.config.vocab_size}
    for name, part in parts.items():
        step(name)
        data[name] = part()
    return data


def bits_and_granularity(model: LlamaForCausalLM, learner: Learner, exam: Exam) -> list[dict]:
    """Relative error of all quantized weights together, and perplexity, for every width and granularity."""
    rows = [{"bits": 16, "granularity": "none", "error": 0.0, "perplexity": exam.perplexity(model)}]
    for bits in BITS:
        for granularity in GRANULARITIES:
            result = apply(schemes.by_name(f"int{bits}-{granularity}"), model, learner)
            rows.append({
                "bits": bits, "granularity": granularity, "bits_per_weight": result.bits_per_weight,
                "error": weight_error(model, result), "perplexity": exam.perplexity(result.model),
            })  # fmt: skip
    return rows


def weight_error(model: LlamaForCausalLM, result: Result) -> float:
    """Frobenius norm of all weight errors over that of all quantized weights."""
    pairs = zip(linear_layers(model).values(), linear_layers(result.model).values(), strict=True)
    error = size = 0.0
    for before, after in pairs:
        error += float((before.weight - after.weight).double().square().sum())
        size += float(before.weight.double().square().sum())
    return (error / size) ** 0.5


def loud_row(model: LlamaForCausalLM, learner: Learner) -> dict:
    """One row of a trained matrix made louder and louder: what one scale a matrix does to the others.

    ``rows`` holds each row's relative error at 1000 times; ``curve`` the error of the whole matrix and the median
    row's, for each loudness.
    """
    quiet = linear_layers(model)["1.mlp.gate_proj"].weight.numpy()
    curve, rows = [], {}
    for times in ROW_LOUDNESS:
        w = quiet.copy()
        w[LOUD_ROW] *= times
        point = {"times": times}
        for function, scales in (("quantize_per_tensor", ()), ("quantize_per_channel", w.shape[:1])):
            q, scale = learner.call("01", function, w, gives=(w.shape, scales))
            w_hat = learner.call("01", "dequantize", q, scale, gives=(w.shape,))
            by_row = learner.call("01", "row_relative_error", w, w_hat, gives=(w.shape[:1],))
            name = function.removeprefix("quantize_per_")
            point[name] = {
                "whole": float(learner.call("01", "relative_error", w, w_hat, gives=((),))),
                "median_row": float(np.median(by_row)),
            }
            if times == 1000:
                rows[name] = _rounded(by_row)
        curve.append(point)
    return {"layer": "1.mlp.gate_proj", "row": LOUD_ROW, "rows": rows, "curve": curve}


def channels_and_tokens(
    model: LlamaForCausalLM, learner: Learner, calibration: torch.Tensor, channels: list[int]
) -> dict:
    """|x| that the second block's q, k and v read, (tokens, channels): the twin's, and the same after smoothing."""
    twin = outliers.make_twin(model, channels)
    arms = {"twin": twin, "smoothed": outliers.smoothed(twin, learner, calibration)}
    maps = {}
    for name, arm in arms.items():
        x = inputs_of(arm, [linear_layers(arm)["1.self_attn.q_proj"]], calibration[:1])[0]
        # Two digits are enough for a colour; a text a token keeps the file small.
        maps[name] = [" ".join(f"{value:.2g}" for value in row) for row in np.abs(x[1 : TOKENS + 1])]
    return {"layer": "1.self_attn.q_proj", "loud": channels, "maps": maps}


def loudness(
    model: LlamaForCausalLM, learner: Learner, exam: Exam, calibration: torch.Tensor, channels: list[int]
) -> list[dict]:
    """Perplexity of the twin for each loudness of its channels: W8A8 both ways, smoothed, and weights alone."""
    rows = []
    for times in CHANNEL_LOUDNESS:
        twin = outliers.make_twin(model, channels, times)
        calm = outliers.smoothed(twin, learner, calibration)
        arms = {
            "bf16": (twin, "bf16"), "int8-channel": (twin, "int8-channel"), "w8a8-tensor": (twin, "w8a8-tensor"),
            "w8a8-token": (twin, "w8a8-token"), "smoothed": (calm, "w8a8-tensor"),
        }  # fmt: skip
        rows.append({"times": times} | {
            name: exam.perplexity(apply(schemes.by_name(scheme), subject, learner).model)
            for name, (subject, scheme) in arms.items()
        })  # fmt: skip
    return rows


def _rounded(values: np.ndarray) -> list[float]:
    """Three significant digits: enough for a picture."""
    return [float(f"{value:.3g}") for value in values]
