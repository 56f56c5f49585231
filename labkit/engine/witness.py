"""What the engine was really asked: a note of every LLM(...) and generate(...) in the child, with its seconds.

A learner's meter can be held against it whatever the machine does meanwhile: "64 tokens in 3.1 s" is a fact, and
"206 tokens a second" then has an explanation (prompt tokens counted, start-up included, …) or is right.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
import time

WATCHED = "vllm.entrypoints.llm"


def watch() -> dict:
    """Watch vLLM from the moment it is imported, if it is; the returned dict fills while the engine works."""
    seen = {"started": [], "calls": []}
    sys.meta_path.insert(0, _Finder(seen))
    return seen


class _Finder(importlib.abc.MetaPathFinder):
    """Lets the import of vLLM's LLM class go its way, and wraps two methods of the class afterwards."""

    def __init__(self, seen: dict):
        self.seen = seen

    def find_spec(self, name, path, target=None):
        if name != WATCHED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                _wrap(module.LLM, self.seen)

            spec.loader.exec_module = exec_module
        return spec


def _wrap(llm_class, seen: dict) -> None:
    start, generate = llm_class.__init__, llm_class.generate

    @functools.wraps(start)
    def noted_start(self, *args, **kwargs):
        began = time.perf_counter()
        start(self, *args, **kwargs)
        cache = self.llm_engine.vllm_config.cache_config
        seen["started"].append({
            "seconds": time.perf_counter() - began,
            "kv_cache_memory_bytes": cache.kv_cache_memory_bytes,
            "blocks": cache.num_gpu_blocks,
            "block_size": cache.block_size,
            "kv_cache_dtype": str(cache.cache_dtype),
            "quantization": self.llm_engine.vllm_config.model_config.quantization,
        })  # fmt: skip

    @functools.wraps(generate)
    def noted_generate(self, *args, **kwargs):
        began = time.perf_counter()
        outputs = generate(self, *args, **kwargs)
        seconds = time.perf_counter() - began
        seen["calls"].append({
            "seconds": seconds,
            "requests": len(outputs),
            "generated": sum(len(o.outputs[0].token_ids) for o in outputs),
            "prompt_tokens": sum(len(o.prompt_token_ids or ()) for o in outputs),
        })  # fmt: skip
        return outputs

    llm_class.__init__, llm_class.generate = noted_start, noted_generate
