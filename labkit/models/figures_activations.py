"""The figures about activations: the loud channels before and after smoothing, and how loud is too loud."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from labkit.models.figures import label_end, title


def outlier_channels(figure: Figure, data: dict, theme: dict, language: str) -> None:
    """|activation| of each channel and token, the twin's before and after smoothing."""
    stored = data["figures"]["channels"]
    title(
        figure,
        {
            "en": "Loud channels leave the rest one int8 step; smoothing gives back dozens",
            "es": "Los canales fuertes dejan al resto un paso de int8; suavizar devuelve decenas",
        },
        language,
    )
    arms = {"twin": {"en": "before smoothing", "es": "antes de suavizar"}, "smoothed": {"en": "after", "es": "después"}}
    maps = {name: np.array([row.split() for row in stored["maps"][name]], float) for name in arms}
    top = max(m.max() for m in maps.values())
    axes = figure.subplots(2, 2, sharex=True, sharey="row", gridspec_kw={"height_ratios": [1.15, 1]})
    for column, (name, words) in enumerate(arms.items()):
        above, below = axes[0][column], axes[1][column]
        absmax, loud = maps[name].max(axis=0), stored["loud"]
        above.vlines(np.arange(len(absmax)), 1e-3, absmax, color=theme["hues"][0], lw=0.9)
        above.vlines(loud, 1e-3, absmax[loud], color=theme["hues"][1], lw=2)
        step = absmax.max() / 127  # what one step of the shared int8 scale is worth beside what it must resolve
        above.axhline(step, color=theme["ink"], lw=1.2, ls="--")
        box = {"boxstyle": "round,pad=0.15", "fc": theme["paper"], "ec": "none", "alpha": 0.85}
        label_end(
            above,
            2,
            step,
            {"en": "one int8 step", "es": "un paso de int8"}[language],
            theme["ink"],
            dx=0,
            dy=-10,
            fontsize=9,
            bbox=box,
        )
        above.set(yscale="log", ylim=(3e-3, top * 2))
        above.set_title(words[language])
        above.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        image = below.imshow(
            maps[name], aspect="auto", interpolation="nearest", cmap=theme["cmap"], norm=LogNorm(0.02, top)
        )
        below.set_xlabel({"en": "channel", "es": "canal"}[language])
    axes[0][0].set_ylabel({"en": "loudest |x|", "es": "|x| máximo"}[language])
    axes[1][0].set_ylabel({"en": "token", "es": "token"}[language])
    bar = figure.colorbar(image, ax=axes[1], pad=0.01)
    bar.set_label("|x|")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    bar.outline.set_visible(False)


def loudness(figure: Figure, data: dict, theme: dict, language: str) -> None:
    """Perplexity against the loudness of the twin's channels."""
    rows = data["figures"]["loudness"]
    title(
        figure,
        {
            "en": "The louder the channels, the worse W8A8; smoothing does not care how loud they are",
            "es": "Cuanto más fuertes los canales, peor W8A8; al suavizado le da igual cuánto lo sean",
        },
        language,
    )
    ax = figure.subplots()
    x = [row["times"] for row in rows]
    words = {
        "w8a8-tensor": {"en": "W8A8, one scale a tensor", "es": "W8A8, una escala por tensor"},
        "w8a8-token": {"en": "W8A8, one scale a token", "es": "W8A8, una escala por token"},
        "int8-channel": {"en": "int8 weights only", "es": "solo pesos en int8"},
        "smoothed": {"en": "W8A8 per tensor, smoothed", "es": "W8A8 por tensor, suavizado"},
    }
    looks = {
        "w8a8-tensor": (1, "o-", 5),
        "w8a8-token": (3, "o-", 5),
        "int8-channel": (4, "s-", 8),
        "smoothed": (0, "o-", 5),
    }
    for name, says in words.items():
        hue, line, size = looks[name]
        ax.plot(
            x,
            [row[name] for row in rows],
            line,
            ms=size,
            color=theme["hues"][hue],
            label=says[language],
            zorder=2 if size == 5 else 1.5,
        )
    guess = data["figures"]["vocabulary"]
    ax.axhline(guess, color=theme["faint"], lw=1, ls=":")
    label_end(
        ax,
        x[0],
        guess,
        {"en": f"a blind guess among {guess} tokens", "es": f"adivinar a ciegas entre {guess} tokens"}[language],
        theme["faint"],
        dx=0,
        dy=9,
    )
    ax.set_ylim(1.5, 4 * guess)  # beyond a guess the number says no more
    ax.set(
        xscale="log",
        yscale="log",
        ylabel={"en": "perplexity", "es": "perplejidad"}[language],
        xlabel={
            "en": "how many times louder the three channels are",
            "es": "cuántas veces más fuertes son los tres canales",
        }[language],
    )
    ax.set_xticks(x, [f"{v}×" for v in x])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.grid(True, axis="y")
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.8))
