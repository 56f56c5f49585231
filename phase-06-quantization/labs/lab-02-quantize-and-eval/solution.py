"""Lab 02: predict what a format buys before anything is loaded: bytes, tokens of cache, seconds a step.

Does not handle mixtures of experts, sliding windows, latent attention, nor a model spread over several cards.
A config holds the fields of a Hugging Face config.json: as a mapping, or as an object with attributes.
A field that is None counts as absent. Bytes are bytes, so 24e9 is a "24 GB" card; a GiB is 2**30 of them.
"""

from __future__ import annotations


def count_parameters(config) -> dict[str, int]:
    """Count the parameters of a Llama-style model from its config alone.

    A decoder layer has seven matrices, (outputs, inputs): q (heads * head_dim, hidden), k and v (KV heads *
    head_dim, hidden), o (hidden, heads * head_dim), gate and up (intermediate, hidden), down (hidden, intermediate);
    and two norms of hidden each. One norm, the embedding table and the head (both vocabulary x hidden) stand outside.

    Args:
        config: mapping or object with hidden_size, intermediate_size, num_hidden_layers, num_attention_heads,
            vocab_size; and where they are there: num_key_value_heads (else as many as heads), head_dim (else
            hidden_size / heads), tie_word_embeddings (else untied).
            Biases count as parameters of their matrix: attention_bias gives q, k, v and o one each, mlp_bias gate,
            up and down; a model_type of "qwen2" has them on q, k and v without saying so.
    Returns:
        dict with four keys: linear (all layers' matrices and biases), embedding, lm_head (0 when tied: the table
        is counted once, as the embedding), norm. Their sum is the model's size.
    Raises:
        ValueError: naming the field that `config` lacks.

    Example: hidden 4, intermediate 6, 1 layer, 2 heads, 1 KV head, vocabulary 10, untied: head_dim is 2 and linear
    16 + 8 + 8 + 16 + 3 * 24 = 120; embedding 40, lm_head 40, norm 3 * 4 = 12; together 212. Tied: 172.
    """
    hidden, table = _field(config, "hidden_size"), _table(config)
    return {
        "linear": sum(out * width + out * bias for out, width, bias in _matrices(config)),
        "embedding": table,
        "lm_head": 0 if _field(config, "tie_word_embeddings", False) else table,
        "norm": (2 * _field(config, "num_hidden_layers") + 1) * hidden,
    }


def weight_bytes(config, scheme: str) -> int:
    """Bytes that a model's weights take in a format, scales counted.

    The layers' seven matrices are quantized; embedding, head, norms and biases stay 16-bit in every scheme.

    Args:
        config: as in count_parameters.
        scheme: "bf16"; "fp8" and "int8", a byte a weight and one float32 scale for each output channel (row) of each
            matrix; "int4-g128", half a byte a weight and one float16 scale for each 128 inputs of each row.
    Returns:
        int, in bytes.
    Raises:
        ValueError: naming `scheme` (unknown), or saying which width 128 does not divide ("int4-g128" only).

    Example: one matrix of 4 rows and 256 inputs takes 2048 bytes in bf16, 1024 + 4 * 4 = 1040 in int8 and
    512 + 4 * 2 * 2 = 528 in int4-g128.
    """
    counts = count_parameters(config)
    biases = sum(out * bias for out, _, bias in _matrices(config))
    return _matrix_bytes(config, scheme) + 2 * (biases + counts["embedding"] + counts["lm_head"] + counts["norm"])


def kv_bytes_per_token(config, kv_dtype: str = "bf16") -> int:
    """Bytes that the cache keeps for one token: a key and a value in every layer, for every KV head.

    Args:
        config: as in count_parameters.
        kv_dtype: "bf16", "fp16", "fp8" or "int8"; its scales are not counted.
    Returns:
        int, in bytes.
    Raises:
        ValueError: naming `kv_dtype`.

    Example: 32 layers, 8 KV heads, head_dim 128 in bf16: 2 * 32 * 8 * 128 * 2 = 131072, 128 KiB a token.
    """
    widths = {"bf16": 2, "fp16": 2, "fp8": 1, "int8": 1}
    if kv_dtype not in widths:
        raise ValueError(f"kv_dtype must be one of {', '.join(widths)}, got {kv_dtype!r}")
    _, kv_heads, head_dim = _heads(config)
    return 2 * _field(config, "num_hidden_layers") * kv_heads * head_dim * widths[kv_dtype]


