"""`lab eval`: the model under every scheme, quantized by the learner's own functions.

Perplexity and exact match are on held-out text and prompts; KL is the divergence from bf16 on that text, in nats a
token. Weights are the bfloat16 values of the file; arithmetic is float32, so that a row differs from bf16 by its
quantization alone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from labkit import course, provenance
from labkit.grading.implementation import Implementation, UsageError, resolve
from labkit.models import cache, corpus, measuring, outliers, schemes
from labkit.models.exam import Exam
from labkit.models.learner import Learner, NotUsable, functions_in
from labkit.models.load import DEFAULT_MODEL, ModelError, load_model
from labkit.models.quantize import check_group_sizes

PACKAGES = ("numpy", "torch", "transformers")
PLOT_KINDS = (".png", ".svg", ".pdf")
MOST_PROMPTS = 250  # one prompt in sixteen is held out, and the facts have few more
WRONG = Path(__file__).parent / "wrong"


class _Parser(argparse.ArgumentParser):
    """argparse, with one line for a mistake instead of the usage and a line."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message.removeprefix('argument ')} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="lab eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add(
        "--impl",
        default=os.environ.get("LAB_IMPL") or "starter",
        metavar="starter|solution|PATH",
        help="whose functions quantize (default: LAB_IMPL, else starter)",
    )
    add("--model", type=Path, default=DEFAULT_MODEL, metavar="DIR", help="a folder that `lab train` wrote")
    add("--schemes", metavar="A,B", help=f"these rows only, of: {', '.join(s.name for s in schemes.SCHEMES)}")
    add("--twin", action="store_true", help="the outlier twin instead: healthy and twin, as they are and smoothed")
    add("--methods", action="store_true", help="round to nearest, GPTQ and AWQ instead, at 4, 3 and 2 bits")
    add("--cache", action="store_true", help="the KV cache instead: bits, context, and which axis shares a scale")
    add("--orderings", action="store_true", help="the course's claims instead, each measured on several seeds")
    add("--slip", type=Path, metavar="FILE.py", help="put this file's functions in place: what does the slip cost?")
    add("--prompts", type=int, default=100, metavar="N", help="held-out prompts a task (default: %(default)s)")
    add("--documents", type=int, default=400, metavar="N", help="held-out documents of text (default: %(default)s)")
    add("--seed", type=int, default=0, help="of the prompts, the text and the twin's channels (default: %(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the rows as JSON")
    add("--plot", type=Path, metavar="FILE", help=f"draw bytes against quality ({', '.join(PLOT_KINDS)})")
    add("--write", action="store_true", help="maintainers: measure what the pages quote into data/measurements/")
    return parser


