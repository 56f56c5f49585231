"""The Pareto figure: bytes of the whole model against perplexity and exact match."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator, PercentFormatter

from labkit.models.figures import title


def pareto(figure: Figure, data: dict, theme: dict, language: str) -> None:
    """Bytes of the whole model against perplexity, and against exact match; the frontier is marked."""
    rows = [row for row in data["eval"]["rows"] if "bytes" in row]
    title(
        figure,
        {
            "en": "Int4 in a third of the bytes costs next to nothing; one scale a matrix at 3 bits costs all",
            "es": "Int4 ocupa un tercio y casi no cuesta; una escala por matriz a 3 bits, todo",
        },
        language,
    )
    left, right = figure.subplots(1, 2)
    x, base = np.array([row["bytes"] for row in rows]) / 1000, rows[0]["perplexity"]
    more = np.array([row["perplexity"] / base - 1 for row in rows])
    # One wrong answer is what the exam can tell apart; a row with none is drawn there.
    wrong = np.array([max(1 - row["exact_match"]["all"], 1e-3) for row in rows])
    for ax, y in ((left, more), (right, wrong)):
        best = _frontier(x, -y)
        ax.plot(x[best], y[best], "-", color=theme["faint"], lw=1, zorder=1)
        for row, at, value in zip(rows, x, y):
            ax.plot(at, value, ls="", mec=theme["paper"], mew=0.8, label=row["scheme"], **_look(row["scheme"], theme))
        ax.set_xlabel({"en": "whole model, thousands of bytes", "es": "modelo entero, miles de bytes"}[language])
        ax.set_xscale("log")
        ax.set_xticks([900, 1200, 2000, 3800], ["900", "1200", "2000", "3800"])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.grid(True)
    left.set_yscale("symlog", linthresh=0.01, linscale=1.2)
    left.set_yticks([-0.01, 0, 0.01, 0.1, 1, 10] if more.max() > 1 else [-0.01, 0, 0.01, 0.1])
    left.set_ylim(min(-0.011, more.min() * 1.2), max(0.02, more.max() * 1.8))
    left.set_ylabel({"en": "perplexity above bf16", "es": "perplejidad por encima de bf16"}[language])
    right.set_yscale("log")
    right.set_ylabel(
        {"en": "held-out prompts answered wrongly", "es": "preguntas no vistas con respuesta errónea"}[language]
    )
    for ax in (left, right):
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    right.yaxis.set_minor_formatter(NullFormatter())
    figure.legend(*right.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=9.5)


def _look(scheme: str, theme: dict) -> dict:
    """Colour by width, marker by granularity."""
    width, _, granularity = scheme.partition("-")
    hue = {"int8": 0, "w8a8": 3, "int4": 2, "int3": 1}.get(width, 4)
    marker = {"tensor": "s", "channel": "o", "token": "^", "g128": "D", "g64": "d", "g32": "p"}.get(granularity, "*")
    return {"color": theme["hues"][hue], "marker": marker, "ms": 12 if marker == "*" else 8}


def _frontier(size: np.ndarray, quality: np.ndarray) -> list[int]:
    """Indices, by size, of the points that no smaller or equal one matches in quality."""
    best: list[int] = []
    for i in sorted(range(len(size)), key=lambda i: (size[i], -quality[i])):
        if not best or quality[i] > quality[best[-1]]:
            best.append(i)
    return best