def kv_capacity_tokens(budget_bytes: float, config, scheme: str, kv_dtype: str = "bf16", block_size: int = 16) -> int:
    """How many tokens the cache holds when a budget is first filled with the weights and the rest is cache.

    An engine hands out the cache in blocks of block_size tokens, so what does not make a whole block is lost.
    Everything else that a real engine keeps in memory (activations, graphs) is left out.

    Args:
        budget_bytes: memory for weights and cache together, in bytes.
        config, scheme: as in weight_bytes.
        kv_dtype: as in kv_bytes_per_token.
        block_size: tokens in a block, a positive integer.
    Returns:
        int, a multiple of block_size; 0 when the weights do not fit or leave less than a block.
    Raises:
        ValueError: naming `scheme` or `kv_dtype`.

    Example: a budget of 5000 bytes, weights of 1000, 100 bytes a token, blocks of 16: 4000 / 1600 = 2.5, so 2 blocks
    or 32 tokens.
    """
    free = budget_bytes - weight_bytes(config, scheme)
    blocks = free // (block_size * kv_bytes_per_token(config, kv_dtype))
    return max(0, int(blocks) * block_size)


def decode_step_seconds(config, scheme: str, batch: int, context: int, hardware: dict[str, float]) -> float:
    """The roofline's time for one decode step: each of `batch` sequences gets its next token.

    Read once a step: the quantized matrices with their scales, the norms, and the head, which is a 16-bit matrix of
    vocabulary x hidden, tied or not. The embedding table itself is not read (one row a token is nothing). Read for
    each sequence: its KV cache, in bf16. Computed: two operations (multiply, add) for each weight of the matrices
    and the head and each sequence. Biases, the attention's own operations and the activations are left out.

    Args:
        config, scheme: as in weight_bytes.
        batch: sequences decoded together, at least 1.
        context: tokens of cache that each of them attends to, at least 0.
        hardware: {"bandwidth": bytes a second, "peak": operations a second}.
    Returns:
        float, in seconds: the larger of bytes / bandwidth and operations / peak.
    Raises:
        ValueError: naming `scheme`.

    Example: 1000 bytes to read and 4000 operations take, at 500 bytes/s and 8000 operations/s, max(2, 0.5) = 2 s.
    """
    weights = sum(out * width for out, width, _ in _matrices(config))
    head = _table(config)  # subtle: count_parameters calls a tied head 0, yet it is read and computed all the same
    read = _matrix_bytes(config, scheme) + 2 * (head + count_parameters(config)["norm"])
    read += batch * context * kv_bytes_per_token(config)
    operations = 2 * batch * (weights + head)
    return max(read / hardware["bandwidth"], operations / hardware["peak"])


def predict_order(
    config,
    hardware: dict[str, float],
    budget_bytes: float,
    batch: int = 1,
    context: int = 1024,
    schemes: tuple[str, ...] = ("bf16", "int8", "fp8", "int4-g128"),
) -> dict[str, list[str]]:
    """Order the schemes by what the cost model expects of them, best first, before anything is loaded.

    Throughput: by decode_step_seconds, the shortest step first. But a scheme whose cache (bf16, blocks of 16) cannot
    hold batch * context tokens cannot run this load: it comes after all that can.
    Capacity: by kv_capacity_tokens (bf16, blocks of 16), the most tokens first.
    Equals stay in the order in which `schemes` lists them.

    Args:
        config: as in count_parameters.
        hardware: as in decode_step_seconds.
        budget_bytes: as in kv_capacity_tokens.
        batch, context: the load, as in decode_step_seconds.
        schemes: which schemes to order, each as in weight_bytes.
    Returns:
        dict with two keys, throughput and capacity; each holds all the schemes as a list.
    Raises:
        ValueError: naming `scheme` (or `schemes`).

    Example: steps of 8, 4, 4, 2 ms for bf16, int8, fp8, int4-g128, and room for the load in all but bf16, give the
    throughput order int4-g128, int8, fp8, bf16; int8 and fp8 are equal, and int8 was listed first.
    """
    tokens = {scheme: kv_capacity_tokens(budget_bytes, config, scheme) for scheme in schemes}

    def step(scheme: str) -> tuple[bool, float]:
        too_large = tokens[scheme] < batch * context
        return too_large, decode_step_seconds(config, scheme, batch, context, hardware)

    return {
        "throughput": sorted(schemes, key=step),
        "capacity": sorted(schemes, key=lambda scheme: -tokens[scheme]),
    }


