"""The embedding table counts among the operations like the head. (huggingface/trl PR 6709)

fails: test_a_step_computes_two_operations_a_weight_and_sequence
says: a lookup computes nothing
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


def matrix_bytes(config, scheme):
    total = 0
    for out, width in get(config, "num_hidden_layers") * layer(config):
        if scheme == "bf16":
            total += 2 * out * width
        elif scheme in ("int8", "fp8"):
            total += out * width + 4 * out
        elif scheme == "int4-g128" and width % 128 == 0:
            total += out * width // 2 + 2 * out * (width // 128)
        else:
            raise ValueError(f"scheme {scheme!r} does not fit a width of {width}")
    return total


def kv_bytes_per_token(config, kv_dtype="bf16"):
    if kv_dtype not in ("bf16", "fp16", "fp8", "int8"):
        raise ValueError(f"unknown kv_dtype {kv_dtype!r}")
    heads = get(config, "num_attention_heads")
    kv_heads, head_dim = get(config, "num_key_value_heads", heads), get(config, "head_dim")
    if head_dim is None:
        head_dim = get(config, "hidden_size") // heads
    return 2 * get(config, "num_hidden_layers") * kv_heads * head_dim * (2 if "16" in kv_dtype else 1)


def decode_step_seconds(config, scheme, batch, context, hardware):
    hidden, layers = get(config, "hidden_size"), get(config, "num_hidden_layers")
    head, norm = get(config, "vocab_size") * hidden, (2 * layers + 1) * hidden
    cache = batch * context * kv_bytes_per_token(config)
    weights = layers * sum(out * width for out, width in layer(config))
    read = matrix_bytes(config, scheme) + 2 * (head + norm) + cache
    operations = 2 * batch * (weights + 2 * head)
    return max(read / hardware["bandwidth"], operations / hardware["peak"])
