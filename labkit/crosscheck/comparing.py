"""What a comparison is, and how two arrays are counted against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np

NEAR_A_TIE = 1e-5  # of a step: there division and multiplication by the reciprocal may round to different codes


@dataclass(frozen=True)
class Part:
    """Counts of one thing compared, for example the codes."""

    values: int
    same: int  # bit for bit
    apart: dict[str, int] = field(default_factory=dict)  # reason that is allowed for -> how many differ by it
    applied: int | None = None  # how many agree once the library's own rule is put in the place of ours

    @property
    def unexplained(self) -> int:
        return self.values - self.same - sum(self.apart.values())

    def __add__(self, other: Part) -> Part:
        reasons = {**self.apart, **other.apart}
        return Part(
            self.values + other.values,
            self.same + other.same,
            {reason: self.apart.get(reason, 0) + other.apart.get(reason, 0) for reason in reasons},
            None if self.applied is None else self.applied + other.applied,
        )


@dataclass(frozen=True)
class Ratios:
    """Our error over the library's, one number a seed, and the span that they must lie in."""

    values: list[float]
    low: float
    high: float
    applied: list[float] | None = None  # the same, once the library's own rule is put in the place of ours


RULE_APPLIED = 0.02  # how far from 1 an error ratio may be with the library's rule applied


Parts = dict[str, Part]


@dataclass(frozen=True)
class Comparison:
    """One solution function beside one library function."""

    name: str
    lab: str  # "01"
    function: str
    package: str  # name on the package index
    call: str  # the library's function
    kind: str  # "same" convention, "other" convention, or "outputs" of the layer
    note: dict[str, str]  # language -> what is compared, or what the other convention is
    run: Callable[[ModuleType], Parts | Ratios]
    recorded: str | None = None  # the version, where the library's words were recorded and it need not be here


ALL: dict[str, Comparison] = {}


def compare(lab: str, function: str, package: str, call: str, kind: str, en: str, es: str, recorded: str | None = None):
    """Registers a function (solution's module) -> parts or ratios as a comparison; its name says what is compared."""

    def register(run):
        name = run.__name__.replace("_", "-")
        ALL[name] = Comparison(name, lab, function, package, call, kind, {"en": en, "es": es}, run, recorded)
        return run

    return register


def part(ours, theirs, apart: dict[str, np.ndarray] | None = None, applied=None) -> Part:
    """Count where `ours` and `theirs` are the same bits.

    Args:
        apart: reason -> where a difference is allowed for it; a difference counts for the first reason that holds.
        applied: ours by the library's rule, which has to be the same bits as `theirs` everywhere.
    """
    ours, theirs = _bits(ours), _bits(theirs)
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        raise ValueError(f"ours is {ours.shape} {ours.dtype}, theirs {theirs.shape} {theirs.dtype}")
    differs, counts = ours != theirs, {}
    same = differs.size - int(differs.sum())
    for reason, where in (apart or {}).items():
        where = np.broadcast_to(where, differs.shape)
        counts[reason] = int((differs & where).sum())
        differs = differs & ~where
    return Part(ours.size, same, counts, None if applied is None else int((_bits(applied) == theirs).sum()))


def _bits(array) -> np.ndarray:
    array = np.ascontiguousarray(array)
    return array.view(f"u{array.itemsize}") if array.dtype.kind == "f" else array


def add(parts: list[Parts]) -> Parts:
    """The sum over several inputs."""
    total = dict(parts[0])
    for other in parts[1:]:
        total = {name: total[name] + other[name] for name in total}
    return total


def near_a_tie(w: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Where w / scale is within NEAR_A_TIE of halfway between two codes; scale broadcasts against w."""
    with np.errstate(all="ignore"):
        steps = np.abs(np.asarray(w, np.float64) / np.asarray(scale, np.float64))
        return np.abs(steps - np.floor(steps) - 0.5) < NEAR_A_TIE


def agrees(comparison: Comparison, result: Parts | Ratios) -> bool:
    """Whether the result is what the comparison promises."""
    if isinstance(result, Ratios):
        explained = all(abs(value - 1) <= RULE_APPLIED for value in result.applied or [])
        return explained and result.low <= min(result.values) <= max(result.values) <= result.high
    if comparison.kind == "same":
        return all(p.values > 0 and p.unexplained == 0 for p in result.values())
    return all(p.values > 0 and p.applied == p.values for p in result.values())


def tensor(array):
    """An array as a torch tensor."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(array))


def numpy(tensor) -> np.ndarray:
    """A torch tensor as an array."""
    return tensor.detach().cpu().numpy()
