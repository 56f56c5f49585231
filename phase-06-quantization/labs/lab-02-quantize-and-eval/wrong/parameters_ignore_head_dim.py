"""head_dim is always hidden / heads, though Mistral-Nemo says 128 and not 160. (ollama PR 5818, lmdeploy PR 2761)

fails: test_each_part_is_counted_by_itself
says: hidden_size / num_attention_heads for head_dim
"""


def get(config, name, default=None):
    value = config.get(name) if isinstance(config, dict) else getattr(config, name, None)
    return default if value is None else value


def layer(config):
    hidden, heads, inner = config_sizes(config)
    head_dim = hidden // heads
    q, kv = heads * head_dim, get(config, "num_key_value_heads", heads) * head_dim
    return [(q, hidden), (kv, hidden), (kv, hidden), (hidden, q), (inner, hidden), (inner, hidden), (hidden, inner)]


def config_sizes(config):
    return tuple(get(config, name) for name in ("hidden_size", "num_attention_heads", "intermediate_size"))


def count_parameters(config):
    hidden, layers = get(config, "hidden_size"), get(config, "num_hidden_layers")
    table = get(config, "vocab_size") * hidden
    biases = sum(out for out, _ in layer(config)[:3]) if get(config, "model_type") == "qwen2" else 0
    return {
        "linear": layers * (sum(out * width for out, width in layer(config)) + biases),
        "embedding": table,
        "lm_head": 0 if get(config, "tie_word_embeddings") else table,
        "norm": (2 * layers + 1) * hidden,
    }
