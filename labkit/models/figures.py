"""The figures of the course, drawn from stored measurements. Titles state the finding; every word in both languages."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from labkit import course

FOLDER = course.ROOT / "docs" / "figures"
# Text stays text (a reader's own fonts, searchable, small); a fixed salt and no date give the same bytes each time.
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "labkit",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "axes.formatter.min_exponent": 4,
}
# Ink, faint ink, and five hues that keep apart for colour-blind readers on that background.
THEMES = {
    "light": {"ink": "#1f2328", "faint": "#8c959f", "grid": "#d0d7de", "paper": "#ffffff", "cmap": "Blues",
              "hues": ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#57606a"]},
    "dark": {"ink": "#e6edf3", "faint": "#8b949e", "grid": "#30363d", "paper": "#0d1117", "cmap": "Blues_r",
             "hues": ["#58a6ff", "#ffa657", "#56d364", "#d2a8ff", "#a5adb6"]},
}  # fmt: skip
Draw = Callable[[Figure, dict, dict, str], None]  # figure, data, theme, language


def table() -> dict[str, tuple[tuple[float, float], Draw]]:
    """Every figure: name -> (size in inches, what draws it)."""
    from labkit.models import figures_activations, figures_pareto, figures_weights

    return {
        "error-and-bits": ((9, 4.0), figures_weights.bits),
        "loud-row": ((9, 4.0), figures_weights.loud_row),
        "outlier-channels": ((9, 4.6), figures_activations.outlier_channels),
        "how-loud": ((9, 4.2), figures_activations.loudness),
        "pareto": ((9.6, 5.0), figures_pareto.pareto),
        "cache-and-context": ((9, 4.2), figures_pareto.cache_and_context),
    }


def draw_all(figures: dict, evaluation: dict) -> Iterator[tuple[str, str]]:
    """(file name, SVG text) of every figure in every language and theme."""
    data = {"figures": figures, "eval": evaluation}
    for name, (size, draw) in table().items():
        for language in course.LANGUAGES:
            for theme in THEMES:
                yield f"{name}.{language}.{theme}.svg", svg(size, draw, data, theme, language)


def svg(size: tuple[float, float], draw: Draw, data: dict, theme: str, language: str) -> str:
    """One figure as SVG text; ``size`` in inches."""
    with matplotlib.rc_context(STYLE | rc_of(theme)):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure, data, THEMES[theme], language)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def save_pareto(rows: list[dict], path: Path) -> None:
    """Draw the rows of ``lab eval`` into ``path`` (png, svg or pdf), on white paper."""
    from labkit.models.figures_pareto import pareto

    with matplotlib.rc_context(STYLE | rc_of("light")):
        figure = Figure(figsize=(9.6, 5.0), layout="constrained")
        pareto(figure, {"eval": {"rows": rows}}, THEMES["light"], "en")
        figure.savefig(path, dpi=160)


def rc_of(theme: str) -> dict:
    t = THEMES[theme]
    return {"text.color": t["ink"], "axes.labelcolor": t["ink"], "axes.titlecolor": t["ink"], "xtick.color": t["faint"],
            "ytick.color": t["faint"], "xtick.labelcolor": t["ink"], "ytick.labelcolor": t["ink"],
            "axes.edgecolor": t["faint"], "grid.color": t["grid"], "grid.linewidth": 0.8,
            "axes.prop_cycle": matplotlib.cycler(color=t["hues"])}  # fmt: skip


def title(figure: Figure, finding: dict[str, str], language: str) -> None:
    """The finding, left-aligned above everything."""
    figure.suptitle(finding[language], x=0.012, ha="left", fontsize=12.5, fontweight="bold")


def label_end(ax, x: float, y: float, words: str, colour: str, dx: float = 6, dy: float = 0, **more) -> None:
    """Name a line at its end, in its own colour, instead of in a legend."""
    ax.annotate(words, (x, y), xytext=(dx, dy), textcoords="offset points", color=colour, va="center", **more)
