"""Weights that do not fit leave a negative number of tokens.

fails: test_weights_that_do_not_fit_leave_no_tokens
says: less than nothing
"""


def get(config, name, default=None):
    value = config.get(name) if isinstance(config, dict) else getattr(config, name, None)
    return default if value is None else value


def layer(config):
    hidden, heads, inner = config_sizes(config)
    head_dim = get(config, "head_dim", hidden // heads)
    q, kv = heads * head_dim, get(config, "num_key_value_heads", heads) * head_dim
    return [(q, hidden), (kv, hidden), (kv, hidden), (hidden, q), (inner, hidden), (inner, hidden), (hidden, inner)]


def config_sizes(config):
    return tuple(get(config, name) for name in ("hidden_size", "num_attention_heads", "intermediate_size"))


def weight_bytes(config, scheme):
    hidden, layers = get(config, "hidden_size"), get(config, "num_hidden_layers")
    table = get(config, "vocab_size") * hidden
    tables = table if get(config, "tie_word_embeddings") else 2 * table
    biases = sum(out for out, _ in layer(config)[:3]) if get(config, "model_type") == "qwen2" else 0
    total = 2 * (tables + (2 * layers + 1) * hidden + layers * biases)
    for out, width in layers * layer(config):
        if scheme == "bf16":
            total += 2 * out * width
        elif scheme in ("int8", "fp8"):
            total += out * width + 4 * out
        elif scheme == "int4-g128":
            if width % 128:
                raise ValueError(f"128 does not divide the width {width}")
            total += out * width // 2 + 2 * out * (width // 128)
        else:
            raise ValueError(f"unknown scheme {scheme!r}")
    return total


def kv_bytes_per_token(config, kv_dtype="bf16"):
    if kv_dtype not in ("bf16", "fp16", "fp8", "int8"):
        raise ValueError(f"unknown kv_dtype {kv_dtype!r}")
    heads = get(config, "num_attention_heads")
    kv_heads, head_dim = get(config, "num_key_value_heads", heads), get(config, "head_dim")
    if head_dim is None:
        head_dim = get(config, "hidden_size") // heads
    return 2 * get(config, "num_hidden_layers") * kv_heads * head_dim * (2 if "16" in kv_dtype else 1)


def kv_capacity_tokens(budget_bytes, config, scheme, kv_dtype="bf16", block_size=16):
    free = budget_bytes - weight_bytes(config, scheme)
    blocks = int(free // (block_size * kv_bytes_per_token(config, kv_dtype)))
    return blocks * block_size
