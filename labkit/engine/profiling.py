"""Where the time of a decode step goes: torch's own profiler around the engine's work, in the child.

Only the names and shares of operators are kept; a profiled step is slower than a measured one.
"""

from __future__ import annotations


def operators(
    checkpoint: str, prompts: list[str], budget_bytes: int, batch: int, new_tokens: int, most: int = 5
) -> dict:
    """Decode `batch` sequences under torch.profiler.

    Gives "operators", the `most` costliest as [name, share of all operators' own time, calls], costliest first, and
    "kernels", the class of the kernel that serves the first layer's o_proj, as vLLM chose it.
    Source: torch.profiler.profile, `key_averages()`; `self_cpu_time_total` leaves out what an operator calls.
    """
    import torch
    from vllm import LLM, SamplingParams

    llm = LLM(model=checkpoint, kv_cache_memory_bytes=budget_bytes, enforce_eager=True)
    try:
        sequences = [prompts[i % len(prompts)] for i in range(batch)]
        settings = SamplingParams(temperature=0, max_tokens=new_tokens, ignore_eos=True)
        llm.generate(sequences, settings, use_tqdm=False)  # fills caches and picks kernels
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            llm.generate(sequences, settings, use_tqdm=False)
        found = sorted(profile.key_averages(), key=lambda event: -event.self_cpu_time_total)
        whole = sum(event.self_cpu_time_total for event in found)
        shares = [[event.key, event.self_cpu_time_total / whole, event.count] for event in found[:most]]
        return {"operators": shares, "kernel": _kernel(llm)}
    finally:
        llm.llm_engine.engine_core.shutdown()


def _kernel(llm) -> str:
    """The class that serves the first layer's o_proj: the method's kernel where it has one, else the method."""
    model = llm.llm_engine.model_executor.driver_worker.worker.model_runner.model
    layer = model.model.layers[0].self_attn.o_proj
    for holder in (getattr(layer, "scheme", None), layer.quant_method):
        for name in ("kernel", "fp8_linear", "linear_kernel"):
            if getattr(holder, name, None) is not None:
                return type(getattr(holder, name)).__name__
    return type(getattr(layer, "scheme", None) or layer.quant_method).__name__
