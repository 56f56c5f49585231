"""Lab 02's figure: what your cost model expects of Llama-3.1-8B on a 24 GB card, step by step and in tokens."""

from __future__ import annotations

import yaml

from labkit.learner_tools import reference
from labkit.learner_tools.drawing import Row, pair
from labkit.learner_tools.yours import Yours

TITLE = (
    "Few sequences wait for the weights, many for the cache; what fits limits how many",
    "Pocas secuencias esperan los pesos; muchas, la caché; lo que cabe pone el límite",
)
SCHEMES = ("bf16", "int8", "fp8", "int4-g128")
DRAWN = ("bf16", "int8", "int4-g128")  # fp8 costs what int8 costs
BATCHES, CONTEXT, BUDGET = (1, 2, 4, 8, 16, 32, 64, 128, 256), 1024, 24e9
MODEL = "Llama-3.1-8B"


def measure(yours: Yours) -> dict:
    published = yaml.safe_load((yours.lab.folder / "published-models.yaml").read_text(encoding="utf-8"))
    config, name = published["models"][MODEL]["config"], next(iter(published["cards"]))
    hardware = {key: float(published["cards"][name][key]) for key in ("bandwidth", "peak")}
    steps = {
        scheme: [
            (
                yours.attempt(lambda: float(yours("decode_step_seconds", config, scheme, batch, CONTEXT, hardware))),
                reference.step_seconds(config, scheme, batch, CONTEXT, hardware),
            )
            for batch in BATCHES
        ]
        for scheme in DRAWN
    }
    tokens = {
        scheme: (
            yours.attempt(lambda: int(yours("kv_capacity_tokens", BUDGET, config, scheme))),
            reference.capacity(BUDGET, config, scheme),
        )
        for scheme in SCHEMES
    }
    rows = []
    for scheme in DRAWN:
        mine, right = steps[scheme][0]
        words = (f"ms a step, {scheme}, batch 1", f"ms por paso, {scheme}, lote 1")
        rows.append(Row(words, None if mine is None else 1e3 * mine, 1e3 * right, "{:.2f}"))
    for scheme in DRAWN:
        words = (f"tokens of cache, {scheme}, 24 GB", f"tokens de caché, {scheme}, 24 GB")
        rows.append(Row(words, *tokens[scheme], "{:,}"))
    return {"steps": steps, "tokens": tokens, "card": name, "rows": rows}


def draw(figure, data: dict, theme: dict, i: int) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    left, right = figure.subplots(1, 2)
    for scheme, hue in zip(DRAWN, theme["hues"]):
        mine, rightly = zip(*data["steps"][scheme])
        mine = None if None in mine else [1e3 * v for v in mine]
        pair(left, BATCHES, mine, [1e3 * v for v in rightly], hue, theme["ink"], scheme)
    left.set(xscale="log", yscale="log")
    left.set_title((f"one decode step, context {CONTEXT}, {data['card']}", f"un paso, contexto {CONTEXT}, {data['card']}")[i])  # fmt: skip  # noqa: E501
    left.set_xlabel(("sequences decoded together", "secuencias a la vez")[i])
    left.set_ylabel(("milliseconds", "milisegundos")[i])
    left.set_xticks(BATCHES, [str(b) for b in BATCHES])
    left.xaxis.set_minor_locator(NullLocator())
    left.set_yticks((20, 50, 100, 200))
    left.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    left.yaxis.set_minor_formatter(FuncFormatter(lambda v, _: ""))
    left.grid(True, axis="y")
    left.legend(frameon=False, fontsize=9)
    for place, scheme in enumerate(SCHEMES):
        mine, rightly = data["tokens"][scheme]
        hue = theme["hues"][DRAWN.index(scheme) if scheme in DRAWN else 3]
        right.bar(place, rightly, 0.8, color=hue, alpha=0.28)
        if mine is not None:
            right.bar(place, mine, 0.34, color=hue)
            right.annotate(f"{mine:,}", (place, max(mine, rightly)), xytext=(0, 3), ha="center", fontsize=9,
                           textcoords="offset points")  # fmt: skip
    right.set_xticks(range(len(SCHEMES)), SCHEMES)
    right.set_title(("tokens of bf16 cache in 24 GB", "tokens de caché bf16 en 24 GB")[i])
    right.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    right.grid(True, axis="y")
