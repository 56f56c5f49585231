"""config.get with a default: a field that is there but None gives None. (eole-nlp/eole PR 78)

fails: test_absent_and_none_fields_take_their_defaults_in_mappings_and_objects
says: NoneType
"""


def get(config, name, default=None):
    return config.get(name, default) if isinstance(config, dict) else getattr(config, name, default)


def layer(config):
    hidden, heads, inner = config_sizes(config)
    head_dim = get(config, "head_dim", hidden // heads)
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
