"""`lab plots`: the figures and the tables of the model's page, from data/measurements/ alone.

Each figure is drawn in English and Spanish, for light and for dark pages, as SVG with a transparent background
into docs/figures/. The same data give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from labkit import course, provenance
from labkit.models import pages


def main(argv: list[str]) -> int:
    """Exit code 0: drawn and filled, or, with --check, nothing would change; 1: something would; 2: no data."""
    parser = argparse.ArgumentParser(prog="lab plots", description=__doc__)
    parser.add_argument(
        "--measure", action="store_true", help="first run the measurements behind the figures (minutes)"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; say what would change")
    options = parser.parse_args(argv)
    try:
        if options.measure:
            _measure()
        changed = [*_draw(options.check), *pages.fill_all(options.check)]
    except FileNotFoundError as error:
        print(
            f"lab plots: {course.show_path(Path(error.filename))} is missing; see docs/en/model.md for its command",
            file=sys.stderr,
        )
        return 2
    except course.CourseError as error:
        print(f"lab plots: {error}", file=sys.stderr)
        return 2
    print("\n".join(changed) if changed else "every figure and table is as measured")
    return 1 if options.check and changed else 0


def _measure() -> None:
    from labkit.grading.implementation import resolve
    from labkit.models import figure_data
    from labkit.models.learner import Learner
    from labkit.models.load import load_model
    from labkit.models.report import PACKAGES

    documents = 400
    with tqdm(total=4, unit="part", desc="lab plots --measure", leave=False, disable=None) as bar:
        data = figure_data.measure(
            *load_model(),
            Learner(resolve("solution")),
            documents,
            lambda name: (bar.set_postfix_str(name), bar.update()),
        )
    source = provenance.provenance("lab plots --measure", PACKAGES, documents=documents, seed=0)
    provenance.write("model-figures", {"source": source, **data})


def _draw(check: bool) -> list[str]:
    """Draw every figure; the lines name the files that changed (or would)."""
    from labkit.models import figures

    changed = []
    figures.FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in figures.draw_all(provenance.read("model-figures"), provenance.read("model-eval")):
        path = figures.FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed.append(f"{course.show_path(path)}: not as measured")
            if not check:
                path.write_text(text, encoding="utf-8")
    return changed
