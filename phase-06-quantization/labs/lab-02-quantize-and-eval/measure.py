"""What lab 02's cost model gives: each function takes the lab's functions and gives one table of the README.

Nothing here is timed. The inputs are published-models.yaml, that is configs, parameter counts and the vendor's
figures of two cards; the rest is the lab's arithmetic. GB are 10**9 bytes.
"""

import math
from pathlib import Path

import yaml

PUBLISHED = yaml.safe_load(Path(__file__).with_name("published-models.yaml").read_text(encoding="utf-8"))
MODELS, CARDS = PUBLISHED["models"], PUBLISHED["cards"]
SCHEMES = ("bf16", "int8", "fp8", "int4-g128")
LLAMA = MODELS["Llama-3.1-8B"]["config"]


def _hardware(card: str, **changes) -> dict:
    return {key: float(CARDS[card][key]) for key in ("bandwidth", "peak")} | changes


def parameters(lab) -> dict:
    """The four parts of each model, and how far their sum is from what was published."""
    rows = []
    for name, model in MODELS.items():
        counts = lab.count_parameters(model["config"])
        total = sum(counts.values())
        parts = [counts[part] for part in ("linear", "embedding", "lm_head", "norm")]
        rows.append([name, *parts, total, total - model["parameters"]])
    return {
        "title": {
            "en": "Parameters, counted from the config",
            "es": "Parámetros, contados desde la configuración",
        },
        "columns": {
            "en": ["model", "linear", "embedding", "lm_head", "norm", "sum", "sum less published"],
            "es": ["modelo", "linear", "embedding", "lm_head", "norm", "suma", "suma menos lo publicado"],
        },
        "rows": rows,
        "formats": ["{}", "{:,}", "{:,}", "{:,}", "{:,}", "{:,}", "{}"],
    }


