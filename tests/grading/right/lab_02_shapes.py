"""Right in another way: every tensor of the checkpoint by its name, as safetensors would list them."""


class _Config:
    def __init__(self, source):
        fields = source if isinstance(source, dict) else vars(source)
        self.__dict__.update({name: value for name, value in fields.items() if value is not None})
        self.__dict__.setdefault("num_key_value_heads", self.num_attention_heads)
        self.__dict__.setdefault("head_dim", self.hidden_size // self.num_attention_heads)
        self.__dict__.setdefault("tie_word_embeddings", False)
        self.__dict__.setdefault("model_type", "llama")


def _tensors(source):
    c = _Config(source)
    h, q, kv = c.hidden_size, c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim
    tensors = {"embed_tokens": (c.vocab_size, h), "norm": (h,)}
    if not c.tie_word_embeddings:
        tensors["lm_head"] = (c.vocab_size, h)
    for i in range(c.num_hidden_layers):
        for name, shape in dict(
            q_proj=(q, h),
            k_proj=(kv, h),
            v_proj=(kv, h),
            o_proj=(h, q),
            gate_proj=(c.intermediate_size, h),
            up_proj=(c.intermediate_size, h),
            down_proj=(h, c.intermediate_size),
        ).items():
            tensors[f"{i}.{name}"] = shape
            if c.model_type == "qwen2" and name[0] in "qkv":
                tensors[f"{i}.{name}.bias"] = shape[:1]
        tensors[f"{i}.input_layernorm"] = tensors[f"{i}.post_attention_layernorm"] = (h,)
    return tensors


def _size(shape):
    size = 1
    for n in shape:
        size *= n
    return size


def count_parameters(config):
    counts = dict(linear=0, embedding=0, lm_head=0, norm=0)
    for name, shape in _tensors(config).items():
        part = "linear" if "proj" in name else "norm" if "norm" in name else "lm_head" if "lm" in name else "embedding"
        counts[part] += _size(shape)
    return counts


def _bytes(name, shape, scheme):
    if "proj" not in name or "bias" in name or scheme == "bf16":
        return 2 * _size(shape)
    out, width = shape
    if scheme in ("int8", "fp8"):
        return out * (width + 4)
    groups, left = divmod(width, 128)
    if left:
        raise ValueError(f"the width of {name}, {width}, is no multiple of 128")
    return out * groups * (64 + 2)


def _known(scheme):
    if scheme not in ("bf16", "int8", "fp8", "int4-g128"):
        raise ValueError(f"bad scheme: {scheme}")


def weight_bytes(config, scheme):
    _known(scheme)
    return sum(_bytes(name, shape, scheme) for name, shape in _tensors(config).items())


def kv_bytes_per_token(config, kv_dtype="bf16"):
    if kv_dtype not in {"bf16", "fp16", "fp8", "int8"}:
        raise ValueError("bad kv_dtype")
    numbers = sum(shape[0] for name, shape in _tensors(config).items() if name.endswith(("k_proj", "v_proj")))
    return numbers * (2 if kv_dtype in {"bf16", "fp16"} else 1)


def kv_capacity_tokens(budget_bytes, config, scheme, kv_dtype="bf16", block_size=16):
    token, rest, tokens = kv_bytes_per_token(config, kv_dtype), budget_bytes - weight_bytes(config, scheme), 0
    if rest > 0:
        tokens = int(rest // token)
    return tokens - tokens % block_size


def decode_step_seconds(config, scheme, batch, context, hardware):
    _known(scheme)
    tensors = {n: s for n, s in _tensors(config).items() if "bias" not in n}
    tensors["lm_head"] = tensors.pop("embed_tokens")
    read = sum(_bytes(name, shape, scheme) for name, shape in tensors.items())
    for _ in range(batch):
        read += context * kv_bytes_per_token(config)
    operations = sum(2 * batch * _size(shape) for shape in tensors.values() if len(shape) == 2)
    times = [operations / hardware["peak"], read / hardware["bandwidth"]]
    times.sort()
    return times[1]


def predict_order(config, hardware, budget_bytes, batch=1, context=1024, schemes=("bf16", "int8", "fp8", "int4-g128")):
    capacity, throughput = list(schemes), list(schemes)
    capacity.sort(key=lambda s: kv_capacity_tokens(budget_bytes, config, s), reverse=True)
    throughput.sort(key=lambda s: decode_step_seconds(config, s, batch, context, hardware))
    fits = [s for s in throughput if kv_capacity_tokens(budget_bytes, config, s) >= batch * context]
    return dict(throughput=fits + [s for s in throughput if s not in fits], capacity=capacity)
