"""num_key_value_heads is read as the size of a group. (rasbt/LLMs-from-scratch issue 922)

fails: test_a_token_is_a_key_and_a_value_in_every_layer
says: taken for the size of a group
"""


def get(config, name, default=None):
    value = config.get(name) if isinstance(config, dict) else getattr(config, name, None)
    return default if value is None else value


def kv_bytes_per_token(config, kv_dtype="bf16"):
    if kv_dtype not in ("bf16", "fp16", "fp8", "int8"):
        raise ValueError(f"unknown kv_dtype {kv_dtype!r}")
    heads = get(config, "num_attention_heads")
    kv_heads, head_dim = heads // get(config, "num_key_value_heads", heads), get(config, "head_dim")
    if head_dim is None:
        head_dim = get(config, "hidden_size") // heads
    return 2 * get(config, "num_hidden_layers") * kv_heads * head_dim * (2 if "16" in kv_dtype else 1)
