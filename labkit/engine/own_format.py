"""Drives a learner's `register_int8_format` inside the child: register, load, run, and look at what was loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from labkit.grading.submission import load

NAME = "lab_int8"


def quantize_rows(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Int8 codes and one scale a row, from first principles: what is handed to the learner's function."""
    scale = np.abs(w).max(axis=1) / 127
    scale[scale == 0] = 1
    return np.rint(w / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def run(learner: str, checkpoint: str, plain: bool, texts: list[str], x: list[list[float]]) -> dict:
    """Serve `checkpoint` in float32 in the learner's format; what the engine holds and computes.

    `plain` asks for quantization at load. Gives "dtypes" (parameter -> dtype), "layer" (the output of the first
    layer's o_proj for the rows `x`), "logprobs" (of every token of `texts` after its first), "name".
    """
    submission = load(Path(learner))
    config = submission.get("register_int8_format")(NAME, quantize_rows)

    import torch
    from vllm import LLM, SamplingParams

    llm = LLM(model=checkpoint, quantization=NAME if plain else None, dtype="float32", enforce_eager=True,
              kv_cache_memory_bytes=2**26)  # fmt: skip
    try:
        model = llm.llm_engine.model_executor.driver_worker.worker.model_runner.model
        layer = model.model.layers[0].self_attn.o_proj
        with torch.inference_mode():
            y = layer.quant_method.apply(layer, torch.tensor(x, dtype=torch.float32))
        scored = llm.generate(texts, SamplingParams(max_tokens=1, prompt_logprobs=0, temperature=0), use_tqdm=False)
        return {
            "name": config.__name__,
            "method": type(layer.quant_method).__name__,
            "dtypes": {name: str(p.dtype) for name, p in model.named_parameters()},
            "layer": y.tolist(),
            "logprobs": [
                [
                    position[token].logprob
                    for token, position in zip(one.prompt_token_ids, one.prompt_logprobs)
                    if position
                ]
                for one in scored
            ],
        }
    finally:
        llm.llm_engine.engine_core.shutdown()