def run_meters(
    scheme: str,
    checkpoint: str,
    prompts: list[str],
    answers: list[str],
    budget_bytes: int,
    kv_dtype: str = "bf16",
    batches: tuple[int, ...] = (1,),
    new_tokens: int = 32,
    answer_tokens: int = 64,
) -> dict:
    """Start vLLM on a checkpoint, read three meters, shut it down again.

    Capacity: the budget less the weights goes to the KV cache, as on a GPU; the weights are the bytes of the
    folder's *.safetensors files. Throughput: greedy decoding that does not stop before `new_tokens`, after a warm-up
    that is not counted, and without the prompt's own processing (prefill): the difference between a run of
    `new_tokens` and a run of one token holds new_tokens - 1 decode steps and nothing else.
    Sanity: greedy answers against the known ones, and the perplexity of prompts with their answers.

    Args:
        scheme: what the checkpoint must hold: "bf16" (no quantization_config in its config.json), "int8" or "fp8"
            (compressed-tensors, weights of 8 bits, type int or float), "int4-g128" (compressed-tensors of 4 bits,
            or quant_method awq or gptq).
        checkpoint: a folder with config.json, tokenizer and *.safetensors.
        prompts, answers: as many of each; answers[i] is what must follow prompts[i], to the letter, up to the end
            of the sequence.
        budget_bytes: memory for weights and KV cache together.
        kv_dtype: "bf16" (the model's own 16 bits) or "fp8".
        batches: how many sequences to decode at once, one measurement each; a batch of 5 of 3 prompts is
            prompts 0, 1, 2, 0, 1.
        new_tokens: how many tokens each sequence gets when the speed is measured, at least 2.
        answer_tokens: how long an answer may be when it is compared.
    Returns:
        dict: weight_bytes, kv_blocks, block_size (tokens in a block), kv_tokens (all blocks together), as ints;
        tokens_per_second, a list of floats, one a batch, all sequences of the batch together; exact_match, 0 to 1;
        perplexity, exp of the mean negative log-probability of every token that has one before it.
    Raises:
        ValueError: naming scheme (unknown, or not what the checkpoint holds), kv_dtype, or budget_bytes (the weights
            alone take it). What vLLM itself refuses, it says itself; the engine is shut down then too.

    Example: 8 sequences of 32 tokens take 0.50 s, of 1 token 0.12 s: 8 * 31 / 0.38 = 653 tokens a second. 254 blocks
    of 128 tokens are 32512 tokens of cache.
    """
    import math
    import time
    from pathlib import Path

    folder = Path(checkpoint)
    if scheme not in ("bf16", "fp8", "int8", "int4-g128"):
        raise ValueError(f"scheme must be bf16, fp8, int8 or int4-g128, got {scheme!r}")
    if _scheme_of(folder) != scheme:
        raise ValueError(f"scheme is {scheme}, but the checkpoint holds {_scheme_of(folder)}")
    if kv_dtype not in ("bf16", "fp8"):
        raise ValueError(f"kv_dtype must be bf16 or fp8, got {kv_dtype!r}")
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    if budget_bytes <= weights:
        raise ValueError(f"budget_bytes {budget_bytes} leaves nothing for the cache: the weights take {weights}")

    from vllm import LLM, SamplingParams  # here, so that the rest of the lab needs no engine

    llm = LLM(
        model=str(folder),
        kv_cache_memory_bytes=budget_bytes - weights,
        kv_cache_dtype="fp8" if kv_dtype == "fp8" else "auto",
        enforce_eager=True,
    )
    try:
        cache = llm.llm_engine.vllm_config.cache_config

        def seconds(batch: int, tokens: int) -> float:
            sequences = [prompts[i % len(prompts)] for i in range(batch)]
            settings = SamplingParams(temperature=0, max_tokens=tokens, ignore_eos=True)
            began = time.perf_counter()
            llm.generate(sequences, settings, use_tqdm=False)
            return time.perf_counter() - began

        speeds = []
        for batch in batches:
            seconds(batch, 2)  # the first run also fills caches and picks kernels
            prefill = seconds(batch, 1)
            speeds.append(batch * (new_tokens - 1) / (seconds(batch, new_tokens) - prefill))

        # subtle: the default temperature is 1, which samples; greedy is temperature 0.
        said = llm.generate(prompts, SamplingParams(temperature=0, max_tokens=answer_tokens), use_tqdm=False)
        exact = [
            one.outputs[0].text == answer and one.outputs[0].finish_reason == "stop"
            for one, answer in zip(said, answers)
        ]
        texts = [prompt + answer for prompt, answer in zip(prompts, answers)]
        scored = llm.generate(texts, SamplingParams(max_tokens=1, prompt_logprobs=0), use_tqdm=False)
        losses = [
            -position[token].logprob
            for one in scored
            for token, position in zip(one.prompt_token_ids, one.prompt_logprobs)
            if position is not None  # the first token has nothing before it
        ]
        return {
            "weight_bytes": weights,
            "kv_blocks": cache.num_gpu_blocks,
            "block_size": cache.block_size,
            "kv_tokens": cache.num_gpu_blocks * cache.block_size,
            "tokens_per_second": speeds,
            "exact_match": sum(exact) / len(exact),
            "perplexity": math.exp(sum(losses) / len(losses)),
        }
    finally:
        llm.llm_engine.engine_core.shutdown()


