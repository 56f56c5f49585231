"""Right in another way: closed formulas, numpy scalars, float arithmetic, tuples for lists."""

import numpy as np


def _sizes(config):
    if hasattr(config, "keys"):
        field = lambda name: config[name] if name in config else None  # noqa: E731
    else:
        field = lambda name: getattr(config, name, None)  # noqa: E731
    h, i, n, a, v = (
        np.int64(field(name))
        for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
    )
    k = field("num_key_value_heads")
    k = a if k is None else np.int64(k)
    d = field("head_dim")
    d = h // a if d is None else np.int64(d)
    return h, i, n, a * d, k * d, v, bool(field("tie_word_embeddings")), field("model_type") == "qwen2"


def count_parameters(config):
    h, i, n, q, k, v, tied, biased = _sizes(config)
    linear = n * (2 * h * q + 2 * h * k + 3 * h * i + biased * (q + 2 * k))
    return dict(norm=n * 2 * h + h, linear=linear, lm_head=v * h * (not tied), embedding=v * h)


def _quantized(config, scheme):
    h, i, n, q, k, v, tied, biased = _sizes(config)
    weights = n * (2 * h * q + 2 * h * k + 3 * h * i)
    if scheme == "bf16":
        return 2.0 * weights
    if scheme == "int8" or scheme == "fp8":
        return weights + 4.0 * n * (q + 2 * k + h + 2 * i + h)
    if scheme == "int4-g128":
        if any(width % 128 for width in (h, i, q)):
            raise ValueError("int4-g128: in_features must be a multiple of 128")
        return weights * (4 + 16 / 128) / 8
    raise ValueError("scheme is not known: %s" % scheme)


def weight_bytes(config, scheme):
    h, i, n, q, k, v, tied, biased = _sizes(config)
    rest = v * h * (1 if tied else 2) + h * (2 * n + 1) + biased * n * (q + 2 * k)
    return float(_quantized(config, scheme) + 2 * rest)


def kv_bytes_per_token(config, kv_dtype="bf16"):
    h, i, n, q, k, v, tied, biased = _sizes(config)
    try:
        bits = {"bf16": 16, "fp16": 16, "fp8": 8, "int8": 8}[kv_dtype]
    except KeyError:
        raise ValueError(f"kv_dtype {kv_dtype} is not known") from None
    return np.int64(n * 2 * k * bits / 8)


def kv_capacity_tokens(budget_bytes, config, scheme, kv_dtype="bf16", block_size=16):
    block = float(kv_bytes_per_token(config, kv_dtype) * block_size)
    rest = budget_bytes - weight_bytes(config, scheme)
    if rest < block:
        return 0
    return np.floor(rest / block) * block_size


def decode_step_seconds(config, scheme, batch, context, hardware):
    h, i, n, q, k, v, tied, biased = _sizes(config)
    read = _quantized(config, scheme) + 2 * v * h + 2 * h * (2 * n + 1) + 4 * n * k * batch * context
    operations = 2 * batch * (n * (2 * h * q + 2 * h * k + 3 * h * i) + v * h)
    return np.float32(np.maximum(read / hardware["bandwidth"], operations / hardware["peak"]))


def predict_order(config, hardware, budget_bytes, batch=1, context=1024, schemes=("bf16", "int8", "fp8", "int4-g128")):
    runs, cannot, tokens = [], [], []
    for place, scheme in enumerate(schemes):
        room = kv_capacity_tokens(budget_bytes, config, scheme)
        rate = batch / decode_step_seconds(config, scheme, batch, context, hardware)
        (runs if room >= batch * context else cannot).append((-rate, place, scheme))
        tokens.append((-room, place, scheme))
    return {
        "capacity": tuple(scheme for *_, scheme in sorted(tokens)),
        "throughput": tuple(scheme for *_, scheme in sorted(runs) + sorted(cannot)),
    }
