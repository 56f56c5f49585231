"""Lab 03's figure: error against bits a weight as groups shrink, and the packed bytes, bit for bit."""

from __future__ import annotations

import numpy as np

from labkit.learner_tools import reference
from labkit.learner_tools.drawing import Row, pair
from labkit.learner_tools.yours import Yours

TITLE = (
    "Smaller groups: a smaller error for a few more bits; and which code lies in which half of a byte",
    "Grupos más pequeños: menos error por unos bits más; y qué código está en qué mitad del byte",
)
SIZES = (1024, 512, 256, 128, 64, 32, 16)
CODES = np.array([[-8, 7, -1, 1, 0, -7, 5, -3, 2, 6, -2, 4, 3, -5, -4, -6]], np.int8)


def measure(yours: Yours) -> dict:
    w = np.random.default_rng(3).standard_t(4, (48, 1024)).astype(np.float32)
    right = [(16 / n + 4, float(reference.error(w, reference.in_groups(w, n)))) for n in SIZES]
    mine = [(yours.attempt(lambda: float(yours("bits_per_weight", n))), yours.attempt(lambda: _error(yours, w, n)))
            for n in SIZES]  # fmt: skip
    packed = yours.attempt(lambda: yours("pack_int4", CODES, gives=((1, CODES.shape[1] // 2),)))
    at, one_row = SIZES.index(128), SIZES.index(1024)
    rows = [
        Row(("error, one scale a row", "error, una escala por fila"), mine[one_row][1], right[one_row][1], "{:.1%}"),
        Row(("error, groups of 128", "error, grupos de 128"), mine[at][1], right[at][1], "{:.1%}"),
        Row(("bits a weight, groups of 128", "bits por peso, grupos de 128"), mine[at][0], right[at][0], "{:.3f}"),
    ]
    expected = reference.packed(CODES)[0]
    if packed is not None:
        packed = np.asarray(packed)[0].astype(np.uint8)
    same = None if packed is None else float((packed == expected).sum())
    rows.append(Row(("packed bytes as in the contract", "bytes como en el contrato"), same, len(expected), "{:.0f}"))
    return {"right": right, "mine": mine, "packed": packed, "expected": expected, "rows": rows}


def _error(yours: Yours, w: np.ndarray, size: int) -> float:
    q, scale = yours("quantize_groupwise", w, group_size=size, gives=(w.shape, (len(w), w.shape[1] // size)))
    return float(reference.error(w, yours("dequantize_groupwise", q, scale, gives=(w.shape,))))


def draw(figure, data: dict, theme: dict, i: int) -> None:
    from matplotlib.ticker import PercentFormatter

    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1, 1.15]})
    errors = [error for _, error in data["mine"]]
    bits = [b for b, _ in data["mine"]]
    x = [b for b, _ in data["right"]]
    left.plot(x, [e for _, e in data["right"]], color=theme["hues"][0], lw=6, alpha=0.28, solid_capstyle="round")
    if None not in errors:
        mine = x if None in bits else bits
        left.plot(mine, errors, "-o", color=theme["hues"][0], lw=1.4, ms=4, mec=theme["ink"], mew=0.4)
    else:
        pair(left, x, None, [e for _, e in data["right"]], theme["hues"][0], theme["ink"])
    for size, (b, e) in zip(SIZES, data["right"]):
        left.annotate(f"{size}", (b, e), xytext=(5, 6), textcoords="offset points", fontsize=9, color=theme["faint"])
    left.set_title(("48 × 1024 weights with heavy tails, int4", "48 × 1024 pesos con colas pesadas, int4")[i])
    left.set_xlabel(("bits a weight (labels: group size)", "bits por peso (rótulos: tamaño de grupo)")[i])
    left.set_ylabel(("relative error of the weights", "error relativo de los pesos")[i])
    left.set_ylim(0, 1.12 * max(e for _, e in data["right"]))
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.grid(True, axis="y")
    _bits(right, data["packed"], data["expected"], theme, i)


def _bits(ax, packed, expected, theme: dict, i: int) -> None:
    """Each byte a row of eight cells, highest bit first: yours on the left, the contract's on the right."""
    for column, (bytes_, words) in enumerate(((packed, ("yours", "lo tuyo")), (expected, ("contract", "contrato")))):
        origin = column * 10
        ax.text(origin + 4, -0.75, words[i], ha="center", color=theme["ink"])
        for row in range(len(expected)):
            if bytes_ is None:
                continue
            wrong = bytes_[row] != expected[row]
            for bit in range(8):
                on = bytes_[row] >> (7 - bit) & 1
                colour = theme["hues"][1 if wrong else 0] if on else "none"
                cell = (origin + bit, row + 0.08)
                ax.add_patch(_cell(cell, colour, theme["hues"][1] if wrong else theme["faint"]))
            ax.text(origin + 8.2, row + 0.5, f"{bytes_[row]:02X}", va="center", fontsize=9, family="monospace")
        if bytes_ is None:
            ax.text(4, 4, ("not written yet", "sin escribir")[i], ha="center", color=theme["faint"])
    for row in range(len(expected)):
        low, high = CODES[0, 2 * row], CODES[0, 2 * row + 1]
        ax.text(-0.4, row + 0.5, f"{low:+d}, {high:+d}", ha="right", va="center", fontsize=9, color=theme["ink"])
    ax.set(xlim=(-3.2, 20), ylim=(len(expected) + 0.2, -1.4))
    ax.set_title(("two codes a byte, bit 7 first", "dos códigos por byte, primero el bit 7")[i])
    ax.axis("off")


def _cell(where, fill, edge):
    from matplotlib.patches import Rectangle

    return Rectangle(where, 0.9, 0.84, facecolor=fill, edgecolor=edge, lw=0.7)
