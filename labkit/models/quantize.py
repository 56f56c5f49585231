"""Quantize the model: a scheme's rule, layer by layer, and the bytes that come of it.

The linear layers of the decoder blocks are quantized. The embedding table (here also the output head) and the
norms stay in 16 bits, as they do in the checkpoints that people serve. The schemes are in ``schemes``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from transformers import LlamaForCausalLM

from labkit.models.learner import Learner, NotUsable
from labkit.models.load import ModelError


@dataclass(frozen=True)
class Layer:
    """One linear layer as a rule sees it."""

    name: str  # "0.mlp.down_proj"
    weight: np.ndarray  # float32 (out, in)
    learner: Learner
    inputs: Callable[[], np.ndarray]  # calibration activations float32 (tokens, in), recorded when first asked for


@dataclass(frozen=True)
class Quantized:
    """What a rule makes of a layer.

    ``weight`` float32 (out, in) is what the codes stand for. A rule that also quantizes activations gives
    ``forward`` instead, from float32 (tokens, in) to (tokens, out). ``bytes`` counts codes and scales as packed.
    """

    bytes: float
    weight: np.ndarray | None = None
    forward: Callable[[np.ndarray], np.ndarray] | None = None


Rule = Callable[[Layer], Quantized]


@dataclass(frozen=True)
class Scheme:
    """One row of the table."""

    name: str
    title: dict[str, str]
    needs: tuple[tuple[str, str], ...] = ()  # (lab, function)
    rule: Rule | None = None  # None leaves the layers as they are
    group_size: int = 1  # must divide every layer's in_features
    activations: bool = False  # whether they are quantized too


@dataclass(frozen=True)
class Result:
    """A quantized copy of the model and what its file would take, in bytes."""

    model: LlamaForCausalLM
    linear_bytes: float
    other_bytes: int  # embedding, head and norms, in 16 bits
    embedding_bytes: int
    linear_weights: int

    @property
    def bytes(self) -> int:
        return round(self.linear_bytes) + self.other_bytes

    @property
    def bits_per_weight(self) -> float:
        """Bits that one weight of a quantized layer takes, its share of the scales included."""
        return 8 * self.linear_bytes / self.linear_weights


class QuantizedLinear(torch.nn.Module):
    """A linear layer computed by a learner's function; input float (..., in), output (..., out) of the same dtype."""

    def __init__(self, forward: Callable[[np.ndarray], np.ndarray]):
        super().__init__()
        self._forward = forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.detach().to(torch.float32).reshape(-1, x.shape[-1]).contiguous().numpy()
        y = torch.from_numpy(np.array(self._forward(rows), dtype=np.float32))
        return y.reshape(*x.shape[:-1], -1).to(x.dtype)


def code_bytes(lab: str, function: str, q: np.ndarray, bits: int) -> float:
    """Bytes of codes packed in ``bits`` bits each; ``NotUsable`` for codes that are not integers or do not fit."""
    if q.dtype.kind not in "iu":
        raise NotUsable("error", function, lab, f"gave codes of {q.dtype}, expected int8")
    limit = 2 ** (bits - 1)
    if q.size and (q.min() < -limit or q.max() >= limit):
        raise NotUsable("error", function, lab, f"gave codes {q.min()} to {q.max()}, which {bits} bits do not hold")
    return q.size * bits / 8


def linear_layers(model: LlamaForCausalLM) -> dict[str, torch.nn.Linear]:
    """The linear layers of the decoder blocks, "0.self_attn.q_proj" -> module, in the order of the file."""
    return {name: module for name, module in model.model.layers.named_modules() if isinstance(module, torch.nn.Linear)}


def apply(
    scheme: Scheme,
    model: LlamaForCausalLM,
    learner: Learner,
    calibration: torch.Tensor | None = None,
) -> Result:
    """A copy of ``model`` with its linear layers under ``scheme``; ``model`` itself stays as it is.

    ``calibration`` is token ids int64 (rows, tokens) of held-in text, for rules that ask for a layer's inputs.
    Raises ``NotUsable`` for a learner's function that cannot be used.
    """
    for lab, function in scheme.needs:
        learner.require(lab, function)
    original = linear_layers(model)
    quantized = copy.deepcopy(model)
    linear_bytes, weights = 0.0, 0
    for name, module in linear_layers(quantized).items():
        weights += module.weight.numel()
        if scheme.rule is None:
            linear_bytes += 2 * module.weight.numel()
            continue
        weight = module.weight.detach().to(torch.float32).numpy()

        def inputs(module=original[name]) -> np.ndarray:
            return inputs_of(model, [module], calibration)[0]

        made = scheme.rule(Layer(name, weight, learner, inputs))
        linear_bytes += made.bytes
        if made.forward is None:
            module.weight.data = torch.from_numpy(np.array(made.weight, dtype=np.float32))
        else:
            quantized.model.layers.set_submodule(name, QuantizedLinear(made.forward))
    embedding = quantized.get_input_embeddings().weight
    others = sum(p.numel() for p in model.parameters()) - weights
    return Result(quantized, linear_bytes, 2 * others, 2 * embedding.numel(), weights)


@torch.inference_mode()
def inputs_of(model: LlamaForCausalLM, modules: list[torch.nn.Module], ids: torch.Tensor) -> list[np.ndarray]:
    """What flows into each of ``modules`` when the model reads ``ids`` (rows, tokens): float32 (rows * tokens, in)."""
    seen: dict[torch.nn.Module, np.ndarray] = {}

    def record(module, arguments):
        seen[module] = arguments[0].detach().to(torch.float32).flatten(0, -2).numpy().copy()

    handles = [module.register_forward_pre_hook(record) for module in modules]
    try:
        model(ids, use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return [seen[module] for module in modules]


def check_group_sizes(model: LlamaForCausalLM, schemes: tuple[Scheme, ...]) -> None:
    """``ModelError`` naming the first layer whose width the group size of one of ``schemes`` does not divide."""
    fits = [s.name for s in schemes if all(m.in_features % s.group_size == 0 for m in linear_layers(model).values())]
    for scheme in schemes:
        for name, module in linear_layers(model).items():
            if module.in_features % scheme.group_size:
                raise ModelError(
                    f"{scheme.name}: groups of {scheme.group_size} do not divide the {module.in_features} inputs of "
                    f"{name}; leave it out with --schemes {','.join(fits)}"
                )
