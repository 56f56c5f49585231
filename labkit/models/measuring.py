"""Measure every scheme on the model, and the outlier twin: plain rows for tables, JSON and plots.

A row that a learner's function spoils holds ``problem`` instead of a quality; the others are measured all the same.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import LlamaForCausalLM

from labkit.models import outliers, schemes
from labkit.models.exam import Exam
from labkit.models.learner import Learner, NotUsable
from labkit.models.quantize import Scheme, apply

# The schemes that the outlier twin is measured under: nothing, weights only (the control), and both W8A8.
TWIN_SCHEMES = ("bf16", "int8-channel", "w8a8-tensor", "w8a8-token")
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
        rows.append({"scheme": scheme.name} | _row(model, learner, scheme, exam, calibration))
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
            row = {"problem": problem} if problem else _row(subject, learner, scheme, exam, calibration)
            rows.append({"model": name, "scheme": scheme.name} | row)
    return rows


def _row(model: LlamaForCausalLM, learner: Learner, scheme: Scheme, exam: Exam, calibration: torch.Tensor) -> dict:
    try:
        result = apply(scheme, model, learner, calibration)
        quality = exam.mark(result.model)
    except NotUsable as error:
        return {"problem": _problem(error)}
    return {
        "bytes": result.bytes,
        "bits_per_weight": result.bits_per_weight,
        "embedding_share": result.embedding_bytes / result.bytes,
        "perplexity": quality.perplexity,
        "exact_match": quality.exact_match,
    }


def _problem(error: NotUsable) -> dict:
    return {"says": str(error), "kind": error.kind, "function": error.function, "lab": error.lab}
