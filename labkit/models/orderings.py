"""What the course claims about quantization, each claim measured on the trained model with several seeds.

A seed draws other held-out text, other held-out prompts and other loud channels; there is one model, so no claim
is about training. Two arms are always compared on the same text. A claim holds between two bounds that were set
from the measured margin with room to spare: half of it or less where an effect is claimed, and twice the largest
seen or more where the claim is that nothing shows. ``lab eval --orderings`` prints margin and bounds side by side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from tqdm import tqdm
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from labkit import course, provenance
from labkit.models import cache, outliers, schemes
from labkit.models.exam import Exam
from labkit.models.learner import Learner, functions_in
from labkit.models.quantize import Result, apply

SEEDS = 5


class Trial:
    """The arms of the claims, each quantized and marked once however many claims need it.

    An arm is ``(scheme, model, slip)``: model "healthy", "twin", "louder twin" (twice the
    factor) or any of them with " smoothed"; scheme as in
    ``schemes.by_name``; slip the name of a file in `wrong/`, or "".
    """

    def __init__(
        self, model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, learner: Learner, slips: dict[str, Learner],
        prompts: int = 100, documents: int = 400,
    ):  # fmt: skip
        self._model, self._tokenizer, self._learners = model, tokenizer, {"": learner, **slips}
        self._prompts, self._documents = prompts, documents
        self._calibration = outliers.calibration_ids(tokenizer)
        self.result = lru_cache(maxsize=64)(self._result)
        self.perplexity = lru_cache(maxsize=None)(self._perplexity)
        self.match = lru_cache(maxsize=None)(self._match)
        self.divergence = lru_cache(maxsize=None)(self._divergence)
        self.cache_divergence = lru_cache(maxsize=None)(self._cache_divergence)
        self._exam = lru_cache(maxsize=None)(lambda seed: Exam(tokenizer, prompts, documents, seed))

    def cost(self, seed: int, scheme: str, model: str = "healthy", slip: str = "", than: tuple = ("bf16",)) -> float:
        """How much larger the perplexity of one arm is than that of another, as a fraction of the latter."""
        return self.perplexity(seed, scheme, model, slip) / self.perplexity(seed, *than) - 1

    def farther(self, seed: int, scheme: str, than: str, model: str = "healthy") -> float:
        """How much larger one scheme's divergence from the full-precision model is than another's, as a fraction."""
        return self.divergence(seed, scheme, model) / self.divergence(seed, than, model) - 1

    def right(self, seed: int, scheme: str, model: str = "healthy", slip: str = "") -> float:
        """Fraction, 0 to 1, of held-out prompts answered exactly, over all tasks."""
        return self.match(seed, scheme, model, slip)["all"]

    def _result(self, scheme: str, model: str, slip: str, seed: int) -> Result:
        return apply(schemes.by_name(scheme), self._subject(model, slip, seed), self._learners[slip], self._calibration)

    def _subject(self, model: str, slip: str, seed: int) -> LlamaForCausalLM:
        subject = self._model
        if "twin" in model:
            factor = outliers.FACTOR * (2 if model.startswith("louder") else 1)
            subject = outliers.make_twin(subject, outliers.loud_channels(subject.config.hidden_size, seed=seed), factor)
        if model.endswith("smoothed"):
            subject = outliers.smoothed(subject, self._learners[slip], self._calibration)
        return subject

    def _arm(self, seed: int, scheme: str, model: str, slip: str) -> torch.nn.Module:
        return self.result(scheme, model, slip, seed if "twin" in model else 0).model

    def _divergence(self, seed: int, scheme: str, model: str = "healthy") -> float:
        return self._exam(seed).divergence(self._arm(seed, scheme, model, ""), self._model)

    def _cache_divergence(self, seed: int, bits: int, arm: int = 0, window: int = 256) -> float:
        rule = cache.through_codes(self._learners[""], bits, cache.ARMS[arm])
        return self._exam(seed).divergence(cache.with_cache(self._model, rule), self._model, window)

    def _perplexity(self, seed: int, scheme: str, model: str = "healthy", slip: str = "") -> float:
        return self._exam(seed).perplexity(self._arm(seed, scheme, model, slip))

    def _match(self, seed: int, scheme: str, model: str = "healthy", slip: str = "") -> dict[str, float]:
        return self._exam(seed).exact_match(self._arm(seed, scheme, model, slip))


@dataclass(frozen=True)
class Claim:
    """One claim: what is measured for a seed, and the bounds it must keep.

    ``unit`` is "perplexity" or "KL" (a difference as a fraction), "nats" (a divergence as it is), "exact match" (a
    difference of fractions), or "bytes" (a fraction). ``textbook`` says whether the textbook claim shows on this model;
    where it does not, the claim here is that nothing does.
    """

    name: str
    says: dict[str, str]
    unit: str
    measure: Callable[[Trial, int], float]
    low: float = -math.inf
    high: float = math.inf
    textbook: bool = True

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def measure(trial: Trial, claims: tuple[Claim, ...], seeds: int, step=lambda name: None) -> list[dict]:
    """One row a claim: its values, one a seed, its bounds, and whether it held with every seed."""
    rows = []
    for claim in claims:
        step(claim.name)
        values = [claim.measure(trial, seed) for seed in range(seeds)]
        rows.append({
            "claim": claim.name, "says": claim.says, "unit": claim.unit, "textbook": claim.textbook, "values": values,
            "low": claim.low if math.isfinite(claim.low) else None,
            "high": claim.high if math.isfinite(claim.high) else None,
            "holds": all(map(claim.holds, values)),
        })  # fmt: skip
    return rows


def slips_of(implementation_learner: Learner, files) -> dict[str, Learner]:
    """A learner for each file of slips: the implementation with that file's functions in place, by the file's stem."""
    return {file.stem: implementation_learner.with_instead(functions_in(file)) for file in files}


def text(rows: list[dict]) -> str:
    """The rows as lines: smallest and largest value over the seeds, the bounds, and whether the claim held."""
    lines = []
    for row in rows:
        low, high = row["low"], row["high"]
        bounds = f"{'' if low is None else f'{low:+.2%} <= '}value{'' if high is None else f' <= {high:+.2%}'}"
        span = f"{min(row['values']):+.2%} to {max(row['values']):+.2%}"
        mark = "holds" if row["holds"] else "DOES NOT HOLD"
        lines.append(f"{mark:6} {row['claim']:42} {row['unit']:11} {span:24} {bounds}\n       {row['says']['en']}")
    return "\n".join(lines)


def run(model, tokenizer, learner: Learner, options) -> int:
    """`lab eval --orderings`: exit code 0 if every claim holds, else 1."""
    from labkit.models.claims import CLAIMS
    from labkit.models.report import PACKAGES, WRONG

    trial = Trial(
        model, tokenizer, learner, slips_of(learner, sorted(WRONG.glob("*.py"))), options.prompts, options.documents
    )
    with tqdm(total=len(CLAIMS), unit="claim", desc="lab eval --orderings", leave=False, disable=None) as bar:
        rows = measure(trial, CLAIMS, SEEDS, lambda name: (bar.update(), bar.set_postfix_str(name)))
    print(text(rows))
    if options.write:
        command = (
            f"lab eval --orderings --write --impl {options.impl} --prompts {options.prompts} "
            f"--documents {options.documents}"
        )
        source = provenance.provenance(command, PACKAGES, seeds=list(range(SEEDS)))
        target = provenance.write("model-orderings", {"source": source, "claims": rows})
        print(f"wrote {course.show_path(target)}")
    return 0 if all(row["holds"] for row in rows) else 1
