"""The table of schemes: how each makes the model's linear layers smaller, with the learner's own functions.

A new scheme is one entry of ``CORE``, or of ``beyond.SCHEMES``: its name, its title, the learner's functions it needs,
and a rule that takes one ``Layer`` and gives ``Quantized``. Bytes are those of a packed file: a 4-bit code takes half a
byte, and every scale counts in the dtype that the learner's function gave it.
"""

from __future__ import annotations

import re

import numpy as np

from labkit.models import beyond
from labkit.models.quantize import Layer, Quantized, Rule, Scheme, code_bytes


def rows_rule(bits: int, granularity: str | int) -> Rule:
    """Weights through lab 01 and back, one scale a ``"tensor"``, a ``"channel"``, or a group of so many columns.

    A group is a short row: lab 01's ``quantize_per_channel`` on the weight cut into rows of ``granularity`` gives
    groups at any number of bits, with the float32 scales of lab 01.
    """
    function = "quantize_per_tensor" if granularity == "tensor" else "quantize_per_channel"

    def rule(layer: Layer) -> Quantized:
        call, shape = layer.learner.call, layer.weight.shape
        w = layer.weight.reshape(-1, granularity) if isinstance(granularity, int) else layer.weight
        scales = () if granularity == "tensor" else w.shape[:1]
        q, scale = call("01", function, w, bits=bits, gives=(w.shape, scales))
        held = code_bytes("01", function, q, bits) + scale.nbytes
        return Quantized(held, call("01", "dequantize", q, scale, gives=(w.shape,)).reshape(shape))

    return rule


def _groups(group_size: int) -> Rule:
    """Weights through lab 03's int4 in groups and back."""

    def rule(layer: Layer) -> Quantized:
        w, call = layer.weight, layer.learner.call
        shapes = (w.shape, (w.shape[0], w.shape[1] // group_size))
        q, scale = call("03", "quantize_groupwise", w, group_size=group_size, gives=shapes)
        held = code_bytes("03", "quantize_groupwise", q, 4) + scale.nbytes
        return Quantized(held, call("03", "dequantize_groupwise", q, scale, gives=(w.shape,)))

    return rule


def _w8a8_per_tensor(layer: Layer) -> Quantized:
    """Lab 04's layer: it quantizes the weight per row and the activations with one scale a call."""
    w, call = layer.weight, layer.learner.call
    return Quantized(
        w.size + 4 * len(w),  # the codes and float32 scales that the function makes inside
        forward=lambda x: call("04", "w8a8_linear", x, w, gives=((len(x), len(w)),)),
    )


def _w8a8_per_token(layer: Layer) -> Quantized:
    """Lab 01's rows on both sides: a row of the weight is an output channel, a row of the activations is a token."""
    w, call = layer.weight, layer.learner.call
    q, scale = call("01", "quantize_per_channel", w, gives=(w.shape, w.shape[:1]))
    codes = q.astype(np.float32).T

    def forward(x: np.ndarray) -> np.ndarray:
        x_q, x_scale = call("01", "quantize_per_channel", x, gives=(x.shape, x.shape[:1]))
        # Sums of int8 products stay below 2**24 up to 1040 inputs, so that float32 holds the int32 sum exactly.
        return (x_q.astype(np.float32) @ codes) * x_scale[:, None] * scale

    return Quantized(code_bytes("01", "quantize_per_channel", q, 8) + scale.nbytes, forward=forward)


_WHERE = {
    "tensor": {"en": "one scale a matrix", "es": "una escala por matriz"},
    "channel": {"en": "one scale a row", "es": "una escala por fila"},
}


def rows_scheme(bits: int, granularity: str | int) -> Scheme:
    """Weights only, with lab 01's functions; see ``rows_rule``."""
    groups = isinstance(granularity, int)
    where = _groups_of(granularity) if groups else _WHERE[granularity]
    function = "quantize_per_tensor" if granularity == "tensor" else "quantize_per_channel"
    return Scheme(
        f"int{bits}-{'g' if groups else ''}{granularity}",
        {language: f"int{bits}, {words}" for language, words in where.items()},
        (("01", function), ("01", "dequantize")),
        rows_rule(bits, granularity),
        group_size=granularity if groups else 1,
    )


def _int4_groups(size: int) -> Scheme:
    title = {language: f"int4, {words}" for language, words in _groups_of(size).items()}
    needs = (("03", "quantize_groupwise"), ("03", "dequantize_groupwise"))
    return Scheme(f"int4-g{size}", title, needs, _groups(size), group_size=size)


def _groups_of(size: int) -> dict[str, str]:
    return {"en": f"groups of {size}", "es": f"grupos de {size}"}


CORE: tuple[Scheme, ...] = (
    Scheme("bf16", {"en": "bf16, as stored", "es": "bf16, tal como está guardado"}),
    rows_scheme(8, "tensor"),
    rows_scheme(8, "channel"),
    Scheme(
        "w8a8-tensor",
        {"en": "W8A8, activations per tensor", "es": "W8A8, activaciones por tensor"},
        (("04", "w8a8_linear"),), _w8a8_per_tensor, activations=True,
    ),
    Scheme(
        "w8a8-token",
        {"en": "W8A8, activations per token", "es": "W8A8, activaciones por token"},
        (("01", "quantize_per_channel"),), _w8a8_per_token, activations=True,
    ),
    rows_scheme(4, "tensor"),
    rows_scheme(4, "channel"),
    _int4_groups(128),
    _int4_groups(64),
    _int4_groups(32),
    rows_scheme(3, "tensor"),
    rows_scheme(3, "channel"),
    rows_scheme(3, 64),
)  # fmt: skip
SCHEMES = CORE + beyond.SCHEMES


def find(names: list[str] | None = None) -> tuple[Scheme, ...]:
    """The schemes called ``names`` in the table's order, bf16 always among them (all of them without names).

    ``ValueError`` for a name that is not in the table.
    """
    known = [scheme.name for scheme in SCHEMES]
    for name in names or ():
        if name not in known:
            raise ValueError(f"no scheme is called {name!r}; there are: {', '.join(known)}")
    return tuple(s for s in SCHEMES if not names or s.name in names or s.name == "bf16")


def by_name(name: str) -> Scheme:
    """The scheme of the table called ``name``, or one at any bits and granularity: "int2-g32", "gptq-int3-g128"."""
    for scheme in SCHEMES:
        if scheme.name == name:
            return scheme
    made = re.fullmatch(r"int([2-8])-(tensor|channel|g(\d+))", name)
    method = re.fullmatch(r"(gptq|awq)-int([2-8])-g(\d+)", name)
    if method:
        return getattr(beyond, method[1])(int(method[2]), int(method[3]))
    if made is None:
        raise ValueError(f"no scheme is called {name!r}; there are: {', '.join(s.name for s in SCHEMES)}")
    return rows_scheme(int(made[1]), int(made[3]) if made[3] else made[2])
