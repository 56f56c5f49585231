"""From the runs' numbers to what the report says: medians, ratios to bf16 with their spread, and why a guess missed.

Pure: no engine, no files.
"""

from __future__ import annotations

from statistics import median

MISS = 1.5  # a scheme's step differs from the cost model by more than this factor, bf16's own gap taken out


def ratios(data: dict, name: str, batch: int) -> list[float]:
    """Tokens a second of `name` over those of bf16, one a repeat: runs of one round stood side by side in time."""
    mine, base = speeds(data, name, batch), speeds(data, "bf16", batch)
    return [a / b for a, b in zip(mine, base)]


def speeds(data: dict, name: str, batch: int) -> list[float]:
    """Tokens a second of the random model, one a repeat; empty where that batch was not run."""
    row = data["rows"][name]
    if "problem" in row or batch not in row["batches"]:
        return []
    place = row["batches"].index(batch)
    return [run["tokens_per_second"][place] for run in row["throughput"]]


def spread(values: list[float]) -> tuple[float, float, float]:
    """(median, least, most)."""
    return median(values), min(values), max(values)


def orders(data: dict) -> dict[str, list[str]]:
    """What was measured, best first, of the four schemes that the cost model knows."""
    names = [n for n in data["rows"] if n in COST_SCHEMES and "problem" not in data["rows"][n]]
    return {
        "throughput": sorted(names, key=lambda n: -median(speeds(data, n, 1))),
        "capacity": sorted(names, key=lambda n: -data["rows"][n]["throughput"][0]["kv_tokens"]),
    }


# The setup that stands for each scheme of the cost model.
COST_SCHEMES = {"bf16": "bf16", "int8": "int8", "fp8": "fp8", "w4a16": "int4-g128"}


def steps(data: dict) -> list[dict]:
    """For each scheme of the cost model: predicted and measured seconds of a decode step at batch 1, and the term.

    The cost model gives every kernel the machine's whole bandwidth. No kernel gets it, so bf16's own gap is taken
    out: `beyond` is (measured / predicted) over bf16's (measured / predicted).
    """
    predicted = data["prediction"].get("seconds", {})
    rows, first = [], None
    for name, scheme in COST_SCHEMES.items():
        if name not in data["rows"] or scheme not in predicted or not speeds(data, name, 1):
            continue
        measured = 1 / median(speeds(data, name, 1))
        gap = measured / predicted[scheme]
        first = first or gap  # bf16's own, which is the first
        rows.append({
            "name": name, "predicted": predicted[scheme], "measured": measured,
            "bytes": data["prediction"]["bytes"][scheme], "beyond": gap / first,
            "term": term(gap / first) if name != "bf16" else "yardstick",
        })  # fmt: skip
    return rows


def term(beyond: float) -> str:
    """Which term of the cost model the measurement points at."""
    if beyond > 10 * MISS:
        return "emulated"
    return "kernel" if beyond > MISS else "bytes"


TERMS = {
    "yardstick": {
        "en": "the yardstick: no kernel reaches the whole bandwidth, and every step has its bookkeeping",
        "es": "la vara de medir: ningún kernel alcanza todo el ancho de banda y cada paso lleva un trabajo fijo",
    },
    "bytes": {
        "en": "bytes: the step takes what moving the weights takes",
        "es": "bytes: el paso tarda lo que tarda en moverse el peso",
    },
    "kernel": {
        "en": "operations: the kernel unpacks each weight before it multiplies; the cost model charges nothing for it",
        "es": "operaciones: el kernel desempaqueta cada peso antes de multiplicar; el modelo de coste no lo cobra",
    },
    "emulated": {
        "en": "no kernel: each step goes through plain tensor operations; neither bytes nor peak says anything",
        "es": "sin kernel: cada paso usa operaciones corrientes; ni los bytes ni el pico dicen nada",
    },
}
