"""What the contract says, computed plainly in float64: the reference that `lab plot` draws beside the learner's.

Nothing here comes from a solution, so that it is there in an edition without solutions. It works on whole matrices
and refuses nothing: the labs ask for more.
"""

from __future__ import annotations

import numpy as np

BYTES = {"bf16": (2, 0, 0), "int8": (1, 4, 0), "fp8": (1, 4, 0), "int4-g128": (0.5, 2, 128)}  # a weight; a scale; group


def round_trip(w: np.ndarray, qmax: int, axis: int | None = None, scale_dtype=np.float32) -> np.ndarray:
    """Symmetric codes and back, one scale for everything (`axis` None) or along `axis`."""
    peak = np.abs(w.astype(np.float64)).max(axis=axis, keepdims=axis is not None)
    scale = (peak / qmax).astype(scale_dtype).astype(np.float64)
    scale = np.where(scale == 0, 1, scale)
    return np.clip(np.rint(w / scale), -qmax, qmax) * scale


def in_groups(w: np.ndarray, size: int) -> np.ndarray:
    """Int4 in groups of `size` columns with float16 scales, and back."""
    return round_trip(w.reshape(len(w), -1, size), 7, 2, np.float16).reshape(w.shape)


def error(reference: np.ndarray, other: np.ndarray, axis: int | None = None):
    """Relative error by norm, of the whole matrix or along `axis`."""
    reference, other = reference.astype(np.float64), other.astype(np.float64)
    return np.linalg.norm(reference - other, axis=axis) / np.linalg.norm(reference, axis=axis)


def packed(q: np.ndarray) -> np.ndarray:
    """Two codes a byte, the even column in the low four bits, two's complement."""
    nibbles = q.astype(np.int64) & 15
    return (nibbles[:, 0::2] | nibbles[:, 1::2] << 4).astype(np.uint8)


def smoothing(x: np.ndarray, w: np.ndarray, alpha: float) -> np.ndarray:
    """s = act**alpha / wmax**(1 - alpha), for channels none of which is dead."""
    return np.abs(x).max(axis=0) ** alpha / np.abs(w).max(axis=0) ** (1 - alpha)


def w8a8(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """One scale for all activations, one a row of the weight."""
    return round_trip(x, 127) @ round_trip(w, 127, 1).T


def matrices(config: dict) -> list[tuple[int, int]]:
    """(outputs, inputs) of the seven matrices of a decoder layer."""
    hidden, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    head = config.get("head_dim") or hidden // heads
    queries, keys = heads * head, (config.get("num_key_value_heads") or heads) * head
    return [(queries, hidden), (keys, hidden), (keys, hidden), (hidden, queries), (inner, hidden), (inner, hidden),
            (hidden, inner)]  # fmt: skip


def linear_bytes(config: dict, scheme: str) -> float:
    """Bytes of the layers' matrices with their scales; a model without biases."""
    weight, scale, group = BYTES[scheme]
    return config["num_hidden_layers"] * sum(
        out * columns * weight + out * (columns // group if group else 1) * scale for out, columns in matrices(config)
    )


def _norms(config: dict) -> int:
    return 2 * config["hidden_size"] * (2 * config["num_hidden_layers"] + 1)


def weight_bytes(config: dict, scheme: str) -> float:
    """All weights: embedding, head and norms stay in 16 bits."""
    table = 2 * config["vocab_size"] * config["hidden_size"]
    return linear_bytes(config, scheme) + table * (1 if config.get("tie_word_embeddings") else 2) + _norms(config)


def cache_bytes(config: dict) -> int:
    """Bytes of one token in a bf16 cache."""
    return 2 * config["num_hidden_layers"] * matrices(config)[1][0] * 2


def capacity(budget: float, config: dict, scheme: str, block: int = 16) -> int:
    """Tokens of bf16 cache beside the weights, in whole blocks."""
    return max(0, int((budget - weight_bytes(config, scheme)) // (cache_bytes(config) * block))) * block


def step_seconds(config: dict, scheme: str, batch: int, context: int, hardware: dict) -> float:
    """The roofline of one decode step."""
    head = config["vocab_size"] * config["hidden_size"]
    read = linear_bytes(config, scheme) + _norms(config) + 2 * head + batch * context * cache_bytes(config)
    weights = config["num_hidden_layers"] * sum(out * columns for out, columns in matrices(config))
    return max(read / hardware["bandwidth"], 2 * batch * (weights + head) / hardware["peak"])
