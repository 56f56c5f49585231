"""One sitting of the model: the same held-out text and prompts for every scheme, tokenized once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerBase

from labkit.models import corpus, evaluate

# A model that guesses has a perplexity near its vocabulary's size; beyond this the number says no more.
WORST = 1e6


@dataclass(frozen=True)
class Quality:
    """What people judge a model by.

    ``perplexity`` on held-out text, cut at ``WORST``; ``divergence`` from the full-precision model on the same text,
    in nats a token, cut there too; ``exact_match`` is a fraction, 0 to 1, for each task and their mean under ``"all"``.
    """

    perplexity: float
    divergence: float
    exact_match: dict[str, float]


class Exam:
    """``prompts`` held-out prompts of each task and ``documents`` held-out documents of text, drawn with ``seed``."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, prompts: int = 100, documents: int = 400, seed: int = 0):
        self.tokenizer, self.prompts, self.documents, self.seed = tokenizer, prompts, documents, seed
        self._pairs = (
            [(t, *pair) for t in corpus.TASKS for pair in corpus.held_out(t, prompts, seed)] if prompts else []
        )
        self._ids = evaluate.encode_text(tokenizer, corpus.heldout_text(documents, seed))

    def mark(self, model: torch.nn.Module, reference: torch.nn.Module) -> Quality:
        """Perplexity and exact match of ``model``, and its divergence from ``reference``."""
        return Quality(self.perplexity(model), self.divergence(model, reference), self.exact_match(model))

    def divergence(self, model: torch.nn.Module, reference: torch.nn.Module, window: int = 256) -> float:
        """KL(reference || model) on the text, in nats a token; ``WORST`` where it is larger or not a number."""
        value = evaluate.divergence(model, reference, self._ids, window)
        return value if math.isfinite(value) and value < WORST else WORST

    def perplexity(self, model: torch.nn.Module) -> float:
        """Perplexity on the text; ``WORST`` where it is larger or not a number."""
        try:
            value = evaluate.perplexity(model, self.tokenizer, self._ids)
        except OverflowError:  # exp of a mean loss above 709
            return WORST
        return value if math.isfinite(value) and value < WORST else WORST

    def exact_match(self, model: torch.nn.Module) -> dict[str, float]:
        """Fraction of prompts answered exactly: task -> 0 to 1, and ``"all"``."""
        _, prompts, answers = zip(*self._pairs)
        found = evaluate.matches(model, self.tokenizer, prompts, answers)
        right = dict.fromkeys(corpus.TASKS, 0)
        for (task, _, _), ok in zip(self._pairs, found, strict=True):
            right[task] += ok
        return {task: n / self.prompts for task, n in right.items()} | {"all": sum(found) / len(found)}
