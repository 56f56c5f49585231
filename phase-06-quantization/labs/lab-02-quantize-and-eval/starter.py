"""Lab 02: predict what a format buys before anything is loaded: bytes, tokens of cache, seconds a step.

Fill in the functions. Each raises NotImplementedError until you do; they can be written in any order,
and none needs another one of this file (you may use them all the same).
Where Python alone is not enough, the docstring says so.

Grade yourself at any moment, from the repository's root:

    LAB_IMPL=starter pytest phase-06-quantization/labs/lab-02-quantize-and-eval -q
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
    raise NotImplementedError("Lab 02 · exercise 1: count_parameters is not written yet")


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
    raise NotImplementedError("Lab 02 · exercise 2: weight_bytes is not written yet")


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
    raise NotImplementedError("Lab 02 · exercise 3: kv_bytes_per_token is not written yet")


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
    raise NotImplementedError("Lab 02 · exercise 4: kv_capacity_tokens is not written yet")


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
    raise NotImplementedError("Lab 02 · exercise 5: decode_step_seconds is not written yet")


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
    raise NotImplementedError("Lab 02 · exercise 6: predict_order is not written yet")


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
    raise NotImplementedError("Lab 02 · exercise 7: run_meters is not written yet")


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
    raise NotImplementedError("Lab 02 · exercise 8: register_int8_format is not written yet")