def main(argv: list[str]) -> int:
    """Exit code 0: measured, whatever the rows say; 2: a wrong argument or a model that cannot be used."""
    try:
        options = parser().parse_args(argv)
        return _run(options)
    except SystemExit as stop:
        return int(stop.code or 0)
    except (ModelError, NotUsable, ValueError, OSError) as error:
        print(f"lab eval: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    for name in ("json", "plot"):
        path = getattr(options, name)
        if path and not path.resolve().parent.is_dir():
            raise ValueError(f"--{name} {path}: there is no folder {path.parent}")
    if options.plot and options.plot.suffix not in PLOT_KINDS:
        raise ValueError(f"--plot {options.plot}: the name must end in {' or '.join(PLOT_KINDS)}")
    for name, most in (("prompts", MOST_PROMPTS), ("documents", 10_000)):
        if not 1 <= getattr(options, name) <= most:
            raise ValueError(f"--{name} {getattr(options, name)}: give a number from 1 to {most}")
    chosen = schemes.find(options.schemes.split(",") if options.schemes else None)
    implementation = _implementation(options.impl)
    # One thread: torch's pool and numpy's would wait for each other longer than they compute, and one gives the same
    # sums on every run.
    torch.set_num_threads(1)
    learner = Learner(implementation, functions_in(options.slip) if options.slip else None)
    model, tokenizer = load_model(options.model)
    if options.orderings:
        from labkit.models import orderings

        return orderings.run(model, tokenizer, learner, options)
    check_group_sizes(model, chosen)
    exam = Exam(tokenizer, options.prompts, options.documents, options.seed)
    channels = outliers.loud_channels(model.config.hidden_size, seed=options.seed)
    bench = (exam, outliers.calibration_ids(tokenizer))
    if options.write:
        return _store(model, implementation, chosen, bench, channels, options)
    if options.methods:
        total = 2 * len(measuring.METHODS) * len(measuring.METHOD_GRIDS)
        rows = _with_bar(total, lambda step: measuring.method_rows(model, learner, *bench, channels, step))
    elif options.cache:
        total = len(cache.WIDTHS) * len(cache.ARMS)
        rows = _with_bar(total, lambda step: measuring.cache_rows(model, learner, exam, step))
    elif options.twin:
        rows = _with_bar(
            len(measuring.TWIN_MODELS) * len(measuring.TWIN_SCHEMES),
            lambda step: measuring.twin_rows(model, learner, *bench, channels, step),
        )
    else:
        rows = _with_bar(len(chosen), lambda step: measuring.scheme_rows(model, learner, chosen, *bench, step))
    print(
        f"{options.impl}{f' with {options.slip.name}' if options.slip else ''} · {_model_name(options.model)} · "
        f"{exam.prompts} held-out prompts a task, {exam.documents} held-out documents\n"
    )
    tables = {"twin": twin_table, "methods": method_table, "cache": cache_table}
    print(next((table for name, table in tables.items() if getattr(options, name)), scheme_table)(rows))
    if options.json:
        options.json.write_text(
            json.dumps({"source": _source(options), "rows": rows}, indent=1) + "\n", encoding="utf-8"
        )
    if options.plot and "embedding_share" in rows[0] and not options.twin:
        from labkit.models import figures

        figures.save_pareto(rows, options.plot)
    return 0


def _implementation(setting: str) -> Implementation:
    try:
        return resolve(setting)
    except UsageError:
        raise ValueError(
            f"--impl {setting}: give starter, solution, a folder that holds <lab folder>/starter.py, or one .py file"
        ) from None


def _with_bar(total: int, measure) -> list[dict]:
    """Run ``measure(step)`` with a progress bar on stderr that names the row at work."""
    with tqdm(total=total, unit="row", desc="lab eval", leave=False, disable=None) as bar:
        begun = []

        def step(name: str) -> None:
            bar.update(1 if begun else 0)
            begun.append(name)
            bar.set_postfix_str(name)

        return measure(step)


def _model_name(folder: Path) -> str:
    return course.show_path(folder.resolve())


def _source(options: argparse.Namespace) -> dict:
    words = [f"lab eval --impl {options.impl}"]
    words += [f"--{name}" for name in ("twin", "methods", "cache", "write") if getattr(options, name)]
    words += [f"--slip {course.show_path(options.slip.resolve())}"] if options.slip else []
    words += [f"--prompts {options.prompts}", f"--documents {options.documents}", f"--seed {options.seed}"]
    return provenance.provenance(" ".join(words), PACKAGES, model=_model_name(options.model))


def _store(model, implementation, chosen, bench, channels, options) -> int:
    """Measure every table, and the core's again under each slip of `wrong/`; store model-eval.json."""
    arms = {"right": {}} | {path.stem: functions_in(path) for path in sorted(WRONG.glob("*.py"))}
    # A slip in the smoothing shows on the twin alone, any other in the table of schemes.
    twin = [name for name, instead in arms.items() if name == "right" or "smoothing_scales" in instead]
    plain = [name for name in arms if name == "right" or name not in twin]
    core = tuple(scheme for scheme in chosen if scheme in schemes.CORE)
    tables = {name: {"rows": [], "twin": []} for name in arms}
    more: dict[str, list[dict]] = {}

    def measure(step) -> list[dict]:
        for name, instead in arms.items():
            learner = Learner(implementation, instead)
            if name in plain:
                rows = chosen if name == "right" else core
                tables[name]["rows"] = measuring.scheme_rows(model, learner, rows, *bench, step)
            if name in twin:
                tables[name]["twin"] = measuring.twin_rows(model, learner, *bench, channels, step)
        right = Learner(implementation)
        more["methods"] = measuring.method_rows(model, right, *bench, channels, step)
        more["cache"] = measuring.cache_rows(model, right, bench[0], step)
        return []

    total = len(chosen) + (len(plain) - 1) * len(core)
    total += len(twin) * len(measuring.TWIN_MODELS) * len(measuring.TWIN_SCHEMES)
    total += 2 * len(measuring.METHODS) * len(measuring.METHOD_GRIDS) + len(cache.WIDTHS) * len(cache.ARMS)
    _with_bar(total, measure)
    right, wrong = tables.pop("right"), tables
    stored = {
        "source": _source(options),
        "prompts": options.prompts,
        "documents": options.documents,
        "loud_channels": channels,
        "factor": outliers.FACTOR,
        "alpha": outliers.ALPHA,
        **right,
        **more,
        "slips": wrong,
    }
    print(f"wrote {course.show_path(provenance.write('model-eval', stored))}")
    return 0


def scheme_table(rows: list[dict]) -> str:
    """The rows as text: bytes, share of the embedding, bits a weight, perplexity, exact match, each task."""
    base = next((row for row in rows if "bytes" in row), None)
    head = ["scheme", "bytes", "of bf16", "embedding", "bits/weight", "perplexity", "KL", "exact match", *corpus.TASKS]
    lines = []
    for row in rows:
        if "problem" in row:
            lines.append([row["scheme"], row["problem"]["says"]])
            continue
        match = row["exact_match"]
        lines.append([
            row["scheme"], f"{row['bytes']:,}", f"{row['bytes'] / base['bytes']:.1%}", f"{row['embedding_share']:.1%}",
            f"{row['bits_per_weight']:.3f}", perplexity_text(row["perplexity"]),
            divergence_text(row["divergence"]), f"{match['all']:.1%}", *(f"{match[task]:.0%}" for task in corpus.TASKS),
        ])  # fmt: skip
    return _aligned(head, lines)


def twin_table(rows: list[dict]) -> str:
    """One line a scheme, one column a model: perplexity and exact match; problems below."""
    by = {(row["scheme"], row["model"]): row for row in rows}
    lines, problems = [], {}
    for name in dict.fromkeys(row["scheme"] for row in rows):
        cells = []
        for column in measuring.TWIN_MODELS:
            row = by[name, column]
            if "problem" in row:
                note = problems.setdefault(row["problem"]["says"], len(problems) + 1)
                cells.append(f"[{note}]")
            else:
                cells.append(f"{perplexity_text(row['perplexity'])}  {row['exact_match']['all']:6.1%}")
        lines.append([name, *cells])
    notes = "".join(f"\n[{number}] {says}" for says, number in problems.items())
    return (
        "perplexity and exact match\n"
        + _aligned(["scheme", *measuring.TWIN_MODELS], lines)
        + ("\n" + notes if notes else "")
    )


def method_table(rows: list[dict]) -> str:
    """One line a grid and method: divergence and exact match, healthy and twin."""
    lines = []
    for scheme in dict.fromkeys(row["scheme"] for row in rows):
        own = [row for row in rows if row["scheme"] == scheme]
        problem = next((row["problem"]["says"] for row in own if "problem" in row), None)
        cells = [f"{divergence_text(r['divergence'])}  {r['exact_match']['all']:6.1%}" for r in own if not problem]
        lines.append([scheme, problem] if problem else [scheme, f"{own[0]['bits_per_weight']:.3f}", *cells])
    return "KL from bf16 in nats a token, and exact match\n" + _aligned(
        ["scheme", "bits/weight", "healthy", "twin"], lines
    )


def cache_table(rows: list[dict]) -> str:
    """One line a width and way to share a scale; one column a context."""
    lines = []
    for row in rows:
        name = f"{row['bits']} bits, {row['arm']}"
        problem = row.get("problem")
        lines.append([name, problem["says"]] if problem else [name, *map(divergence_text, row["divergence"])])
    head = ["cache", *(f"{tokens} tokens" for tokens in cache.CONTEXTS)]
    return "KL from the 16-bit cache in nats a token\n" + _aligned(head, lines)


def perplexity_text(value: float) -> str:
    """Four decimals while they mean something."""
    if value >= 1e6:
        return "> 1e6"
    return f"{value:.4f}" if value < 10 else f"{value:,.{max(0, 3 - int(math.log10(value)))}f}"


def divergence_text(value: float) -> str:
    """Three digits that mean something, in nats."""
    return "0" if value < 1e-6 else f"{value:.5f}" if value < 0.1 else f"{value:.3f}" if value < 1e3 else "> 1e3"


def _aligned(head: list[str], lines: list[list[str]]) -> str:
    full = [line for line in [head, *lines] if len(line) == len(head)]
    widths = [max(len(line[i]) for line in full) for i in range(len(head))]
    widths[0] = max(len(line[0]) for line in [head, *lines])
    text = []
    for line in [head, *lines]:
        if len(line) < len(head):
            text.append(f"{line[0]:{widths[0]}}  {line[1]}")
        else:
            text.append("  ".join([f"{line[0]:{widths[0]}}", *(f"{c:>{w}}" for c, w in zip(line[1:], widths[1:]))]))
    return "\n".join(text)
