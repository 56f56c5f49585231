"""The figure of the measured part: what each format buys, capacity to the right, throughput upwards, bf16 at (1, 1)."""

from __future__ import annotations

from pathlib import Path

from labkit import course
from labkit.engine import summary
from labkit.engine.setups import SETUPS
from labkit.models import figures

NAME = "engine-three-meters"
SIZE = (9, 4.4)
FINDING = {
    "en": "No format wins both meters: here INT8 buys speed, INT4 buys room",
    "es": "Ningún formato gana en todo: aquí INT8 da velocidad e INT4, espacio",
}
_AXES = {
    "en": ("KV tokens, ratio to bf16", "tokens a second, ratio to bf16", "batch"),
    "es": ("tokens KV, razón respecto a bf16", "tokens por segundo, razón respecto a bf16", "lote"),
}


def draw_all(data: dict) -> list[Path]:
    """Draw the figure in every language and theme into docs/figures/; the paths written."""
    figures.FOLDER.mkdir(parents=True, exist_ok=True)
    written = []
    for language in course.LANGUAGES:
        for theme in figures.THEMES:
            path = figures.FOLDER / f"{NAME}.{language}.{theme}.svg"
            path.write_text(figures.svg(SIZE, draw, data, theme, language), encoding="utf-8")
            written.append(path)
    return written


def draw(figure, data: dict, theme: dict, language: str) -> None:
    """One panel a batch; the bar through a point is the least and the most of the rounds."""
    batches = data["rows"]["bf16"]["batches"]
    panels = figure.subplots(1, 2, sharey=True)
    figures.title(figure, FINDING, language)
    across, up, batch_word = _AXES[language]
    for ax, batch in zip(panels, (batches[0], batches[-1])):
        ax.set_yscale("log")
        ax.axhline(1, color=theme["grid"], zorder=0)
        ax.axvline(1, color=theme["grid"], zorder=0)
        ax.set_title(f"{batch_word} {batch}")
        ax.set_xlabel(across)
        _points(ax, data, batch, theme)
        ax.margins(x=0.18, y=0.12)
    panels[0].set_ylabel(up)
    ticks = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]
    panels[0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    panels[0].minorticks_off()


def _points(ax, data: dict, batch: int, theme: dict) -> None:
    base = data["rows"]["bf16"]["throughput"][0]["kv_tokens"]
    hues = dict(zip(("bf16", "int8", "fp8", "w4a16", "fp8-kv"), theme["hues"])) | {
        "awq": theme["hues"][3],
        "gptq": theme["hues"][3],
    }
    marks = {"awq": "s", "gptq": "^"}
    for setup in SETUPS:
        row = data["rows"].get(setup.name)
        if not row or "problem" in row or batch not in row["batches"]:
            continue
        x = row["throughput"][0]["kv_tokens"] / base
        middle, least, most = summary.spread(summary.ratios(data, setup.name, batch))
        colour = hues[setup.name]
        ax.plot([x, x], [least, most], color=colour, linewidth=1.5)
        ax.plot(x, middle, marks.get(setup.name, "o"), color=colour)
        down = {"awq": -12, "gptq": 12}.get(setup.name, 0)
        left = setup.name in ("w4a16", "awq", "gptq")
        ax.annotate(setup.name, (x, middle), xytext=(-7 if left else 7, down), textcoords="offset points", color=colour,
                    va="center", ha="right" if left else "left", fontsize=9.5)  # fmt: skip
