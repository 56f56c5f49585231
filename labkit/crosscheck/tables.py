"""Results as JSON, as lines in a terminal, and as the tables of docs/en/agreement.md and docs/es/acuerdo.md."""

from __future__ import annotations

import dataclasses
import statistics

from labkit import course, measure
from labkit.crosscheck.comparing import Comparison, Part, Parts, Ratios

PAGES = {"en": course.ROOT / "docs" / "en" / "agreement.md", "es": course.ROOT / "docs" / "es" / "acuerdo.md"}
PARTS = {
    "codes": {"en": "codes", "es": "códigos"},
    "scales": {"en": "scales", "es": "escalas"},
    "values": {"en": "values", "es": "valores"},
    "words": {"en": "words", "es": "palabras"},
    "bytes": {"en": "bytes", "es": "bytes"},
    "table": {"en": "table", "es": "tabla"},
    "outputs": {"en": "outputs", "es": "salidas"},
    "outputs with a bias": {"en": "outputs with a bias", "es": "salidas con sesgo"},
    "zero points": {"en": "zero points", "es": "puntos cero"},
}
REASONS = {
    "quiet": {"en": "in quiet rows", "es": "en filas casi mudas"},
    "zero": {"en": "in zero rows", "es": "en filas nulas"},
    "tie": {"en": "at ties", "es": "en empates"},
    "sign": {"en": "by the sign of zero", "es": "por el signo del cero"},
}
_OF = {"en": "of", "es": "de"}
_RECORDED = {"en": "recorded", "es": "registrado"}
_COLUMNS = {
    "same": {"en": ["ours", "theirs", "the same bits", "allowed to differ", "what is compared"],
             "es": ["lo nuestro", "lo suyo", "los mismos bits", "puede diferir", "qué se compara"]},
    "other": {"en": ["ours", "theirs", "the same bits as they are", "with its rule in place of ours", "its rule"],
              "es": ["lo nuestro", "lo suyo", "los mismos bits tal cual", "con su regla en lugar de la nuestra",
                     "su regla"]},
    "outputs": {"en": ["ours", "theirs", "ours over theirs: median (span)", "its rule over theirs", "what is compared"],
                "es": ["lo nuestro", "lo suyo", "lo nuestro entre lo suyo: mediana (extremos)",
                       "su regla entre lo suyo", "qué se compara"]},
}  # fmt: skip
_TITLES = {
    "same": {"en": "The same convention", "es": "La misma convención"},
    "other": {"en": "Another convention", "es": "Otra convención"},
    "outputs": {"en": "Compared by their outputs", "es": "Comparados por sus salidas"},
}


def to_json(version: str, result: Parts | Ratios) -> dict:
    """One result as it is stored."""
    if isinstance(result, Ratios):
        kept = {"ratios": [round(v, 8) for v in result.values], "bounds": [result.low, result.high]}
        return {"version": version, **kept, "applied": [round(v, 8) for v in result.applied or []]}
    return {"version": version, "parts": {name: dataclasses.asdict(part) for name, part in result.items()}}


def from_json(stored: dict) -> Parts | Ratios:
    """What `to_json` was given."""
    if "ratios" in stored:
        return Ratios(stored["ratios"], *stored["bounds"], stored["applied"] or None)
    return {name: Part(**part) for name, part in stored["parts"].items()}


def agreement(result: Parts, language: str = "en") -> str:
    """How much is the same, a part after the other."""
    return " · ".join(_counted(PARTS[name][language], p.same, p.values, language) for name, p in result.items())


def _counted(word: str, count: int, total: int, language: str) -> str:
    return f"{word} {count:,} {_OF[language]} {total:,}"


def apart(result: Parts, language: str = "en") -> str:
    """What may differ, and for which reason."""
    return " · ".join(
        f"{count:,} {PARTS[name][language]} {REASONS[reason][language]}"
        for name, p in result.items()
        for reason, count in p.apart.items()
        if count
    )


def applied(result: Parts, language: str = "en") -> str:
    """How much is the same with the library's rule in place of ours."""
    return " · ".join(_counted(PARTS[name][language], p.applied, p.values, language) for name, p in result.items())


def span(values: list[float]) -> str:
    """Median and span over the seeds; as many digits as it takes to see that they differ from 1."""
    digits = 7 if all(abs(v - 1) < 1e-3 for v in values) else 3
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} … {max(values):.{digits}f})"


def line(comparison: Comparison, version: str, result: Parts | Ratios) -> str:
    """One comparison in the terminal."""
    who = f"{comparison.lab} {comparison.function:<29}  {comparison.package + ' ' + version:<26}"
    if isinstance(result, Ratios):
        says = f"ours over theirs {span(result.values)}"
        rule = f"; with its rule {span(result.applied)}" if result.applied else ""
        return f"{who}  {says}{rule}"
    rule = f"; with its rule {applied(result)}" if comparison.kind == "other" else ""
    rest = f"; {apart(result)}" if apart(result) else ""
    lost = sum(p.unexplained for p in result.values()) if comparison.kind == "same" else 0
    return f"{who}  {agreement(result)}{rest}{rule}" + (f"; {lost:,} unexplained" if lost else "")


def tables(comparisons: list[Comparison], stored: dict) -> dict:
    """The stored results in the form that `measure.fill` writes."""
    found = {}
    for kind in _COLUMNS:
        rows = [_row(c, stored["results"][c.name]) for c in comparisons if c.kind == kind]
        columns = _COLUMNS[kind]
        formats = ["{}"] * len(columns["en"])
        found[kind] = {"title": _TITLES[kind], "columns": columns, "formats": formats, "rows": rows}
    return {"source": stored["source"], "tables": found}


def _row(comparison: Comparison, stored: dict) -> list:
    result, both = from_json(stored), ("en", "es")
    version = {x: stored["version"] + (f" ({_RECORDED[x]})" if comparison.recorded else "") for x in both}
    ours = f"`{comparison.function}`"
    theirs = {x: f"{comparison.package} {version[x]}: {_code(comparison.call)}" for x in both}
    if isinstance(result, Ratios):
        rule = span(result.applied) if result.applied else ""
        return [ours, theirs, span(result.values), rule, comparison.note]
    second = applied if comparison.kind == "other" else apart
    counts = [{x: counted(result, x) for x in both} for counted in (agreement, second)]
    return [ours, theirs, *counts, comparison.note]


def _code(call: str) -> str:
    return call if "steps, restated" in call else f"`{call}`"


def fill_pages(comparisons: list[Comparison], stored: dict, check: bool = False) -> list[str]:
    """Fill both pages from the stored results; the lines say which were not as stored. `check` writes nothing."""
    filled, changed = tables(comparisons, stored), []
    for language, page in PAGES.items():
        old = page.read_text(encoding="utf-8")
        new = measure.fill(old, filled, language, course.show_path(page))
        if new != old:
            changed.append(course.show_path(page))
            if not check:
                page.write_text(new, encoding="utf-8")
    return changed
