"""Bytes against quality: the Pareto figure of all schemes, and the KV cache against its context."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from labkit.models import cache
from labkit.models.figures import label_end, title

NOTHING = 5e-6  # nats a token: below the smallest that is drawn; bf16 itself is 0
NARROW = 5  # bits a weight: what the near view holds
# Words, shift in points, and side of the words: the three ways to choose codes on one grid.
NAMED = {
    "int4-g128": ("RTN", -9, 3, "right"), "int3-g64": ("RTN", 9, -5, "left"),
    "gptq-int4-g128": ("GPTQ", 0, -13, "center"), "gptq-int3-g64": ("GPTQ", 0, -13, "center"),
    "awq-int4-g128": ("AWQ", 9, 4, "left"), "awq-int3-g64": ("AWQ", 9, 6, "left"),
}  # fmt: skip


def pareto(figure: Figure, data: dict, theme: dict, language: str) -> None:
    """Bytes of the whole model against the divergence from bf16, the frontier marked; 3 and 4 bits once more, near."""
    rows = [row for row in data["eval"]["rows"] if "bytes" in row]
    title(
        figure,
        {
            "en": "For the same bytes GPTQ stays closest to bf16, at 4 bits and at 3",
            "es": "Con los mismos bytes, GPTQ es lo que menos se aparta de bf16, a 4 bits y a 3",
        },
        language,
    )
    left, right = figure.subplots(1, 2)
    x = np.array([row["bytes"] for row in rows]) / 1000
    far = np.array([max(row["divergence"], NOTHING) for row in rows])
    best = _frontier(x, -far)
    left.plot(x[best], far[best], "-", color=theme["faint"], lw=1, zorder=1)
    for row, at, value in zip(rows, x, far):
        left.plot(at, value, ls="", mec=theme["paper"], mew=0.8, label=row["scheme"], **_look(row["scheme"], theme))
    left.set_xlabel({"en": "whole model, thousands of bytes", "es": "modelo entero, miles de bytes"}[language])
    left.set_xscale("log")
    left.set_xticks([900, 1200, 2000, 3800], ["900", "1200", "2000", "3800"])
    left.xaxis.set_minor_locator(NullLocator())
    left.set_ylabel({"en": "KL from bf16, nats a token", "es": "KL respecto a bf16, nats por token"}[language])
    for row, value in zip(rows, far):
        if row["bits_per_weight"] <= NARROW:
            look = _look(row["scheme"], theme)
            right.plot(row["bits_per_weight"], value, ls="", mec=theme["paper"], mew=0.8, **look)
            if row["scheme"] in NAMED:
                words, dx, dy, side = NAMED[row["scheme"]]
                at = (row["bits_per_weight"], value)
                label_end(right, *at, words, look["color"], dx, dy, ha=side, fontsize=9.5)
    right.set_xlabel({"en": "bits a weight, scales counted", "es": "bits por peso, con sus escalas"}[language])
    for ax in (left, right):
        ax.set_yscale("log")
        ax.grid(True)
    figure.legend(*left.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=8.5)


def _look(scheme: str, theme: dict) -> dict:
    """Colour by width; marker by granularity, a star for GPTQ and a cross for AWQ."""
    method, _, grid = scheme.rpartition("-int") if scheme.startswith(("gptq", "awq")) else ("", "", scheme)
    width, _, granularity = grid.removeprefix("int").partition("-")
    hue = {"8": 0, "w8a8": 3, "4": 2, "3": 1, "fp8": 0, "nf4": 2, "llm": 3}.get(width, 4)
    marker = {"tensor": "s", "channel": "o", "token": "^", "g128": "D", "g64": "d", "g32": "p", "linear": "<",
              "zp-g128": "h", "b64": "v", "int8": ">"}.get(granularity, "X")  # fmt: skip
    marker = {"gptq": "*", "awq": "P"}.get(method, "H" if width == "fp8" else marker)
    return {"color": theme["hues"][hue], "marker": marker, "ms": 13 if marker == "*" else 8}


def _frontier(size: np.ndarray, quality: np.ndarray) -> list[int]:
    """Indices, by size, of the points that no smaller or equal one matches in quality."""
    best: list[int] = []
    for i in sorted(range(len(size)), key=lambda i: (size[i], -quality[i])):
        if not best or quality[i] > quality[best[-1]]:
            best.append(i)
    return best


def cache_and_context(figure: Figure, data: dict, theme: dict, language: str) -> None:
    """Divergence from the 16-bit cache against the context, a line for each width and way to share a scale."""
    title(
        figure,
        {
            "en": "A KV cache bears 4 bits; at 2, keys prefer a scale a channel",
            "es": "Una caché KV aguanta 4 bits; a 2, las claves prefieren una escala por canal",
        },
        language,
    )
    ax = figure.subplots()
    styles = dict(zip(cache.ARMS, ("-", "--", ":")))
    names = {
        cache.ARMS[0]: {"en": "keys per channel, values per token", "es": "claves por canal, valores por token"},
        cache.ARMS[1]: {"en": "keys and values per token", "es": "claves y valores por token"},
        cache.ARMS[2]: {"en": "keys per token, values per channel", "es": "claves por token, valores por canal"},
    }
    for row in data["eval"]["cache"]:
        colour = theme["hues"][cache.WIDTHS.index(row["bits"])]
        y = [max(value, NOTHING) for value in row["divergence"]]
        label = names[row["arm"]][language] if row["bits"] == cache.WIDTHS[0] else None
        ax.plot(row["contexts"], y, styles[row["arm"]], marker="o", ms=4, color=colour, label=label)
        if row["arm"] == cache.ARMS[0]:
            label_end(ax, row["contexts"][-1], y[-1], f"{row['bits']} bits", colour)
    ax.set_xscale("log", base=2)
    ax.set_xticks(cache.CONTEXTS, [str(n) for n in cache.CONTEXTS])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(cache.CONTEXTS[0] * 0.9, cache.CONTEXTS[-1] * 1.35)
    ax.set_yscale("log")
    ax.set_xlabel({"en": "context, tokens", "es": "contexto, tokens"}[language])
    ax.set_ylabel({"en": "KL from the 16-bit cache, nats a token", "es": "KL, nats por token"}[language])
    ax.grid(True)
    legend = figure.legend(*ax.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=9.5)
    for handle in legend.legend_handles:
        handle.set_color(theme["ink"])
