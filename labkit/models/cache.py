"""The KV cache under the learner's ``quantize_kv``: keys and values of every layer go through codes and back.

The cache is quantized as attention reads it, after the rotary embedding, one sequence at a time. A scale of a key
channel is taken over the whole window, also over the tokens to come: what a prompt that is read in one go has.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from transformers import AttentionInterface, LlamaForCausalLM
from transformers.masking_utils import AttentionMaskInterface, eager_mask
from transformers.models.llama.modeling_llama import LlamaAttention, eager_attention_forward

from labkit.models.learner import Learner

NAME = "labkit_cache"
WIDTHS = (8, 4, 3, 2)
CONTEXTS = (32, 64, 128, 256)
# Which axis shares a scale. The first is the exercise's; the others give its function the roles it was not made for.
ARMS = ("keys per channel, values per token", "keys per token, values per token", "keys per token, values per channel")
Cache = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def through_codes(learner: Learner, bits: int, arm: str = ARMS[0]) -> Cache:
    """(k, v) float32 (..., tokens, channels) -> what their codes stand for; ``learner.call`` checks every result."""

    def both(k: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shapes = (k.shape, (*k.shape[:-2], k.shape[-1]), v.shape, v.shape[:-1])
        k_q, k_scale, v_q, v_scale = learner.call("04", "quantize_kv", k, v, bits=bits, gives=shapes)
        return k_q * k_scale[..., None, :], v_q * v_scale[..., None]

    if arm == ARMS[0]:
        return both
    if arm == ARMS[1]:
        return lambda k, v: (both(v, k)[1], both(k, v)[1])
    return lambda k, v: both(v, k)[::-1]


def bytes_of(config, bits: int, arm: str, tokens: int) -> float:
    """Bytes of the codes and float32 scales of one sequence of so many tokens, all layers."""
    heads, width = config.num_key_value_heads, config.head_dim
    keys, values = (width if words.endswith("channel") else tokens for words in arm.split(", "))
    return config.num_hidden_layers * heads * (2 * tokens * width * bits / 8 + 4 * (keys + values))


def with_cache(model: LlamaForCausalLM, cache: Cache) -> LlamaForCausalLM:
    """A copy of ``model`` that attends to ``cache(k, v)`` in the place of its keys and values."""
    quantized = copy.deepcopy(model)
    quantized.config._attn_implementation = NAME
    for module in quantized.modules():
        if isinstance(module, LlamaAttention):
            module.config = quantized.config
            module.labkit_cache = cache
    return quantized


def _attend(module, query, key, value, attention_mask, scaling, **more):
    k, v = module.labkit_cache(*(t.detach().to(torch.float32).contiguous().numpy() for t in (key, value)))
    key, value = (torch.from_numpy(np.array(a, np.float32)).to(query.dtype) for a in (k, v))
    return eager_attention_forward(module, query, key, value, attention_mask, scaling, **more)


AttentionInterface.register(NAME, _attend)
AttentionMaskInterface.register(NAME, eager_mask)
