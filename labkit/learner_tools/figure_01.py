"""Lab 01's figure: one loud row, each row's own error, and the error of the whole matrix that does not see it."""

from __future__ import annotations

import numpy as np

from labkit.learner_tools import reference
from labkit.learner_tools.drawing import Row, pair
from labkit.learner_tools.yours import Yours

TITLE = (
    "One loud row: one scale a matrix crushes the others, and the global error does not see it",
    "Una fila fuerte: una escala por matriz aplasta a las demás, y el error global no lo ve",
)
ROW, TIMES = 17, (1, 3, 10, 30, 100, 300, 1000, 10000)
SHOWN = 1000
ARMS = {"quantize_per_tensor": None, "quantize_per_channel": 1}
NAMES = {
    "quantize_per_tensor": ("one scale a matrix", "una escala por matriz"),
    "quantize_per_channel": ("one scale a row", "una escala por fila"),
}


def measure(yours: Yours) -> dict:
    """The curves, yours and the reference's."""
    base = np.random.default_rng(1).standard_normal((64, 256)).astype(np.float32)
    curves = {name: {"yours": [], "reference": []} for name in ARMS}
    for times in TIMES:
        w = base.copy()
        w[ROW] *= times
        for name, axis in ARMS.items():
            back = reference.round_trip(w, 127, axis)
            curves[name]["reference"].append((reference.error(w, back, 1), reference.error(w, back)))
            curves[name]["yours"].append(yours.attempt(lambda: _of(yours, name, w)))
    rows = []
    for name in ARMS:
        at = TIMES.index(SHOWN)
        mine, right = curves[name]["yours"][at], curves[name]["reference"][at]
        for k, (en, es) in enumerate((("median row", "fila mediana"), ("whole matrix", "matriz entera"))):
            label = (f"{NAMES[name][0]}: error of the {en}", f"{NAMES[name][1]}: error de la {es}")
            rows.append(Row(label, mine and float(np.median(mine[k])), float(np.median(right[k]))))
    return {"curves": curves, "rows": rows}


def _of(yours: Yours, name: str, w: np.ndarray):
    """(error of each row, error of the matrix), by the learner's own functions from beginning to end."""
    q, scale = yours(name, w, gives=(w.shape, () if name == "quantize_per_tensor" else w.shape[:1]))
    back = yours("dequantize", q, scale, gives=(w.shape,))
    return yours("row_relative_error", w, back, gives=(w.shape[:1],)), yours("relative_error", w, back)


def draw(figure, data: dict, theme: dict, i: int) -> None:
    from matplotlib.ticker import FuncFormatter

    left, right = figure.subplots(1, 2)
    at = TIMES.index(SHOWN)
    for name, hue in zip(ARMS, theme["hues"][1::-1]):
        curve = data["curves"][name]
        errors, mine = curve["reference"][at][0], curve["yours"][at]
        left.plot(errors, "o", ms=7, color=hue, alpha=0.28, mew=0)
        if mine:
            left.plot(mine[0], "o", ms=2.5, color=hue, mec=theme["ink"], mew=0.3)
        whole = [all(point is not None for point in curve["yours"])]
        for k, line in ((0, "-"), (1, "--")):
            ours = [float(np.median(point[k])) for point in curve["yours"]] if all(whole) else None
            label = NAMES[name][i] if k == 0 else None
            pair(right, TIMES, ours, [np.median(p[k]) for p in curve["reference"]], hue, theme["ink"], label, line)
    right.plot([], [], "--", color=theme["faint"], label=("dashed: the whole matrix", "a trazos: la matriz entera")[i])
    left.set_title((f"row {ROW} is {SHOWN} times louder, int8", f"la fila {ROW} es {SHOWN} veces más fuerte, int8")[i])
    left.set_xlabel(("row of the matrix", "fila de la matriz")[i])
    left.set_ylabel(("row's own relative error", "error relativo de la propia fila")[i])
    right.set_title(("median row, as the loud row grows", "fila mediana, según crece la fila fuerte")[i])
    right.set_xlabel(("how many times louder", "cuántas veces más fuerte")[i])
    right.set_xscale("log")
    right.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    right.legend(frameon=False, fontsize=9, loc="lower left")
    for ax in (left, right):
        ax.set(yscale="log", ylim=(3e-4, 2.4))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:g}%"))
        ax.grid(True, axis="y")
