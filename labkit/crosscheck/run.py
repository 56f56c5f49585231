"""`lab crosscheck`: run the comparisons, show a line for each, and store what the page of agreement shows."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from importlib import metadata

from labkit import course, provenance
from labkit.crosscheck import comparisons, tables
from labkit.crosscheck.comparing import Comparison, Parts, Ratios, agrees
from labkit.grading.submission import load

STORED = "crosscheck"
KINDS = {
    "same": "The same convention: every bit must agree, but where the reason is known and counted",
    "other": "Another convention: how much is the same, and whether its rule in place of ours explains the rest",
    "outputs": "Compared by the error of their outputs",
}


def solutions() -> dict:
    """Number of a lab -> the module of its reference solution."""
    return {lab.number: load(lab.folder / "solution.py").module for lab in course.labs()}


def version(comparison: Comparison) -> str | None:
    """The library's version: as recorded, or as installed; None if it is not here."""
    if comparison.recorded:
        return comparison.recorded
    try:
        return metadata.version(comparison.package)
    except metadata.PackageNotFoundError:
        return None


def run(chosen: list[Comparison], labs: dict) -> tuple[dict[str, Parts | Ratios], dict[str, str]]:
    """(name -> result, name -> what went wrong); a library that is not installed is in neither."""
    results, failed = {}, {}
    logging.disable(logging.WARNING)  # the libraries greet, and tell what this machine lacks to go faster
    for comparison in _progress([c for c in chosen if version(c)]):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = comparison.run(labs[comparison.lab])
        except Exception as error:  # a solution or a library that fails costs its own line, not the run
            failed[comparison.name] = f"{type(error).__name__}: {error}"
            continue
        results[comparison.name] = result
        if not agrees(comparison, result):
            failed[comparison.name] = "does not agree"
    logging.disable(logging.NOTSET)
    return results, failed


def _progress(items: list):
    try:
        from tqdm import tqdm
    except ImportError:  # it comes with the libraries; without them there is nothing to wait for
        return items
    return tqdm(items, desc="comparing", unit="comparison", leave=False, disable=not sys.stderr.isatty())


def show(chosen: list[Comparison], results: dict, failed: dict) -> None:
    """A line a comparison, then the libraries that are not here."""
    for kind, title in KINDS.items():
        lines = []
        for comparison in chosen:
            name = comparison.name
            if comparison.kind != kind or (name not in results and name not in failed):
                continue
            mark = "✗" if name in failed else "✓"
            if name in results:
                lines.append(f"{mark} {tables.line(comparison, version(comparison), results[name])}")
            if name in failed:
                lines.append(f"✗ {name}: {failed[name]}  ({comparison.call})")
        if lines:
            print(f"\n{title}", *lines, sep="\n")
    missing = sorted({c.package for c in chosen if not version(c)})
    if missing:
        print(f"\nnot installed: {', '.join(missing)}: run make crosscheck")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="lab crosscheck", description="Compare the reference solutions with the field's libraries."
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="a comparison (or how its name begins), function or library; may be repeated")  # fmt: skip
    parser.add_argument("--write", action="store_true", help="store the result and fill the pages of agreement")
    options = parser.parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    chosen = comparisons.matching(options.only)
    if not chosen:
        names = ", ".join(c.name for c in comparisons.in_order())
        print(f"lab crosscheck: nothing is called {', '.join(options.only)}; there are: {names}", file=sys.stderr)
        return 2
    if options.write and options.only:
        print("lab crosscheck: --write stores the whole table; leave out --only", file=sys.stderr)
        return 2
    results, failed = run(chosen, solutions())
    show(chosen, results, failed)
    if not results and not failed:
        return 2
    ran = results.keys() | failed.keys()
    print(f"\n{len(ran) - len(failed)} of {len(ran)} as they must be")
    if failed:
        return 1
    if options.write:
        return _write(chosen, results)
    return 0


def _write(chosen: list[Comparison], results: dict) -> int:
    missing = [c.name for c in chosen if c.name not in results]
    if missing:
        print(f"nothing stored: {', '.join(missing)} did not run; run make crosscheck", file=sys.stderr)
        return 2
    packages = sorted({c.package for c in chosen if not c.recorded} | {"numpy"})
    source = provenance.provenance("lab crosscheck --write", tuple(packages))
    stored = {
        "source": source,
        "results": {c.name: tables.to_json(version(c), results[c.name]) for c in chosen},
    }
    print(f"\nstored in {course.show_path(provenance.write(STORED, stored))}")
    for page in tables.fill_pages(chosen, stored):
        print(f"brought up to date: {page}")
    return 0
