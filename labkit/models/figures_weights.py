"""The figures about weights: error against bits and granularity, and the loud row."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from labkit.models.figures import label_end, title

GRANULARITY = {
    "tensor": {"en": "one scale a matrix", "es": "una escala por matriz"},
    "channel": {"en": "one scale a row", "es": "una escala por fila"},
    "g128": {"en": "groups of 128", "es": "grupos de 128"},
    "g64": {"en": "groups of 64", "es": "grupos de 64"},
    "g32": {"en": "groups of 32", "es": "grupos de 32"},
}


def bits(figure: Figure, data: dict, theme: dict, language: str) -> None:
    """Weight error, and perplexity, against bits, one line a granularity."""
    rows = data["figures"]["bits"]
    base = rows[0]["perplexity"]
    title(
        figure,
        {
            "en": "Every bit halves the error of the weights; the model notices only below 4 bits",
            "es": "Cada bit reduce a la mitad el error de los pesos; el modelo solo lo nota por debajo de 4",
        },
        language,
    )
    left, right = figure.subplots(1, 2)
    for (name, words), hue in zip(GRANULARITY.items(), theme["hues"]):
        line = [row for row in rows if row["granularity"] == name]
        x = [row["bits"] for row in line]
        left.plot(x, [row["error"] for row in line], "o-", ms=4, color=hue, label=words[language])
        right.plot(x, [row["perplexity"] for row in line], "o-", ms=4, color=hue)
    left.set(
        yscale="log", ylabel={"en": "relative error of the weights", "es": "error relativo de los pesos"}[language]
    )
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    left.legend(frameon=False)
    right.axhline(base, color=theme["faint"], lw=1, ls="--")
    label_end(right, 8, base, {"en": "bf16", "es": "bf16"}[language], theme["faint"], dx=-26, dy=9)
    right.set(yscale="log", ylabel={"en": "perplexity", "es": "perplejidad"}[language])
    right.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    for ax in (left, right):
        ax.set_xlabel({"en": "bits a code", "es": "bits por código"}[language])
        ax.grid(True, axis="y")


def loud_row(figure: Figure, data: dict, theme: dict, language: str) -> None:
    """Each row's own error beside one row made 1000 times louder; and the whole matrix's error as that row grows."""
    stored = data["figures"]["loud_row"]
    title(
        figure,
        {
            "en": "One loud row crushes all the others, and the error of the whole matrix does not see it",
            "es": "Una fila fuerte aplasta a las demás, y el error de la matriz entera no lo ve",
        },
        language,
    )
    left, right = figure.subplots(1, 2)
    names = {"tensor": GRANULARITY["tensor"], "channel": GRANULARITY["channel"]}
    for (name, words), hue, dy in zip(names.items(), theme["hues"][1::-1], (-12, -24)):
        errors = np.array(stored["rows"][name])
        left.plot(np.arange(len(errors)), errors, ".", ms=3.5, color=hue)
        label_end(left, len(errors), errors[-1], words[language], hue, dx=0, dy=dy, ha="right")
    row, error = stored["row"], stored["rows"]["tensor"][stored["row"]]
    left.plot(row, error, "o", ms=7, color=theme["hues"][1], mec=theme["ink"], mew=1)
    label_end(
        left,
        row,
        error,
        {"en": "the loud row itself", "es": "la propia fila fuerte"}[language],
        theme["hues"][1],
        dx=8,
        dy=22,
    )
    left.set(
        yscale="log",
        ylim=(2e-3, 2.4),
        xlabel={"en": "row of the matrix", "es": "fila de la matriz"}[language],
        ylabel={"en": "row's own relative error", "es": "error relativo de la propia fila"}[language],
    )
    left.set_title({"en": "one row 1000 times louder, int8", "es": "una fila 1000 veces más fuerte, int8"}[language])
    curve = stored["curve"]
    x = [point["times"] for point in curve]
    orange, blue = theme["hues"][1], theme["hues"][0]
    right.plot(x, [p["tensor"]["median_row"] for p in curve], "o-", ms=4, color=orange)
    right.plot(x, [p["tensor"]["whole"] for p in curve], "o--", ms=4, color=orange)
    right.plot(x, [p["channel"]["median_row"] for p in curve], "o-", ms=4, color=blue)
    label_end(right, x[-1], 1.0, {"en": "median row", "es": "fila mediana"}[language], orange, dx=-4, dy=10, ha="right")
    label_end(
        right,
        x[4],
        curve[4]["tensor"]["whole"],
        {"en": "whole matrix", "es": "matriz entera"}[language],
        orange,
        dx=2,
        dy=14,
    )
    label_end(
        right,
        x[-1],
        curve[-1]["channel"]["median_row"],
        {"en": "median row, one scale a row", "es": "fila mediana, una escala por fila"}[language],
        blue,
        dx=-4,
        dy=-11,
        ha="right",
    )
    right.set(
        xscale="log",
        yscale="log",
        ylim=(2e-3, 2.4),
        xlabel={"en": "how many times louder the row is", "es": "cuántas veces más fuerte es la fila"}[language],
    )
    right.set_title({"en": "as the row grows", "es": "según crece la fila"}[language])
    right.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    for ax in (left, right):
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        ax.grid(True, axis="y")
