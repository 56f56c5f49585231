"""What `lab meters` runs: one entry a row. A new scheme is a new entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setup:
    """A checkpoint, the dtype of its KV cache, and how much of it a measurement takes."""

    name: str
    title: dict[str, str]
    scheme: str  # as the cost model of lab 02 calls it
    checkpoint: str | None = None  # as `lab checkpoint` calls it; None: the model as it is
    kv_dtype: str = "bf16"
    batches: tuple[int, ...] = (1, 8, 64)
    new_tokens: int = 17


SETUPS = (
    Setup("bf16", {"en": "bf16", "es": "bf16"}, "bf16"),
    Setup("int8", {"en": "INT8 W8A8", "es": "INT8 W8A8"}, "int8", "w8a8"),
    # Emulated on a CPU, a second and more a step: fewer steps, smaller batches.
    Setup("fp8", {"en": "FP8 W8A8", "es": "FP8 W8A8"}, "fp8", "fp8", batches=(1, 8), new_tokens=5),
    Setup("w4a16", {"en": "INT4 W4A16", "es": "INT4 W4A16"}, "int4-g128", "w4a16"),
    Setup("awq", {"en": "AWQ file", "es": "archivo AWQ"}, "int4-g128", "awq"),
    Setup("gptq", {"en": "GPTQ file", "es": "archivo GPTQ"}, "int4-g128", "gptq"),
    Setup("fp8-kv", {"en": "bf16, FP8 cache", "es": "bf16, caché FP8"}, "bf16", kv_dtype="fp8"),
)


def find(names: list[str] | None) -> tuple[Setup, ...]:
    """The rows called `names`, bf16 always first (all of them without names); ValueError for an unknown one."""
    known = [setup.name for setup in SETUPS]
    for name in names or ():
        if name not in known:
            raise ValueError(f"there is no scheme {name!r}; there are: {', '.join(known)}")
    return tuple(s for s in SETUPS if not names or s.name in names or s.name == "bf16")
