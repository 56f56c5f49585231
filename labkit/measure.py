"""Numbers that the pages quote: computed by each lab's measure.py, stored, and put into the pages.

A lab's measure.py is a handful of functions; each takes `lab` (the solution's functions) and returns a table:
title and columns in both languages, rows of raw numbers, a format a column. The page has a block

    <!-- measured: NAME -->
    <!-- /measured -->

whose content is generated. Nobody types a measured number by hand.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import math
import re
import sys
from types import SimpleNamespace

from labkit import course, provenance
from labkit.grading.submission import load

PAGES = {"en": "README.md", "es": "README.es.md"}
SOURCE = {
    "en": "Computed by `{command}` ({cpu}, Python {python}, numpy {numpy}).",
    "es": "Calculado con `{command}` ({cpu}, Python {python}, numpy {numpy}).",
}
_BLOCK = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- /measured -->)", re.S)


def tables(lab: course.Lab) -> dict[str, dict]:
    """Run the lab's measure.py on its solution: name of the function -> its table."""
    file = lab.folder / "measure.py"
    spec = importlib.util.spec_from_file_location(f"measure_{lab.key.replace('-', '_')}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    functions = SimpleNamespace(**vars(load(lab.folder / "solution.py").module))
    return {
        name: function(functions)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


def markdown(table: dict, language: str, source: dict) -> str:
    """The table as Markdown, with the command that computed it below."""
    lines = ["| " + " | ".join(table["columns"][language]) + " |", "|" + "---|" * len(table["columns"][language])]
    for row in table["rows"]:
        cells = [_cell(value, form, language) for value, form in zip(row, table["formats"])]
        lines.append("| " + " | ".join(cells) + " |")
    says = SOURCE[language].format(command=source["command"], cpu=source["machine"]["cpu"], **source["versions"])
    return "\n".join([f"**{table['title'][language]}**", "", *lines, "", f"<sub>{says}</sub>", ""])


def _cell(value, form: str, language: str) -> str:
    if isinstance(value, dict):  # a word that differs by language
        value = value[language]
    return value if isinstance(value, str) else form.format(value)


def fill(page: str, stored: dict, language: str, name: str) -> str:
    """The text of a page with each of its blocks generated anew; CourseError for a block without data."""

    def block(match: re.Match) -> str:
        if match[2] not in stored["tables"]:
            raise course.CourseError(
                f"{name}: no measurement is called {match[2]}; there are: {', '.join(stored['tables'])}"
            )
        table = stored["tables"][match[2]]
        return match[1] + markdown(table, language, table.get("source", stored["source"])) + match[3]

    return _BLOCK.sub(block, page)


def differences(stored: dict[str, dict], fresh: dict[str, dict], rtol: float = 1e-3) -> list[str]:
    """What a fresh run gives otherwise than the stored one, beyond the rounding of another BLAS."""
    found = [f"{name} is stored but no longer computed" for name in stored if name not in fresh]
    for name, table in fresh.items():
        words = [key for key in ("title", "columns", "formats") if name in stored and stored[name][key] != table[key]]
        found += [f"{name}: another {key}" for key in words]
        old = stored.get(name, {"rows": []})["rows"]
        if len(old) != len(table["rows"]):
            found.append(f"{name} has {len(table['rows'])} rows, stored are {len(old)}")
        for number, (was, now) in enumerate(zip(old, table["rows"])):
            if len(was) != len(now) or any(not _same(a, b, rtol) for a, b in zip(was, now)):
                found.append(f"{name}, row {number}: now {now}, stored {was}")
    return found


def _same(a, b, rtol: float) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=rtol, abs_tol=1e-9)
    return a == b


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab measure", description="Compute the numbers that the lab pages quote.")
    parser.add_argument("labs", nargs="*", metavar="LAB", help="which labs, for example 03 (all of them without)")
    parser.add_argument("--check", action="store_true", help="write nothing; say what would change")
    options = parser.parse_args(argv)
    try:
        chosen = [course.find(name) for name in options.labs] or course.labs()
        stale = [line for lab in chosen for line in measure(lab, options.check)]
    except course.CourseError as error:
        print(f"lab measure: {error}", file=sys.stderr)
        return 2
    for line in stale:
        print(f"{'not up to date' if options.check else 'brought up to date'}: {line}")
    if not stale:
        print("every number on the pages is as measured")
    return 1 if options.check and stale else 0


def measure(lab: course.Lab, check: bool) -> list[str]:
    """Measure one lab; the lines say what changed (or, with `check`, what would)."""
    fresh = tables(lab)
    try:
        stored = provenance.read(lab.key)
        changed = differences(stored["tables"], fresh)
    except FileNotFoundError:
        stored, changed = None, [f"{lab.key}: its measurements"]
    if stored is None or (changed and not check):
        stored = {"source": provenance.provenance(f"lab measure {lab.number}"), "tables": fresh}
        if not check:
            provenance.write(lab.key, stored)
    for language, name in PAGES.items():
        page = lab.folder / name
        if not page.exists():
            changed.append(f"{course.show_path(page)} is missing")
            continue
        old = page.read_text(encoding="utf-8")
        new = fill(old, stored, language, course.show_path(page))
        if new != old:
            changed.append(f"{course.show_path(page)}: its tables")
            if not check:
                page.write_text(new, encoding="utf-8")
    return changed
