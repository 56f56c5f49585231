"""Every comparison, by name; a new one is a function with `@compare` in a module that is imported here."""

from __future__ import annotations

from labkit import course
from labkit.crosscheck import (  # noqa: F401  (importing registers)
    comparisons_float,
    comparisons_int4,
    comparisons_int8,
    comparisons_int8_other,
    comparisons_outputs,
    comparisons_words,
    comparisons_zero_points,
)
from labkit.crosscheck.comparing import ALL, Comparison


def in_order() -> list[Comparison]:
    """Those of the same convention first; then as the labs list their functions."""
    kinds = ("same", "other", "outputs")
    labs = sorted(course.labs(), key=lambda lab: lab.number)
    places = [(lab.number, exercise.function) for lab in labs for exercise in lab.exercises]
    return sorted(ALL.values(), key=lambda c: (kinds.index(c.kind), places.index((c.lab, c.function))))


def matching(words: list[str]) -> list[Comparison]:
    """Those whose name, function or package is one of `words`, or whose name begins with one; all without words."""
    chosen = in_order()
    if words:
        chosen = [c for c in chosen if any(w in (c.function, c.package) or c.name.startswith(w) for w in words)]
    return chosen
