"""The tables of the measured part, as labkit.measure writes them, from data/measurements/lab-02-engine.json."""

from __future__ import annotations

import re

from labkit import measure
from labkit.engine import summary
from labkit.engine.setups import SETUPS

SOURCE = {
    "en": "Measured by `{command}` on {cpu}, a shared machine, one thread: read the ratios, not the numbers "
          "(vLLM {vllm}, torch {torch}, Python {python}; {repeats} rounds, the schemes taking turns; median, and the "
          "least and the most in brackets).",
    "es": "Medido con `{command}` en {cpu}, una máquina compartida, un hilo: lee las razones, no los números "
          "(vLLM {vllm}, torch {torch}, Python {python}; {repeats} rondas, los esquemas por turnos; mediana y, entre "
          "corchetes, el menor y el mayor).",
}  # fmt: skip
_TITLES = {setup.name: setup.title for setup in SETUPS}
_BLOCK = re.compile(r"(<!-- engine: (\w+) -->\n).*?(<!-- /engine -->)", re.S)


def markdown(table: dict, language: str, source: dict) -> str:
    """The table as Markdown; the line below says that the machine was shared."""
    text = measure.markdown(table, language, {**source, "versions": {"numpy": "", **source["versions"]}})
    says = SOURCE[language].format(
        command=source["command"], cpu=source["machine"]["cpu"], repeats=source["repeats"], **source["versions"]
    )
    return re.sub(r"<sub>.*</sub>", lambda _: f"<sub>{says}</sub>", text)


def fill(page: str, data: dict, language: str) -> str:
    """The page with each `<!-- engine: NAME -->` block generated anew; KeyError for a name without a table."""
    found = tables(data)
    return _BLOCK.sub(lambda m: m[1] + markdown(found[m[2]], language, data["source"]) + m[3], page)


def tables(data: dict) -> dict[str, dict]:
    """Every table: name -> table."""
    return {build.__name__: build(data) for build in (meters, log, throughput, prediction, miss, profile)}


def meters(data: dict) -> dict:
    """Capacity of the random model, sanity of the trained one."""
    base = _capacity(data, "bf16")
    return {
        "title": {"en": f"Capacity under one budget of {data['budget'] / 1e6:.0f} MB, and answers",
                  "es": f"Capacidad con un mismo presupuesto de {data['budget'] / 1e6:.0f} MB, y respuestas"},
        "columns": {
            "en": ["scheme", "weights, MB", "blocks", "KV tokens", "of bf16", "exact match", "perplexity"],
            "es": ["esquema", "pesos, MB", "bloques", "tokens KV", "de bf16", "respuestas exactas", "perplejidad"],
        },
        "formats": ["{}", "{:.1f}", "{:,}", "{:,}", "× {:.2f}", "{:.1%}", "{:.4f}"],
        "rows": [
            [_TITLES[n], run["weight_bytes"] / 1e6, run["kv_blocks"], run["kv_tokens"], run["kv_tokens"] / base,
             row["sanity"]["exact_match"], row["sanity"]["perplexity"]]
            for n, row in data["rows"].items() if "problem" not in row for run in row["throughput"][:1]
        ],
    }  # fmt: skip


def log(data: dict) -> dict:
    """The meters beside what vLLM's log said of the same run, and what makes the one out of the other."""
    runs = [(n, row["throughput"][0]) for n, row in data["rows"].items() if "problem" not in row]
    return {
        "title": {"en": "One run each, seen twice: the meters and vLLM's own log",
                  "es": "La misma ejecución vista dos veces: los medidores y el registro de vLLM"},
        "columns": {
            "en": ["scheme", "meter: blocks × size", "meter: KV tokens", "log: KV cache size, tokens",
                   "log: longest sequence", "KV tokens / longest", "log: maximum concurrency"],
            "es": ["esquema", "medidor: bloques × tamaño", "medidor: tokens KV", "registro: KV cache size, tokens",
                   "registro: secuencia más larga", "tokens KV / la más larga", "registro: maximum concurrency"],
        },
        "formats": ["{}", "{}", "{:,}", "{:,.0f}", "{:,.0f}", "{:.2f}", "{:.2f}"],
        "rows": [
            [_TITLES[n], f"{run['kv_blocks']} × {run['block_size']}", run["kv_tokens"], run["log"]["kv_tokens"],
             run["log"]["longest"], run["kv_tokens"] / run["log"]["longest"], run["log"]["concurrency"]]
            for n, run in runs
        ],
    }  # fmt: skip


