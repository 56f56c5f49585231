"""The tables and figures of the model's page, filled in from data/measurements/.

A table stands between `<!-- measured: NAME -->` and `<!-- /measured -->`, as on the labs' pages; a figure between
`<!-- figure: NAME -->` and `<!-- /figure -->`, with its words for those who cannot see it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from labkit import course, measure, provenance
from labkit.models import corpus, measuring, schemes
from labkit.models.alt_texts import ALT
from labkit.models.report import divergence_text, perplexity_text

PAGES = {"en": course.ROOT / "docs" / "en" / "model.md", "es": course.ROOT / "docs" / "es" / "modelo.md"}
_FIGURE = re.compile(r"(<!-- figure: ([\w-]+) -->\n).*?(<!-- /figure -->)", re.S)
TASKS = {
    "verbs": {"en": "verbs", "es": "verbos"}, "addition": {"en": "addition", "es": "sumas"},
    "lists": {"en": "lists", "es": "listas"}, "dates": {"en": "dates", "es": "fechas"},
    "numbers": {"en": "numbers", "es": "números"}, "facts": {"en": "facts", "es": "datos"},
}  # fmt: skip
MODELS = {
    "healthy": {"en": "healthy", "es": "sano"},
    "healthy smoothed": {"en": "healthy, smoothed", "es": "sano, suavizado"},
    "twin": {"en": "twin", "es": "gemelo"},
    "twin smoothed": {"en": "twin, smoothed", "es": "gemelo, suavizado"},
}
SLIPS = {
    "right": {"en": "right", "es": "correctas"},
    "alpha_swapped": {"en": "alpha and 1 − alpha swapped", "es": "alpha y 1 − alpha intercambiados"},
    "weight_term_forgotten": {"en": "the weights' share forgotten", "es": "sin la parte de los pesos"},
    "scales_upside_down": {"en": "scales upside down", "es": "escalas al revés"},
}
UNITS = {
    "perplexity": {"en": "perplexity", "es": "perplejidad"},
    "exact match": {"en": "exact match", "es": "respuestas exactas"},
    "bytes": {"en": "bytes", "es": "bytes"},
    "KL": {"en": "KL", "es": "KL"},
    "nats": {"en": "KL, nats a token", "es": "KL, nats por token"},
}
METHODS = {
    "rtn": {"en": "to the nearest", "es": "al más cercano"},
    "gptq": {"en": "GPTQ", "es": "GPTQ"},
    "awq": {"en": "AWQ", "es": "AWQ"},
}
ARMS = {
    "keys per channel, values per token": {
        "en": "keys per channel, values per token",
        "es": "claves por canal, valores por token",
    },
    "keys per token, values per token": {
        "en": "keys per token, values per token",
        "es": "claves por token, valores por token",
    },
    "keys per token, values per channel": {
        "en": "keys per token, values per channel",
        "es": "claves por token, valores por canal",
    },
}


def fill_all(check: bool) -> list[str]:
    """Fill the model's pages and the figures of the labs' pages; the lines say which were not as measured.

    With ``check`` nothing is written.
    """
    stored, changed = tables(provenance.read("model-eval"), provenance.read("model-orderings")), []
    for language, page in PAGES.items():
        if not page.exists():
            raise course.CourseError(f"{course.show_path(page)} is missing")
        old = page.read_text(encoding="utf-8")
        new = figures(measure.fill(old, stored, language, course.show_path(page)), page, language)
        if new != old:
            changed.append(f"{course.show_path(page)}: a table or figure is not as measured")
            if not check:
                page.write_text(new, encoding="utf-8")
    for lab in course.labs():
        for language, name in measure.PAGES.items():
            page = lab.folder / name
            old = page.read_text(encoding="utf-8") if page.exists() else ""
            new = figures(old, page, language)
            if new != old:
                changed.append(f"{course.show_path(page)}: a figure is not as drawn")
                if not check:
                    page.write_text(new, encoding="utf-8")
    return changed


def figures(text: str, page: Path, language: str) -> str:
    """``text`` with each figure block filled: light and dark picture, and the words for it."""

    def block(match: re.Match) -> str:
        if match[2] not in ALT:
            raise course.CourseError(
                f"{course.show_path(page)}: no figure is called {match[2]}; there are: {', '.join(ALT)}"
            )
        folder = os.path.relpath(course.ROOT / "docs" / "figures", page.parent).replace(os.sep, "/")
        stem = f"{folder}/{match[2]}.{language}"
        return (
            f'{match[1]}<picture>\n<source media="(prefers-color-scheme: dark)" srcset="{stem}.dark.svg">\n'
            f'<img src="{stem}.light.svg" alt="{ALT[match[2]][language]}">\n</picture>\n{match[3]}'
        )

    return _FIGURE.sub(block, text)


def tables(evaluation: dict, orderings: dict) -> dict:
    """Every table of the page, in the form that ``measure.markdown`` writes: name -> table, under "tables"."""
    found = {
        "schemes": scheme_table(evaluation["rows"]),
        "twin": twin_table(evaluation["twin"]),
        "methods": method_table(evaluation["methods"]),
        "cache": cache_table(evaluation["cache"]),
        "floor": floor_table(evaluation["rows"], evaluation["slips"]["floor_for_round"]["rows"]),
        "smoothing_slips": smoothing_slips(evaluation),
        "orderings": claim_table([c for c in orderings["claims"] if c["textbook"]], shows=True),
        "not_shown": claim_table([c for c in orderings["claims"] if not c["textbook"]], shows=False),
    }
    for name in ("orderings", "not_shown"):
        found[name]["source"] = orderings["source"]
    return {"source": evaluation["source"], "tables": found}


def _title(scheme: str) -> dict[str, str]:
    return schemes.by_name(scheme).title


def scheme_table(rows: list[dict]) -> dict:
    """Bytes and quality of every scheme."""
    columns = {
        "en": ["scheme", "bytes", "of bf16", "embedding's share", "bits a weight", "perplexity", "KL", "exact match"],
        "es": [
            "esquema",
            "bytes",
            "de bf16",
            "parte del embedding",
            "bits por peso",
            "perplejidad",
            "KL",
            "respuestas exactas",
        ],
    }
    base = rows[0]["bytes"]
    return {
        "title": {"en": "The model under each scheme", "es": "El modelo con cada esquema"},
        "columns": {lang: columns[lang] + [TASKS[task][lang] for task in corpus.TASKS] for lang in columns},
        "formats": ["{}", "{:,}", "{:.1%}", "{:.1%}", "{:.3f}", "{}", "{}", "{:.1%}", *["{:.0%}"] * len(corpus.TASKS)],
        "rows": [
            [_title(r["scheme"]), r["bytes"], r["bytes"] / base, r["embedding_share"], r["bits_per_weight"],
             perplexity_text(r["perplexity"]), divergence_text(r["divergence"]),
             *(r["exact_match"][t] for t in ("all", *corpus.TASKS))]
            for r in rows
        ],
    }  # fmt: skip


def twin_table(rows: list[dict]) -> dict:
    """Perplexity and exact match of the healthy model and its twin, as they are and smoothed."""
    by = {(r["scheme"], r["model"]): r for r in rows}
    return {
        "title": {"en": "Perplexity and exact match, healthy and twin",
                  "es": "Perplejidad y respuestas exactas, modelo sano y gemelo"},
        "columns": {lang: [head] + [MODELS[m][lang] for m in measuring.TWIN_MODELS]
                    for lang, head in (("en", "scheme"), ("es", "esquema"))},
        "formats": ["{}"] * (1 + len(MODELS)),
        "rows": [[_title(scheme), *(_pair(by[scheme, m]) for m in measuring.TWIN_MODELS)]
                 for scheme in dict.fromkeys(r["scheme"] for r in rows)],
    }  # fmt: skip


def floor_table(right: list[dict], wrong: list[dict]) -> dict:
    """The first table again with floor in the place of round."""
    return {
        "title": {"en": "Rounded to the nearest, and rounded down",
                  "es": "Redondeado al más cercano y redondeado hacia abajo"},
        "columns": {"en": ["scheme", "perplexity", "exact match", "perplexity, floor", "exact match, floor"],
                    "es": ["esquema", "perplejidad", "respuestas exactas", "perplejidad, floor",
                           "respuestas exactas, floor"]},
        "formats": ["{}", "{}", "{:.1%}", "{}", "{:.1%}"],
        "rows": [[_title(a["scheme"]), perplexity_text(a["perplexity"]), a["exact_match"]["all"],
                  perplexity_text(b["perplexity"]), b["exact_match"]["all"]]
                 for b in wrong for a in right if a["scheme"] == b["scheme"] != "bf16"],
    }  # fmt: skip


def method_table(rows: list[dict]) -> dict:
    """Rounding to nearest, GPTQ and AWQ on the same grids: divergence and exact match, healthy and twin."""
    by = {(r["grid"], r["method"], r["model"]): r for r in rows}
    return {
        "title": {"en": "Three ways to choose the codes: KL from bf16, nats a token, and exact match",
                  "es": "Tres maneras de elegir los códigos: KL respecto a bf16, nats por token, y aciertos"},
        "columns": {"en": ["grid", "codes", "healthy", "twin"], "es": ["rejilla", "códigos", "sano", "gemelo"]},
        "formats": ["{}"] * 4,
        "rows": [[_title(grid), METHODS[method], *(_nats(by[grid, method, model]) for model in ("healthy", "twin"))]
                 for grid, method in dict.fromkeys((r["grid"], r["method"]) for r in rows)],
    }  # fmt: skip


def cache_table(rows: list[dict]) -> dict:
    """The KV cache: bits, which axis shares a scale, and how far the model is from itself at each context."""
    contexts = rows[0]["contexts"]
    return {
        "title": {"en": "A quantized KV cache: KL from the 16-bit cache, in nats a token",
                  "es": "Una caché KV cuantizada: KL respecto a la caché de 16 bits, en nats por token"},
        "columns": {
            "en": ["bits", "a scale", *(f"{n} tokens" for n in contexts), f"bytes at {contexts[-1]} tokens"],
            "es": ["bits", "una escala", *(f"{n} tokens" for n in contexts), f"bytes con {contexts[-1]} tokens"],
        },
        "formats": ["{}", "{}", *["{}"] * len(contexts), "{:,.0f}"],
        "rows": [[r["bits"], ARMS[r["arm"]], *map(divergence_text, r["divergence"]), r["bytes"][-1]] for r in rows],
    }  # fmt: skip


def smoothing_slips(evaluation: dict) -> dict:
    """The smoothed models in W8A8 per tensor, with right and with wrong smoothing scales."""
    arms = {"right": evaluation["twin"]} | {k: v["twin"] for k, v in evaluation["slips"].items() if v["twin"]}
    rows = []
    for name, words in SLIPS.items():
        by = {(r["scheme"], r["model"]): r for r in arms[name]}
        rows.append([words, _pair(by["w8a8-tensor", "healthy smoothed"]), _pair(by["w8a8-tensor", "twin smoothed"])])
    return {
        "title": {"en": "W8A8 per tensor after smoothing, perplexity and exact match",
                  "es": "W8A8 por tensor tras el suavizado, perplejidad y respuestas exactas"},
        "columns": {"en": ["smoothing scales", "healthy", "twin"], "es": ["escalas de suavizado", "sano", "gemelo"]},
        "formats": ["{}"] * 3,
        "rows": rows,
    }  # fmt: skip


def claim_table(claims: list[dict], shows: bool) -> dict:
    """Claims with their measured span over the seeds, and the bounds that the tests hold them to."""
    return {
        "title": {"en": "What shows on this model", "es": "Lo que se ve en este modelo"} if shows
        else {"en": "What does not show on this model", "es": "Lo que no se ve en este modelo"},
        "columns": {"en": ["claim", "in", "measured", "the test asks for"],
                    "es": ["afirmación", "en", "medido", "el test exige"]},
        "formats": ["{}"] * 4,
        "rows": [[c["says"], UNITS[c["unit"]], _span(c), _bounds(c)] for c in claims],
    }  # fmt: skip


def _pair(row: dict) -> str:
    return f"{perplexity_text(row['perplexity'])} · {row['exact_match']['all']:.1%}"


def _nats(row: dict) -> str:
    return f"{divergence_text(row['divergence'])} · {row['exact_match']['all']:.1%}"


def _percent(value: float) -> str:
    if abs(value) < 5e-5:
        return "0.00%"  # and not -0.00%
    if abs(value) >= 10:  # beyond 1000 % a factor reads better
        return f"× {1 + value:,.0f}"
    return f"{value:+.2%}" if abs(value) < 0.1 else f"{value:+.0%}"


def _span(claim: dict) -> str:
    show = divergence_text if claim["unit"] == "nats" else _percent
    low, high = show(min(claim["values"])), show(max(claim["values"]))
    return low if low == high else f"{low} … {high}"


def _bounds(claim: dict) -> str:
    if claim["unit"] == "nats":
        return f"≤ {divergence_text(claim['high'])}"
    if claim["low"] is None or claim["high"] is None:
        return f"≥ {_percent(claim['low'])}" if claim["high"] is None else f"≤ {_percent(claim['high'])}"
    return f"{_percent(claim['low'])} … {_percent(claim['high'])}"
