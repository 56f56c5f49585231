"""Whether each claim holds: tests exist, measurements contain the figure quoted, formulas give it, sources are known.

That the tests named also pass is the suite's own business: they are part of it.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from labkit import course, provenance
from labkit.quizzes import numbers
from labkit.quizzes.items import Evidence, Item
from labkit.quizzes.marked import Slip

PUBLISHED = "labs/lab-02-quantize-and-eval/published-models.yaml"


class Unresolved(Exception):
    """This piece of evidence leads nowhere; the message says why."""


@dataclass(frozen=True)
class Places:
    """Where evidence is looked up; tests point this at a copy."""

    root: Path = course.ROOT
    measurements: Path = provenance.MEASUREMENTS


def slips(item: Item, references: dict, places: Places = Places()) -> list[Slip]:
    """Everything about the evidence of `item` that does not hold, and every number without evidence."""
    found = []
    if not item.evidence:
        found.append(Slip(item.file, item.line, item.id, "has no evidence: nothing is claimed without"))
    for number, entry in enumerate(item.evidence, 1):
        try:
            resolve(entry, references, places)
        except Unresolved as error:
            found.append(Slip(item.file, entry.line, item.id, f"evidence {number} ({entry.claim}): {error}"))
    return found + numbers.slips(item)


def resolve(entry: Evidence, references: dict, places: Places = Places()) -> str:
    """One line that says what the evidence was found to be; Unresolved if it does not hold."""
    if entry.kind == "test":
        _find_test(entry.target, places.root)
        return f"the test exists: {entry.target}"
    if entry.kind == "cite":
        return _cited(entry, references)
    if entry.kind == "formula":
        value, where = _evaluate(entry.target, places), f"`{entry.target}`"
    elif entry.value:
        data = _measured(entry.target, places)
        value, where = _evaluate(entry.value, places, data=data), f"{entry.target}.json, `{entry.value}`"
    else:
        value, where = _at(_measured(entry.target, places), entry), f"{entry.target}.json, {entry.path or 'the top'}"
    value = _number(value, where)
    for quoted in entry.says:
        if not numbers.holds(value, quoted):
            raise Unresolved(f"{where} gives {value:.10g}, not {quoted}: correct `says` and the texts that quote it")
    return f"{where} gives {value:.10g}, quoted as {' and '.join(entry.says)}"


def _number(value, where: str):
    import numpy as np

    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise Unresolved(f"{where} gives {str(value)[:60]!r}, which is not a number")
    value = int(value) if isinstance(value, (int, np.integer)) else float(value)
    if not math.isfinite(value):
        raise Unresolved(f"{where} gives {value}")
    return value


def _cited(entry: Evidence, references: dict) -> str:
    if entry.target not in references:
        import difflib

        close = difflib.get_close_matches(entry.target, references, 1)
        raise Unresolved(
            f"data/references.yaml has no {entry.target!r}" + (f": did you mean {close[0]}?" if close else "")
        )
    source = references[entry.target]
    if not entry.section.strip():
        raise Unresolved("a citation names its section, table, figure, page, class or function")
    return f"{source.get('authors')} {source.get('year')}, {entry.section}"


def _find_test(node: str, root: Path) -> None:
    name, *inner = node.split("[")[0].split("::")
    file = root / name
    if not file.name.startswith("test_") or not file.is_file():
        raise Unresolved(f"there is no test file {name}")
    tests = _tests_in(file, file.stat().st_mtime_ns)
    if "::".join(inner) not in tests:
        import difflib

        close = difflib.get_close_matches("::".join(inner), tests, 1)
        raise Unresolved(f"{name} has no test {'::'.join(inner)}" + (f": did you mean {close[0]}?" if close else ""))


@lru_cache(maxsize=None)
def _tests_in(file: Path, _changed: int) -> frozenset[str]:
    """The tests that pytest would collect from `file`: functions test_*, and those in classes Test*."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            names |= {
                f"{node.name}::{inner.name}"
                for inner in node.body
                if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test")
            }
    return frozenset(names)


def _measured(stem: str, places: Places):
    import json

    try:
        return json.loads((places.measurements / f"{stem}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in places.measurements.glob("*.json")))
        raise Unresolved(f"there is no data/measurements/{stem}.json; there are: {known}") from None


def _at(data, entry: Evidence):
    """What lies at a dotted path; a key may itself hold dots."""
    parts = entry.path.split(".") if entry.path else []
    done = []
    while parts:
        if isinstance(data, list):
            part = parts.pop(0)
            if not part.lstrip("-").isdigit() or not -len(data) <= int(part) < len(data):
                raise Unresolved(f"{entry.target}.json: {_so_far(done)} has places 0 to {len(data) - 1}, not {part!r}")
            data = data[int(part)]
            done.append(part)
            continue
        ends = [n for n in range(len(parts), 0, -1) if isinstance(data, dict) and ".".join(parts[:n]) in data]
        if not ends:
            known = f"keys {', '.join(list(data)[:12])}" if isinstance(data, dict) else f"only {str(data)[:40]!r}"
            raise Unresolved(f"{entry.target}.json: {_so_far(done)} has {known}, not {parts[0]!r}")
        key = ".".join(parts[: ends[0]])
        data, parts = data[key], parts[ends[0] :]
        done.append(key)
    return data


def _so_far(done: list[str]) -> str:
    return ".".join(done) or "the top"


def _evaluate(expression: str, places: Places, **more):
    try:
        return eval(compile(expression.strip(), "<evidence>", "eval"), {**_namespace(places), **more})
    except Unresolved:
        raise
    except Exception as error:  # the expression is content: any slip in it is a slip of the content
        raise Unresolved(f"`{expression}` fails with {type(error).__name__}: {error}") from None


@lru_cache(maxsize=None)
def _namespace(places: Places) -> dict:
    """What a formula may use: the labs' functions by name, model, card, measured, np, math."""
    import numpy as np

    from labkit.grading.submission import load

    names: dict = {}
    for lab in course.labs(places.root):
        module = load(lab.folder / "solution.py")
        names |= {name: vars(module.module)[name] for name in module.names() if not name.startswith("_")}
    published = yaml.safe_load(next(places.root.glob(f"phase-*/{PUBLISHED}")).read_text(encoding="utf-8"))

    def model(name: str) -> dict:
        return _named(published["models"], name, "model")["config"]

    def card(name: str) -> dict:
        return _named(published["cards"], name, "card")

    def parameters(name: str) -> int:
        return _named(published["models"], name, "model")["parameters"]

    def measured(stem: str):
        return _measured(stem, places)

    return names | {
        "np": np, "math": math, "model": model, "card": card, "parameters": parameters, "measured": measured
    }  # fmt: skip


def _named(entries: dict, name: str, what: str):
    for known, entry in entries.items():
        if known.lower() == name.lower():
            return entry
    raise Unresolved(f"published-models.yaml has no {what} {name!r}; there are: {', '.join(entries)}")
