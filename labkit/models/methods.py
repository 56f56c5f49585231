"""How the codes of a checkpoint are chosen: to the nearest, or with what the model's activations say.

A format is not an algorithm: each of these fills the same files. GPTQ chooses other codes on the same grid. AWQ and
SmoothQuant change the weights before, by a scale of each input channel that is divided out of the norm before the layer
(lab 04's `fold_into_norm`), so that the model in full precision stays the same; layers without a norm before them
(o_proj, down_proj) keep their weights, as in SmoothQuant.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from transformers import LlamaForCausalLM

from labkit.models import outliers
from labkit.models.learner import Learner
from labkit.models.quantize import inputs_of, linear_layers

AWQ_ROWS = 1024  # of the calibration text: the search looks at its output error twenty times


@dataclass(frozen=True)
class Method:
    """`change` gives the model whose weights are coded; `reads_inputs` says that the codes themselves ask for them."""

    title: str
    schemes: tuple[str, ...]
    change: Callable[[LlamaForCausalLM, Learner, torch.Tensor], LlamaForCausalLM] | None = None
    reads_inputs: bool = False


def awq(
    model: LlamaForCausalLM, learner: Learner, calibration: torch.Tensor, group_size: int = 128
) -> LlamaForCausalLM:
    """A copy of ``model`` with AWQ's searched scales in the weights and folded into the norms: the same function."""
    scaled = copy.deepcopy(model)
    pairs = outliers.norms_and_readers(scaled)
    activations = inputs_of(scaled, [readers[0] for _, readers in pairs], calibration)
    for (norm, readers), x in zip(pairs, activations, strict=True):
        weights = np.concatenate([reader.weight.detach().numpy() for reader in readers])
        x, width = x[:: -(-len(x) // AWQ_ROWS)], x.shape[-1:]
        # subtle: one norm has one gain, so q, k and v share one s, searched on the output of all of them together.
        s = learner.call("04", "awq_scales", x, weights, group_size=group_size, gives=(width,))
        for reader in readers:
            reader.weight.data = reader.weight.data * torch.from_numpy(np.array(s, np.float32))
        gain = learner.call("04", "fold_into_norm", norm.weight.detach().numpy(), s, gives=(width,))
        norm.weight.data = torch.from_numpy(np.array(gain, np.float32))
    return scaled


INT4 = ("w4a16", "awq", "gptq")
METHODS: dict[str, Method] = {
    "nearest": Method("each weight to the nearest code", ("w8a8", "fp8", *INT4)),
    "gptq": Method("codes by gptq_quantize of lab 03", ("w4a16", "gptq"), reads_inputs=True),
    "awq": Method("scales by awq_scales of lab 04, folded into the norms", INT4, awq),
    "smoothquant": Method("smoothed by lab 04, folded into the norms", ("w8a8",), outliers.smoothed),
}


def layer_inputs(model: LlamaForCausalLM, calibration: torch.Tensor) -> dict[str, np.ndarray]:
    """What each linear layer of the blocks reads on the calibration text: name -> float32 (tokens, in)."""
    layers = linear_layers(model)
    return dict(zip(layers, inputs_of(model, list(layers.values()), calibration), strict=True))
