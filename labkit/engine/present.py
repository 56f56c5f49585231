"""Is vLLM here, and must it be? Cheap to ask: nothing is imported."""

from __future__ import annotations

import importlib.util
import os

ABSENT = "needs the engine: vLLM is not installed here (make engine)"


def is_installed() -> bool:
    """True where `import vllm` would find a package; it is not imported."""
    return importlib.util.find_spec("vllm") is not None


def is_required() -> bool:
    """True with LAB_REQUIRE=engine, as CI sets it: a test that needs the engine must run, not be skipped."""
    return "engine" in os.environ.get("LAB_REQUIRE", "").replace(",", " ").split()
