"""2 * layers * hidden * bytes, the formula from before grouped heads. (vllm PR 29736, review)

fails: test_a_token_is_a_key_and_a_value_in_every_layer
says: hidden_size for a key
"""


def get(config, name, default=None):
    value = config.get(name) if isinstance(config, dict) else getattr(config, name, None)
    return default if value is None else value


def kv_bytes_per_token(config, kv_dtype="bf16"):
    if kv_dtype not in ("bf16", "fp16", "fp8", "int8"):
        raise ValueError(f"unknown kv_dtype {kv_dtype!r}")
    return 2 * get(config, "num_hidden_layers") * get(config, "hidden_size") * (2 if "16" in kv_dtype else 1)