def profile(data: dict) -> dict:
    """Which kernel vLLM chose and the three operators that took most of a step's time."""
    return {
        "title": {"en": "Where a decode step at batch 1 goes: torch's profiler inside the engine",
                  "es": "A qué se va un paso de decodificación con lote 1: el perfilador de torch dentro del motor"},
        "columns": {"en": ["scheme", "what serves a layer", "first", "second", "third"],
                    "es": ["esquema", "qué atiende a una capa", "primero", "segundo", "tercero"]},
        "formats": ["{}"] * 5,
        "rows": [[_TITLES[n], f"`{row['profile']['kernel']}`",
                  *(f"`{name}` {share:.0%}" for name, share, _ in row["profile"]["operators"][:3])]
                 for n, row in data["rows"].items() if "profile" in row],
    }  # fmt: skip


def throughput(data: dict) -> dict:
    """Tokens a second of the random model, and the ratio to bf16, at each batch."""
    batches = data["rows"]["bf16"]["batches"]
    return {
        "title": {"en": "Decoding, generated tokens a second, and the ratio to bf16",
                  "es": "Decodificación, tokens generados por segundo, y la razón respecto a bf16"},
        "columns": {
            "en": ["scheme", *(f"batch {b}" for b in batches)],
            "es": ["esquema", *(f"lote {b}" for b in batches)],
        },
        "formats": ["{}"] * (1 + len(batches)),
        "rows": [[_TITLES[n], *(_speed(data, n, b) for b in batches)]
                 for n, row in data["rows"].items() if "problem" not in row],
    }  # fmt: skip


def prediction(data: dict) -> dict:
    """The orders that predict_order gave before the run beside those that were measured."""
    guess, found = data["prediction"]["order"], summary.orders(data)
    cost = {scheme: name for name, scheme in summary.COST_SCHEMES.items()}
    words = {
        "throughput": {"en": "throughput, batch 1", "es": "velocidad, lote 1"},
        "capacity": {"en": "capacity", "es": "capacidad"},
    }
    return {
        "title": {"en": "Predicted before the run, then measured", "es": "Predicho antes de medir y después medido"},
        "columns": {"en": ["meter", "predicted, best first", "measured, best first"],
                    "es": ["medidor", "predicho, de mejor a peor", "medido, de mejor a peor"]},
        "formats": ["{}"] * 3,
        "rows": [[words[m], _order(cost[s] for s in guess[m]), _order(found[m])] for m in words],
    }  # fmt: skip


def _order(names) -> str:
    return " > ".join(_TITLES[name]["en"] for name in names)


def miss(data: dict) -> dict:
    """A decode step of each scheme: predicted, measured, and the term that explains the difference."""
    return {
        "title": {"en": "A decode step at batch 1", "es": "Un paso de decodificación con lote 1"},
        "columns": {"en": ["scheme", "predicted, ms", "measured, ms", "beyond bf16's own gap", "the term"],
                    "es": ["esquema", "predicho, ms", "medido, ms", "más allá de la diferencia de bf16", "el término"]},
        "formats": ["{}", "{:.1f}", "{:.1f}", "× {:.2f}", "{}"],
        "rows": [[_TITLES[r["name"]], 1e3 * r["predicted"], 1e3 * r["measured"], r["beyond"], summary.TERMS[r["term"]]]
                 for r in summary.steps(data)],
    }  # fmt: skip


def _capacity(data: dict, name: str) -> int:
    return data["rows"][name]["throughput"][0]["kv_tokens"]


def _speed(data: dict, name: str, batch: int) -> str:
    values = summary.speeds(data, name, batch)
    if not values:
        return "–"
    middle = summary.spread(values)[0]
    number = f"{middle:,.0f}" if middle >= 20 else f"{middle:.1f}"
    if name == "bf16":
        return number
    ratio, least, most = summary.spread(summary.ratios(data, name, batch))
    digits = 2 if ratio >= 0.1 else 3
    return f"{number} · × {ratio:.{digits}f} [{least:.{digits}f}–{most:.{digits}f}]"
