"""The outlier twin: the same function, with a few activation channels made some 80 times louder.

A large language model grows such channels by itself; a model this small does not. The twin gets them by an
exact reparametrization: the gain of an RMSNorm is multiplied in a few channels, and the matching input columns of
the linear layers that read it are divided. In real arithmetic nothing changes. For a quantizer that
gives all of an activation tensor one scale, everything does.

SmoothQuant (Xiao et al. 2023, section 4) is the same step the other way round, with scales found from activations
and weights. Here the learner's own functions take it. It reaches the layers that read a norm (q, k, v and
gate, up); o_proj and down_proj have no norm before them and stay as they are, as in SmoothQuant itself.
"""

from __future__ import annotations

import copy
import random

import numpy as np
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from labkit.models import corpus
from labkit.models.evaluate import encode_text
from labkit.models.learner import Learner
from labkit.models.quantize import inputs_of

FACTOR = 80.0
LOUD_CHANNELS = 3
# SmoothQuant takes 0.5 for OPT and BLOOM and 0.75 to 0.9 for models whose activations are harder; see also
# the measured table of the page. At 0.5 a swap of alpha and 1 - alpha could not be seen.
ALPHA = 0.75
CALIBRATION_DOCUMENTS = 200

# Each norm of a decoder block and the linear layers that read it: they share one s.
READERS = {
    "input_layernorm": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "post_attention_layernorm": ("mlp.gate_proj", "mlp.up_proj"),
}


def norms_and_readers(model: LlamaForCausalLM) -> list[tuple[torch.nn.Module, list[torch.nn.Linear]]]:
    """Every norm of the decoder blocks with the linear layers that read it, in the order of the forward pass."""
    return [
        (block.get_submodule(norm), [block.get_submodule(reader) for reader in readers])
        for block in model.model.layers
        for norm, readers in READERS.items()
    ]


def loud_channels(hidden: int, count: int = LOUD_CHANNELS, seed: int = 0) -> list[int]:
    """Which ``count`` of ``hidden`` channels the twin makes loud: sorted, and as in real models alike in each block."""
    return sorted(random.Random(f"loud channels {seed}").sample(range(hidden), count))


def make_twin(model: LlamaForCausalLM, channels: list[int], factor: float = FACTOR) -> LlamaForCausalLM:
    """A copy of ``model`` that computes the same, with some channels ``factor`` times louder after every block norm.

    ``channels`` are indices into the hidden size; ``factor`` is positive. float32, so that the division leaves
    no more than rounding. Raises ``ValueError`` for a channel that is not there or another factor.
    """
    hidden = model.config.hidden_size
    if not channels or not all(0 <= c < hidden for c in channels):
        raise ValueError(f"channels is {channels}; give indices from 0 to {hidden - 1}")
    if not factor > 0:
        raise ValueError(f"factor is {factor}; it must be positive")
    twin = copy.deepcopy(model).to(torch.float32)
    with torch.no_grad():
        for norm, readers in norms_and_readers(twin):
            norm.weight[channels] *= factor
            for reader in readers:
                reader.weight[:, channels] /= factor
    return twin


def calibration_ids(tokenizer: PreTrainedTokenizerBase, documents: int = CALIBRATION_DOCUMENTS, seed: int = 0):
    """Token ids int64 (rows, 256) of held-in text, from a part of the training stream that training never used.

    Part -2: training takes parts 0, 1, 2…, the tokenizer part -1.
    """
    ids = encode_text(tokenizer, corpus.training_text(documents, seed, part=-2))
    if len(ids) < 256:
        raise ValueError(f"documents is {documents}, fewer than one window of 256 tokens; give more")
    return ids[: len(ids) // 256 * 256].view(-1, 256)


def smoothed(
    model: LlamaForCausalLM, learner: Learner, calibration: torch.Tensor, alpha: float = ALPHA
) -> LlamaForCausalLM:
    """A copy of ``model`` smoothed by the learner's functions of lab 04, the division folded into the norms.

    ``calibration`` is token ids int64 (rows, tokens). All layers that read one norm share one ``s``, found from all
    their weights stacked. Raises ``NotUsable`` for a function that cannot be used.
    """
    calm = copy.deepcopy(model)
    pairs = norms_and_readers(calm)
    activations = inputs_of(calm, [readers[0] for _, readers in pairs], calibration)
    for (norm, readers), x in zip(pairs, activations, strict=True):
        weights = [_numpy(reader.weight) for reader in readers]
        width = x.shape[-1:]
        act_absmax = learner.call("04", "channel_absmax", x, gives=(width,))
        # subtle: one norm has one gain, so q, k and v must agree on one s; the loudest of their weights decides.
        s = learner.call("04", "smoothing_scales", act_absmax, np.concatenate(weights), alpha=alpha, gives=(width,))
        for reader, w in zip(readers, weights):
            _, w_smooth = learner.call("04", "smooth", x, w, s, gives=(x.shape, w.shape))
            reader.weight = _tensor(w_smooth)
        norm.weight = _tensor(learner.call("04", "fold_into_norm", _numpy(norm.weight), s, gives=(width,)))
    return calm


def loudness(model: LlamaForCausalLM, ids: torch.Tensor) -> list[np.ndarray]:
    """max|x| of each channel of what every norm of the blocks gives out, float32 (hidden,) a norm."""
    readers = [readers[0] for _, readers in norms_and_readers(model)]
    return [np.abs(x).max(axis=0) for x in inputs_of(model, readers, ids)]


def _numpy(parameter: torch.Tensor) -> np.ndarray:
    return parameter.detach().to(torch.float32).numpy()


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.nn.Parameter(torch.from_numpy(np.array(array, dtype=np.float32)), requires_grad=False)
