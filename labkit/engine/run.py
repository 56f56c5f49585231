"""Run every setup through the learner's `run_meters`, repeats interleaved, and keep every number."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from labkit import course
from labkit.engine import child, log, profiling, random_model
from labkit.engine.setups import Setup
from labkit.grading.implementation import resolve
from labkit.grading.submission import load
from labkit.models import corpus
from labkit.models.checkpoints import write_checkpoint
from labkit.models.load import DEFAULT_MODEL

LAB = "02"
LIMIT = 300.0  # seconds for one run
PROFILE_CACHE = 2**26  # bytes of cache while profiling: it is read, not measured
TRAINED_BUDGET = 64_000_000  # bytes; the trained model's weights are 3.8 million
ROOM = 1.5  # the random model's budget in units of its bf16 weights: what an 8B model has on a 24 GB card
Step = Callable[[str], None]


class RunError(Exception):
    """A run that gave no meters; the message is for a person."""


class Bench:
    """The checkpoints of two models in one temporary folder, written when they are first needed."""

    def __init__(self, folder: Path, impl: str = "solution", size: str = "full", seed: int = 0):
        self.folder, self.impl, self.size, self.seed = folder, impl, size, seed
        self.file = resolve(impl).file_for(course.find(LAB))

    def model(self, name: str) -> Path:
        """The full-precision folder of "trained" or "random"."""
        if name == "trained":
            return DEFAULT_MODEL
        folder = self.folder / "random"
        if not folder.exists():
            random_model.write(folder, self.size, self.seed)
        return folder

    def config(self, name: str) -> dict:
        return json.loads((self.model(name) / "config.json").read_text(encoding="utf-8"))

    def checkpoint(self, name: str, setup: Setup) -> Path:
        """`setup`'s checkpoint of a model, quantized by the learner's functions."""
        if setup.checkpoint is None:
            return self.model(name)
        folder = self.folder / f"{name}-{setup.checkpoint}"
        if not folder.exists():
            write_checkpoint(setup.checkpoint, folder, self.impl, self.model(name))
        return folder

    def budget(self, name: str) -> int:
        """Bytes for weights and cache together, one for all setups of a model."""
        if name == "trained":
            return TRAINED_BUDGET
        return int(ROOM * sum(file.stat().st_size for file in self.model(name).glob("*.safetensors")))

    def meters(self, name: str, setup: Setup, pairs: Sequence[tuple[str, str]], **more) -> dict:
        """One run of `run_meters`; RunError with the engine's own last words where it gives none."""
        prompts, answers = map(list, zip(*pairs))
        args = [setup.scheme, str(self.checkpoint(name, setup)), prompts, answers, self.budget(name)]
        outcome = child.run(self.file, "run_meters", args, {"kv_dtype": setup.kv_dtype, **more}, LIMIT)
        if outcome.error:
            raise RunError(f"{setup.name} on the {name} model: {outcome.error['type']}: {outcome.error['message']}")
        return {**outcome.value, "log": log.readings(outcome.log)}

    def sanity(self, setup: Setup, prompts: int) -> dict:
        """The trained model: exact match and perplexity of `prompts` held-out prompts a task."""
        pairs = [pair for task in corpus.TASKS for pair in corpus.held_out(task, prompts, self.seed)]
        return self.meters("trained", setup, pairs, batches=[1], new_tokens=17)

    def throughput(self, setup: Setup, batches: Sequence[int] | None = None) -> dict:
        """The random model: tokens a second of each batch. What it says means nothing, so no answer is waited for."""
        pairs = corpus.held_out("numbers", 8, self.seed)
        more = {"batches": list(batches or setup.batches), "new_tokens": setup.new_tokens, "answer_tokens": 1}
        return self.meters("random", setup, pairs, **more)

    def profile(self, setup: Setup) -> dict:
        """The random model at batch 1: which kernel serves its layers, and which operators a step's time goes to."""
        prompts = [prompt for prompt, _ in corpus.held_out("numbers", 1, self.seed)]
        args = [str(self.checkpoint("random", setup)), prompts, PROFILE_CACHE, 1, setup.new_tokens]
        outcome = child.run(Path(profiling.__file__), "operators", args, limit=LIMIT)
        if outcome.error:
            raise RunError(f"profile of {setup.name}: {outcome.error['type']}: {outcome.error['message']}")
        return outcome.value


def all_meters(bench: Bench, setups: Sequence[Setup], prompts: int, repeats: int, step: Step) -> dict[str, dict]:
    """name -> {"sanity": …, "profile": …, "throughput": [… one a repeat]}, or {"problem": words}.

    Each run's meters hold what vLLM's log said of that same run under "log". All setups before any repeat.
    """
    found: dict[str, dict] = {setup.name: {"throughput": []} for setup in setups}
    for setup in setups:
        step(f"{setup.name}, trained model")
        _note(found[setup.name], "sanity", lambda setup=setup: bench.sanity(setup, prompts))
        if "problem" not in found[setup.name] and setup.kv_dtype == "bf16":  # the cache's dtype serves no layer
            _note(found[setup.name], "profile", lambda setup=setup: bench.profile(setup))
    for repeat in range(repeats):
        for setup in setups:
            step(f"{setup.name}, random model, {repeat + 1} of {repeats}")
            if "problem" not in found[setup.name]:
                _note(found[setup.name], "throughput", lambda setup=setup: bench.throughput(setup))
    return found


def _note(row: dict, key: str, work: Callable[[], dict]) -> None:
    try:
        value = work()
    except RunError as error:
        row["problem"] = str(error)
        return
    if isinstance(row.get(key), list):
        row[key].append(value)
    else:
        row[key] = value


def prediction(bench: Bench, hardware: dict[str, float], batch: int, context: int) -> dict:
    """What the learner's cost model says of the random model before anything is loaded; {} where it is not written.

    "order" is predict_order's; "seconds" a decode step of each scheme; "bytes" the seconds of its bytes alone.
    """
    functions = load(bench.file)
    config, schemes = bench.config("random"), ("bf16", "int8", "fp8", "int4-g128")
    no_limit = {**hardware, "peak": float("inf")}
    try:
        step = functions.get("decode_step_seconds")
        return {
            "order": functions.get("predict_order")(config, hardware, bench.budget("random"), batch, context),
            "seconds": {s: step(config, s, batch, context, hardware) for s in schemes},
            "bytes": {s: step(config, s, batch, context, no_limit) for s in schemes},
            "tokens": {
                s: functions.get("kv_capacity_tokens")(
                    config=config, budget_bytes=bench.budget("random"), scheme=s, block_size=128
                )
                for s in schemes
            },
        }
    except NotImplementedError:
        return {}