def register_int8_format(name: str, quantize):
    """Teach vLLM your own format: int8 codes with one scale a row, quantized as it loads or read from a checkpoint.

    Two classes. A QuantizationConfig says which method serves which layer: yours for every LinearBase, None for the
    rest (embedding and head stay as they are). A LinearMethodBase lays out the parameters (create_weights), prepares
    them once they are filled (process_weights_after_loading) and computes the layer (apply). The config is
    registered with vLLM's own decorator, register_quantization_config(name), and works in both ways:

    * LLM(model, quantization=name) on a plain checkpoint: `weight` loads in the model's dtype, then `quantize` turns
      it into codes and scales;
    * LLM(model) on a checkpoint whose config.json says {"quant_method": name}: `weight` int8 (out, in) and
      `weight_scale` float32 (out, 1) of each layer are read as they are.

    It serves models in bfloat16, float16 and float32 (get_supported_act_dtypes says so; vLLM refuses the others), on
    any machine.

    Args:
        name: the format's name, as config.json and LLM(quantization=...) say it.
        quantize: lab 01's quantize_per_channel, or one like it: float32 (out, in) to (int8 (out, in), float32 (out,)).
    Returns:
        the QuantizationConfig class.
    Raises:
        ValueError: naming name, if it is empty.

    Example: a weight row (0.5, -2.0) with scale 2 / 127 has codes (32, -127); for x = (1, 1) apply gives
    (32 - 127) * 2 / 127 = -1.496.
    """
    if not name:
        raise ValueError("name must not be empty")
    import torch
    from vllm.model_executor.layers.linear import LinearBase, LinearMethodBase
    from vllm.model_executor.layers.quantization import register_quantization_config
    from vllm.model_executor.layers.quantization.base_config import QuantizationConfig
    from vllm.model_executor.parameter import ChannelQuantScaleParameter, ModelWeightParameter

    class Int8Method(LinearMethodBase):
        def __init__(self, serialized: bool):
            self.serialized = serialized

        def create_weights(
            self, layer, input_size_per_partition, output_partition_sizes, input_size, output_size, params_dtype, **more
        ):
            out, loader = sum(output_partition_sizes), more["weight_loader"]
            data = torch.empty(out, input_size_per_partition, dtype=torch.int8 if self.serialized else params_dtype)
            weight = ModelWeightParameter(data=data, input_dim=1, output_dim=0, weight_loader=loader)
            layer.register_parameter("weight", weight)
            if self.serialized:
                data = torch.empty(out, 1, dtype=torch.float32)
                scale = ChannelQuantScaleParameter(data=data, output_dim=0, weight_loader=loader)
                layer.register_parameter("weight_scale", scale)

        def process_weights_after_loading(self, layer):
            if self.serialized:
                q, scale = layer.weight.data, layer.weight_scale.data
            else:
                # subtle: q, k and v are one fused matrix here; a scale a row does not mind, one a matrix would.
                q, scale = quantize(layer.weight.data.float().numpy())
                q, scale = torch.from_numpy(q), torch.from_numpy(scale)[:, None]
            layer.weight = torch.nn.Parameter(q, requires_grad=False)
            layer.weight_scale = torch.nn.Parameter(scale, requires_grad=False)

        def apply(self, layer, x, bias=None):
            y = torch.nn.functional.linear(x, layer.weight.to(x.dtype)) * layer.weight_scale.T.to(x.dtype)
            return y if bias is None else y + bias

    @register_quantization_config(name)
    class Int8Config(QuantizationConfig):
        def __init__(self, serialized: bool = False):
            super().__init__()
            self.serialized = serialized

        def get_name(self):
            return name

        def get_supported_act_dtypes(self):
            return [torch.bfloat16, torch.float16, torch.float32]

        @classmethod
        def get_min_capability(cls):
            return -1  # no GPU asked for

        @staticmethod
        def get_config_filenames():
            return []  # a plain checkpoint will do: it is quantized as it loads

        @classmethod
        def from_config(cls, config):
            return cls(serialized=True)  # config.json has a quantization_config: the codes are in the file

        def get_quant_method(self, layer, prefix):
            return Int8Method(self.serialized) if isinstance(layer, LinearBase) else None

    return Int8Config


