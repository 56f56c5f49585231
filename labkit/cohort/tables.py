"""The tables of the page about cohorts, from what `lab cohort-bench` measured."""

from __future__ import annotations

import statistics

HUNDRED_THOUSAND = 100_000


def build(result: dict) -> dict[str, dict]:
    """Name of the table -> title, columns, rows, formats, as `labkit.measure` puts them into pages."""
    return {
        "throughput": _throughput(
            result["throughput"]["sample"], "a made-up class, lab 01", "un grupo inventado, lab 01"
        ),
        "otherwise": _throughput(
            result["throughput"]["otherwise"],
            "lab 01, right but written otherwise than ours",
            "lab 01, bien resuelto pero escrito de otra manera que el nuestro",
        ),
        "all_labs": _throughput(
            result["throughput"]["all labs"],
            "a made-up class, all four labs in each",
            "un grupo inventado, los cuatro laboratorios en cada entrega",
        ),
        "memory": _memory(result["memory"]),
        "hundred_thousand": _hundred_thousand(result),
    }


def _throughput(found: dict, en: str, es: str) -> dict:
    ways = {
        "plain": ("a loop of `pytest`, one process a submission", "un bucle de `pytest`, un proceso por entrega"),
        "otter": ("`otter run`, without its containers", "`otter run`, sin sus contenedores"),
        "one": ("`lab cohort --jobs 1`, isolated", "`lab cohort --jobs 1`, aislado"),
        "pool": ("`lab cohort --jobs 2`, isolated", "`lab cohort --jobs 2`, aislado"),
    }
    median, ratio = found["median"], found["ratio"]
    cpu = {side: statistics.median(each) for side, each in found["processor ms"].items()}
    rows = [[{"en": ways[s][0], "es": ways[s][1]}, median[s], cpu[s], ratio[s]] for s in ways if s in median]
    return {
        "title": {"en": f"Submissions a minute: {en}", "es": f"Entregas por minuto: {es}"},
        "columns": {
            "en": ["way", "a minute", "processor, ms each", "beside the loop"],
            "es": ["modo", "por minuto", "procesador, ms por entrega", "frente al bucle"],
        },
        "rows": rows,
        "formats": ["{}", "{:,.0f}", "{:,.0f}", "{:.1f}×"],
    }


def _memory(found: dict) -> dict:
    return {
        "title": {
            "en": f"Resident memory while {found['n']:,} submissions are graded, MB",
            "es": f"Memoria residente mientras se califican {found['n']:,} entregas, MB",
        },
        "columns": {
            "en": ["graded", "the run itself", "the largest process below it"],
            "es": ["calificadas", "la propia ejecución", "el mayor proceso por debajo"],
        },
        "rows": [[row["graded"], row["run"], row["below"]] for row in found["rows"]],
        "formats": ["{:,}", "{:.0f}", "{:.0f}"],
    }


def _hundred_thousand(result: dict) -> dict:
    """Hours for 100,000 submissions: measured rate of one process, times the processes; nothing else scales."""
    rate = result["throughput"]["sample"]["median"]["one"]
    gigabytes = result["memory"]["stored bytes a submission"] * HUNDRED_THOUSAND / 1e9
    rows = []
    for en, es, processes in (
        ("one process", "un proceso", 1),
        ("a laptop, 8 cores", "un portátil, 8 núcleos", 8),
        ("a server, 64 cores", "un servidor, 64 núcleos", 64),
        ("Dask, 10 machines of 32 cores", "Dask, 10 máquinas de 32 núcleos", 320),
    ):
        rows.append([{"en": en, "es": es}, processes, HUNDRED_THOUSAND / rate / 60 / processes, gigabytes])
    return {
        "title": {
            "en": "100,000 submissions of one lab, at one measured process's rate",
            "es": "100,000 entregas de un laboratorio, al ritmo medido de un proceso",
        },
        "columns": {
            "en": ["where", "processes", "hours", "results, GB"],
            "es": ["dónde", "procesos", "horas", "resultados, GB"],
        },
        "rows": rows,
        "formats": ["{}", "{:,}", "{:,.2f}", "{:.1f}"],
    }
