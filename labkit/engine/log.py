"""What vLLM's own log says of a run, to be held against the meters of the same run."""

from __future__ import annotations

import re

# vLLM 0.32.0: v1/core/kv_cache_utils.py, model_executor/model_loader/default_loader.py
_SAYS = {
    "kv_tokens": r"KV cache size: ([\d,]+) tokens",
    "longest": r"Maximum concurrency for ([\d,]+) tokens per request",
    "concurrency": r"Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x",
}


def readings(log: str) -> dict[str, float]:
    """The numbers of the log by name: kv_tokens, longest (the model's longest sequence), concurrency; those it says."""
    found = {name: re.findall(pattern, log) for name, pattern in _SAYS.items()}
    return {name: float(values[-1].replace(",", "")) for name, values in found.items() if values}