def _field(config, name: str, default=None):
    """A field of a mapping or of an object; None counts as absent, and without a default absent is an error."""
    value = config.get(name) if hasattr(config, "get") else getattr(config, name, None)
    value = default if value is None else value
    if value is None:
        raise ValueError(f"config has no {name}")
    return value


def _heads(config) -> tuple[int, int, int]:
    """(heads, KV heads, head_dim)."""
    heads = _field(config, "num_attention_heads")
    head_dim = _field(config, "head_dim", _field(config, "hidden_size") // heads)
    return heads, _field(config, "num_key_value_heads", heads), head_dim


def _table(config) -> int:
    """Weights of the embedding table, and of the head."""
    return _field(config, "vocab_size") * _field(config, "hidden_size")


def _matrices(config) -> list[tuple[int, int, bool]]:
    """(outputs, inputs, has a bias) of every quantized matrix: seven a layer."""
    hidden, inner = _field(config, "hidden_size"), _field(config, "intermediate_size")
    heads, kv_heads, head_dim = _heads(config)
    q, kv = heads * head_dim, kv_heads * head_dim
    o_bias, mlp_bias = bool(_field(config, "attention_bias", False)), bool(_field(config, "mlp_bias", False))
    qkv_bias = o_bias or _field(config, "model_type", "") == "qwen2"
    layer = [(q, hidden, qkv_bias), (kv, hidden, qkv_bias), (kv, hidden, qkv_bias), (hidden, q, o_bias)]
    layer += [(inner, hidden, mlp_bias), (inner, hidden, mlp_bias), (hidden, inner, mlp_bias)]
    return layer * _field(config, "num_hidden_layers")


def _matrix_bytes(config, scheme: str) -> int:
    """Bytes of the quantized matrices with their scales, without biases."""
    return sum(_stored(out, width, scheme) for out, width, _ in _matrices(config))


def _stored(out: int, width: int, scheme: str) -> int:
    if scheme == "bf16":
        return 2 * out * width
    if scheme in ("fp8", "int8"):
        return out * width + 4 * out
    if scheme != "int4-g128":
        raise ValueError(f"scheme must be bf16, fp8, int8 or int4-g128, got {scheme!r}")
    if width % 128:
        raise ValueError(f"scheme int4-g128 needs widths that 128 divides, and config gives a matrix {width} inputs")
    return out * width // 2 + 2 * out * (width // 128)


def _scheme_of(folder) -> str:
    """What the weights of a checkpoint are, by its config.json."""
    import json

    quantization = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("quantization_config")
    if not quantization:
        return "bf16"
    if quantization["quant_method"] in ("awq", "gptq"):
        return "int4-g128"
    weights = quantization["config_groups"]["group_0"]["weights"]
    if weights["num_bits"] == 4:
        return "int4-g128"
    return "fp8" if weights["type"] == "float" else "int8"
