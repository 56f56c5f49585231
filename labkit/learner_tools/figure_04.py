"""Lab 04's figure: the loudness of each channel before and after smoothing, and the error as alpha moves."""

from __future__ import annotations

import numpy as np

from labkit.learner_tools import reference
from labkit.learner_tools.drawing import Row, pair
from labkit.learner_tools.yours import Yours

TITLE = (
    "Smoothing moves the outliers into the weights: too little and too much are both bad",
    "El suavizado pasa los atípicos a los pesos: demasiado poco y demasiado son malos",
)
LOUD, TIMES = (37, 120, 201, 333), 80
ALPHAS = (0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)


def measure(yours: Yours) -> dict:
    rng = np.random.default_rng(4)
    x, w = (rng.standard_normal((rows, 384)).astype(np.float32) for rows in (128, 96))
    x[:, LOUD] *= TIMES
    quiet = np.setdiff1d(np.arange(x.shape[1]), LOUD)
    signal = np.linalg.norm(x[:, quiet].astype(np.float64) @ w[:, quiet].T)  # what the outliers must not drown
    y = x.astype(np.float64) @ w.T

    def right(alpha: float):
        s = reference.smoothing(x, w, alpha)
        return np.abs(x / s).max(axis=0), np.linalg.norm(reference.w8a8(x / s, w * s) - y) / signal

    def mine(alpha: float):
        act = yours("channel_absmax", x, gives=(x.shape[1:],))
        s = yours("smoothing_scales", act, w, alpha=alpha, gives=(x.shape[1:],))
        x_, w_ = yours("smooth", x, w, s, gives=(x.shape, w.shape))
        return yours("channel_absmax", x_, gives=(x.shape[1:],)), _naive(x_, w_)

    def _naive(x_, w_):
        return np.linalg.norm(yours("w8a8_linear", x_, w_, gives=(y.shape,)) - y) / signal

    curve = [(alpha, right(alpha), yours.attempt(lambda: mine(alpha))) for alpha in ALPHAS]
    before = float(np.linalg.norm(reference.w8a8(x, w) - y) / signal), yours.attempt(lambda: float(_naive(x, w)))
    _, at_half, mine_at_half = curve[ALPHAS.index(0.5)]
    loudest = tuple(None if c is None else float(c[0].max() / np.median(c[0])) for c in (mine_at_half, at_half))
    rows = [
        Row(("error without smoothing", "error sin suavizar"), before[1], before[0], "{:.1%}"),
        Row(
            ("error at alpha 0.5", "error con alpha 0.5"),
            mine_at_half and float(mine_at_half[1]),
            float(at_half[1]),
            "{:.1%}",
        ),  # fmt: skip  # noqa: E501
        Row(("loudest / median channel at 0.5", "canal más fuerte / mediano con 0.5"), *loudest, "{:.1f}"),
    ]
    return {"curve": curve, "before": np.abs(x).max(axis=0), "naive": before, "rows": rows}


def draw(figure, data: dict, theme: dict, i: int) -> None:
    from matplotlib.ticker import FuncFormatter, PercentFormatter

    left, right = figure.subplots(1, 2)
    _, at_half, mine = data["curve"][ALPHAS.index(0.5)]
    channels = np.arange(len(data["before"]))
    before, after = ("before", "antes"), ("after, alpha 0.5", "después, alpha 0.5")
    left.vlines(channels, 0.1, data["before"], color=theme["faint"], lw=0.8, label=before[i])
    left.plot(channels, at_half[0], "o", ms=6, color=theme["hues"][0], alpha=0.28, mew=0)
    if mine is not None:
        left.plot(channels, mine[0], "o", ms=2, color=theme["hues"][0], label=after[i])
    left.set(yscale="log", ylim=(0.1, 1000))
    left.set_title(("128 tokens, four loud channels of 384", "128 tokens, cuatro canales fuertes de 384")[i])
    left.set_xlabel(("channel", "canal")[i])
    left.set_ylabel(("loudest |x|", "|x| máximo")[i])
    left.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    left.legend(frameon=False, fontsize=9, loc="upper right")
    ours = [float(m[1]) for _, _, m in data["curve"] if m is not None]
    pair(right, ALPHAS, ours if len(ours) == len(ALPHAS) else None, [r[1] for _, r, _ in data["curve"]],
         theme["hues"][0], theme["ink"])  # fmt: skip
    right.axhline(data["naive"][0], color=theme["hues"][1], lw=1.2, ls="--")
    right.annotate(("without smoothing", "sin suavizar")[i], (1, data["naive"][0]), xytext=(0, 5), ha="right",
                   textcoords="offset points", color=theme["hues"][1], fontsize=9)  # fmt: skip
    right.set(ylim=(0, None), xlabel="alpha")
    right.set_title(("W8A8: error against the quiet channels' signal", "W8A8: error frente a la señal débil")[i])
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.grid(True, axis="y")
