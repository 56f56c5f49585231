"""Measure every scheme on the model, and the outlier twin: plain rows for tables, JSON and plots.

A row that a learner's function spoils holds ``problem`` instead of a quality; the others are measured all the same.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import LlamaForCausalLM

from labkit.models import cache, outliers, schemes
from labkit.models.exam import Exam
from labkit.models.learner import Learner, NotUsable
from labkit.models.quantize import Scheme, apply

# The schemes that the outlier twin is measured under: nothing, weights only (the control), and both W8A8.
TWIN_SCHEMES = ("bf16", "int8-channel", "w8a8-tensor", "w8a8-token")
METHODS = ("", "gptq", "awq")  # "" rounds to nearest
METHOD_GRIDS = ("int4-g128", "int3-g64", "int2-g32")
TWIN_MODELS = ("healthy", "healthy smoothed", "twin", "twin smoothed")


def scheme_rows(
    model: LlamaForCausalLM,
    learner: Learner,
    chosen: tuple[Scheme, ...],
    exam: Exam,
    calibration: torch.Tensor,
    step: Callable[[str], None] = lambda name: None,
) -> list[dict]:
    """One row a scheme: name, bytes, bits a weight, share of the embedding, quality or problem.

    ``step`` is told the name of each row before it is measured.
    """
    rows = []
    for scheme in chosen:
        step(scheme.name)
        rows.append({"scheme": scheme.name} | _row(model, learner, scheme, exam, calibration, model))
    return rows


def twin_rows(
    model: LlamaForCausalLM,
    learner: Learner,
    exam: Exam,
    calibration: torch.Tensor,
    channels: list[int],
    step: Callable[[str], None] = lambda name: None,
) -> list[dict]:
    """One row a model and scheme: the healthy model and its twin, each as it is and smoothed by the learner."""
    rows = []
    twin = outliers.make_twin(model, channels)
    for name in TWIN_MODELS:
        subject: LlamaForCausalLM | None = twin if name.startswith("twin") else model
        problem = None
        if name.endswith("smoothed"):
            try:
                subject = outliers.smoothed(subject, learner, calibration)
            except NotUsable as error:
                problem = _problem(error)
        for scheme in schemes.find(list(TWIN_SCHEMES)):
            step(f"{name}, {scheme.name}")
            row = {"problem": problem} if problem else _row(subject, learner, scheme, exam, calibration, model)
            rows.append({"model": name, "scheme": scheme.name} | row)
    return rows


def method_rows(
    model: LlamaForCausalLM,
    learner: Learner,
    exam: Exam,
    calibration: torch.Tensor,
    channels: list[int],
    step: Callable[[str], None] = lambda name: None,
) -> list[dict]:
    """Round to nearest, GPTQ and AWQ at 4, 3 and 2 bits, on the healthy model and on its twin."""
    rows = []
    subjects = {"healthy": model, "twin": outliers.make_twin(model, channels)}
    for grid in METHOD_GRIDS:
        for method in METHODS:
            scheme = schemes.by_name(f"{method}{'-' if method else ''}{grid}")
            for name, subject in subjects.items():
                step(f"{scheme.name}, {name}")
                row = _row(subject, learner, scheme, exam, calibration, model)
                rows.append({"model": name, "method": method or "rtn", "grid": grid, "scheme": scheme.name} | row)
    return rows


def cache_rows(
    model: LlamaForCausalLM, learner: Learner, exam: Exam, step: Callable[[str], None] = lambda name: None
) -> list[dict]:
    """The KV cache at every width and context, with each way to share a scale: divergence from the 16-bit cache."""
    rows = []
    for bits in cache.WIDTHS:
        for arm in cache.ARMS:
            step(f"cache, {bits} bits")
            try:
                subject = cache.with_cache(model, cache.through_codes(learner, bits, arm))
                found = [exam.divergence(subject, model, window) for window in cache.CONTEXTS]
            except NotUsable as error:
                rows.append({"bits": bits, "arm": arm, "problem": _problem(error)})
                continue
            sizes = [cache.bytes_of(model.config, bits, arm, window) for window in cache.CONTEXTS]
            rows.append({"bits": bits, "arm": arm, "contexts": cache.CONTEXTS, "divergence": found, "bytes": sizes})
    return rows


def _row(
    model: LlamaForCausalLM, learner: Learner, scheme: Scheme, exam: Exam, calibration: torch.Tensor, reference
) -> dict:
    try:
        result = apply(scheme, model, learner, calibration)
        quality = exam.mark(result.model, reference)
    except NotUsable as error:
        return {"problem": _problem(error)}
    return {
        "bytes": result.bytes,
        "bits_per_weight": result.bits_per_weight,
        "embedding_share": result.embedding_bytes / result.bytes,
        "perplexity": quality.perplexity,
        "divergence": quality.divergence,
        "exact_match": quality.exact_match,
    }


def _problem(error: NotUsable) -> dict:
    return {"says": str(error), "kind": error.kind, "function": error.function, "lab": error.lab}
