"""hidden / heads for head_dim in the cache. (LMCache issue 688, NVIDIA/Model-Optimizer issue 2482)

fails: test_published_models_keep_these_bytes_a_token
says: hidden_size / num_attention_heads for head_dim
"""


def get(config, name, default=None):
    value = config.get(name) if isinstance(config, dict) else getattr(config, name, None)
    return default if value is None else value


def kv_bytes_per_token(config, kv_dtype="bf16"):
    if kv_dtype not in ("bf16", "fp16", "fp8", "int8"):
        raise ValueError(f"unknown kv_dtype {kv_dtype!r}")
    heads = get(config, "num_attention_heads")
    kv_heads, head_dim = get(config, "num_key_value_heads", heads), None
    if head_dim is None:
        head_dim = get(config, "hidden_size") // heads
    return 2 * get(config, "num_hidden_layers") * kv_heads * head_dim * (2 if "16" in kv_dtype else 1)
