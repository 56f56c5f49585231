"""The cache gets the whole budget, as if the weights lived elsewhere.

fails: test_the_cache_gets_what_the_weights_leave_of_the_budget
says: the whole budget given to the cache
"""

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
        kv_cache_memory_bytes=budget_bytes,
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