def bytes_by_scheme(lab) -> dict:
    """Weights in each format, and what of the smallest is not quantized at all."""
    rows = []
    for name, model in MODELS.items():
        counts = lab.count_parameters(model["config"])
        taken = {scheme: lab.weight_bytes(model["config"], scheme) for scheme in SCHEMES}
        tables = 2 * (counts["embedding"] + counts["lm_head"])
        rows.append(
            [
                name,
                *(taken[scheme] / 1e9 for scheme in ("bf16", "int8", "int4-g128")),
                taken["bf16"] / taken["int8"],
                taken["bf16"] / taken["int4-g128"],
                100 * tables / taken["bf16"],
                100 * tables / taken["int4-g128"],
            ]
        )
    return {
        "title": {
            "en": "Weights in GB (fp8 takes what int8 takes), and the share of embedding and head",
            "es": "Pesos en GB (fp8 ocupa lo mismo que int8), y la parte de embedding y cabeza",
        },
        "columns": {
            "en": [
                "model",
                "bf16",
                "int8",
                "int4-g128",
                "bf16 / int8",
                "bf16 / int4",
                "tables in bf16, %",
                "tables in int4, %",
            ],
            "es": [
                "modelo",
                "bf16",
                "int8",
                "int4-g128",
                "bf16 / int8",
                "bf16 / int4",
                "tablas en bf16, %",
                "tablas en int4, %",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.3f}", "{:.3f}", "{:.3f}", "{:.2f}", "{:.2f}", "{:.1f}", "{:.1f}"],
    }


def tokens_that_fit(lab) -> dict:
    """KV capacity of each model on both cards, the whole memory as the budget."""
    rows = []
    for name, model in MODELS.items():
        config = model["config"]
        tokens = [
            lab.kv_capacity_tokens(card["memory"], config, scheme)
            for card in CARDS.values()
            for scheme in ("bf16", "int8", "int4-g128")
        ]
        rows.append([name, lab.kv_bytes_per_token(config), *tokens])
    return {
        "title": {
            "en": "Tokens of bf16 cache in a budget of 24 GB and of 80 GB, blocks of 16 (0: the weights do not fit)",
            "es": "Tokens de caché bf16 con 24 GB y con 80 GB de presupuesto, bloques de 16 (0: los pesos no caben)",
        },
        "columns": {
            "en": ["model", "bytes a token", "24: bf16", "24: int8", "24: int4", "80: bf16", "80: int8", "80: int4"],
            "es": ["modelo", "bytes por token", "24: bf16", "24: int8", "24: int4", "80: bf16", "80: int8", "80: int4"],
        },
        "rows": rows,
        "formats": ["{}"] + ["{:,}"] * 7,
    }


def gain_in_capacity(lab) -> dict:
    """What a smaller model, a larger one, and an 8-bit cache gain on a 24 GB card."""
    rows = []
    for name in ("Qwen2.5-0.5B", "Llama-3.2-1B", "Llama-3.1-8B", "Mistral-Nemo-12B"):
        config = MODELS[name]["config"]
        whole = {
            (scheme, kv): lab.kv_capacity_tokens(24e9, config, scheme, kv)
            for scheme in ("bf16", "int8", "int4-g128")
            for kv in ("bf16", "fp8")
        }
        base = whole["bf16", "bf16"]
        others = [("int8", "bf16"), ("int4-g128", "bf16"), ("bf16", "fp8"), ("int4-g128", "fp8")]
        rows.append([name, base, *(100 * (whole[key] / base - 1) if base else math.nan for key in others)])
    return {
        "title": {
            "en": "Capacity gained over bf16 in 24 GB, % (negative would be a loss)",
            "es": "Capacidad ganada sobre bf16 en 24 GB, % (negativa sería una pérdida)",
        },
        "columns": {
            "en": ["model", "tokens in bf16", "int8", "int4-g128", "bf16, fp8 cache", "int4-g128, fp8 cache"],
            "es": ["modelo", "tokens en bf16", "int8", "int4-g128", "bf16, caché fp8", "int4-g128, caché fp8"],
        },
        "rows": [row if row[1] else [*row[:2], *["-"] * 4] for row in rows],
        "formats": ["{}", "{:,}"] + ["{:+.1f}"] * 4,
    }


def steps(lab) -> dict:
    """The roofline's time for one sequence, and what is read in it."""
    rows = []
    for card in CARDS:
        base = lab.decode_step_seconds(LLAMA, "bf16", 1, 1024, _hardware(card))
        for scheme in ("bf16", "int8", "int4-g128"):
            seconds = lab.decode_step_seconds(LLAMA, scheme, 1, 1024, _hardware(card))
            rows.append([card, scheme, seconds * CARDS[card]["bandwidth"] / 1e9, 1e3 * seconds, base / seconds])
    return {
        "title": {
            "en": "Llama-3.1-8B, batch 1, context 1024: the cost model's step (bound by reading everywhere)",
            "es": "Llama-3.1-8B, lote 1, contexto 1024: el paso según el modelo de coste (siempre decide la lectura)",
        },
        "columns": {
            "en": ["card", "scheme", "GB read", "ms by the model", "times bf16"],
            "es": ["tarjeta", "esquema", "GB leídos", "ms según el modelo", "veces bf16"],
        },
        "rows": rows,
        "formats": ["{}", "{}", "{:.2f}", "{:.2f}", "{:.2f}"],
    }


def speed_up_by_batch(lab) -> dict:
    """int4-g128 over bf16: the cache, which stays 16-bit, and then the operations eat the advantage."""
    rows = []
    for batch in (1, 8, 32, 128, 512):
        row = [batch]
        for context in (0, 128, 1024, 8192):
            a, b = (
                lab.decode_step_seconds(LLAMA, s, batch, context, _hardware("H100 SXM")) for s in ("bf16", "int4-g128")
            )
            row.append(a / b)
        rows.append(row)
    return {
        "title": {
            "en": "How many times faster int4-g128 is than bf16, Llama-3.1-8B on an H100, by the cost model",
            "es": "Cuántas veces es más rápido int4-g128 que bf16, Llama-3.1-8B en una H100, según el modelo de coste",
        },
        "columns": {
            "en": ["batch", "context 0", "context 128", "context 1024", "context 8192"],
            "es": ["lote", "contexto 0", "contexto 128", "contexto 1024", "contexto 8192"],
        },
        "rows": rows,
        "formats": ["{}"] + ["{:.2f}"] * 4,
    }


def crossover(lab) -> dict:
    """The smallest batch at which computing takes longer than reading."""
    rows = []
    for card in CARDS:
        for scheme in ("bf16", "int8", "int4-g128"):
            row = [card, scheme]
            for context in (0, 128, 256, 1024):

                def reading(batch, context=context):
                    return lab.decode_step_seconds(LLAMA, scheme, batch, context, _hardware(card, peak=math.inf))

                computing = lab.decode_step_seconds(LLAMA, scheme, 1, 0, _hardware(card, bandwidth=math.inf))
                weights = reading(0)
                each = reading(1) - weights  # one sequence's cache
                never = {"en": "never", "es": "nunca"}
                row.append(math.ceil(weights / (computing - each)) if computing > each else never)
            rows.append(row)
    return {
        "title": {
            "en": "The smallest batch at which computing takes longer than reading, Llama-3.1-8B",
            "es": "El menor lote en el que calcular tarda más que leer, Llama-3.1-8B",
        },
        "columns": {
            "en": ["card", "scheme", "context 0", "context 128", "context 256", "context 1024"],
            "es": ["tarjeta", "esquema", "contexto 0", "contexto 128", "contexto 256", "contexto 1024"],
        },
        "rows": rows,
        "formats": ["{}"] * 6,
    }


def predicted_orders(lab) -> dict:
    """predict_order under four loads."""
    rows = []
    for card, batch, context in (
        ("L4", 1, 1024),
        ("L4", 1024, 64),
        ("L4", 512, 16),
        ("H100 SXM", 64, 1024),
    ):
        order = lab.predict_order(LLAMA, _hardware(card), CARDS[card]["memory"], batch, context)
        rows.append([card, batch, context, *(" > ".join(order[key]) for key in ("throughput", "capacity"))])
    return {
        "title": {
            "en": "What predict_order says of Llama-3.1-8B (the budget is the card's memory; int8 = fp8)",
            "es": "Lo que dice predict_order de Llama-3.1-8B (el presupuesto es la memoria de la tarjeta; int8 = fp8)",
        },
        "columns": {
            "en": ["card", "batch", "context", "throughput", "capacity"],
            "es": ["tarjeta", "lote", "contexto", "rendimiento", "capacidad"],
        },
        "rows": rows,
        "formats": ["{}"] * 5,
    }
