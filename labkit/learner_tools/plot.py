"""`lab plot 01`: the lab's figure from your functions, beside what the contract gives.

Exit code 0: drawn, or the numbers shown where matplotlib is missing; 2: a wrong argument.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
import webbrowser
from pathlib import Path

from labkit import course
from labkit.grading import implementation
from labkit.learner_tools.drawing import REFERENCE, YOURS, Row
from labkit.learner_tools.finding import nearby, python_command
from labkit.learner_tools.yours import Yours
from labkit.screen import LANGUAGES, Screen, forgiving, language_of

MARKS = {"good": ("✓", "green"), "note": ("·", "yellow"), "bad": ("✗", "red")}
KINDS = (".png", ".svg", ".pdf")
WORDS = {
    "about": (
        "Draw a lab's figure from your functions, beside what the contract gives.",
        "Dibuja la figura de un laboratorio con tus funciones, junto a lo que da el contrato.",
    ),
    "lab": ("which lab, for example 01", "qué laboratorio, por ejemplo 01"),
    "out": ("the file (default: build/lab-NN.png)", "el archivo (por defecto, build/lab-NN.png)"),
    "impl": (
        "whose functions (default: LAB_IMPL, else starter)",
        "de quién son las funciones (por defecto, LAB_IMPL o starter)",
    ),  # fmt: skip  # noqa: E501
    "theme": ("light or dark", "claro (light) u oscuro (dark)"),
    "open": ("show it when it is drawn", "ábrela al terminar"),
    "lang": ("language (default: that of the terminal)", "idioma (por defecto, el del terminal)"),
    "not_written": ("not written yet, so left out: {}", "sin escribir todavía, y por eso no están: {}"),
    "broken": ("left out: {}", "no está: {}"),
    "nothing": (
        "None of this lab's functions that the figure needs is written: there is only the reference to draw.",
        "No está escrita ninguna de las funciones que la figura necesita: solo se puede dibujar la referencia.",
    ),
    "no_figure": ("{} has no figure; there are figures of: {}", "{} no tiene figura; las hay de: {}"),
    "kind": ("--out {}: the name must end in {}", "--out {}: el nombre debe acabar en {}"),
    "folder": ("--out {}: cannot be written: {}", "--out {}: no se puede escribir: {}"),
    "matplotlib": (
        "These are the figure's numbers. The picture needs matplotlib, which is not installed here:",
        "Estos son los números de la figura. El dibujo necesita matplotlib, que aquí no está instalado:",
    ),
    "wrote": ("wrote {}", "escrito {}"),
}


def main(argv: list) -> int:
    forgiving(sys.stdout, sys.stderr)
    i = LANGUAGES.index(language_of(argv))
    try:
        options = _parser(i).parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    i = LANGUAGES.index(options.lang)
    screen = Screen(options.lang)
    try:
        lab = course.find(options.lab)
        chosen = implementation.resolve(options.impl)
        module = _figure_of(lab, i)
        target = _target(options.out, lab, i)
    except (course.CourseError, implementation.UsageError) as error:
        print(f"lab plot: {error}", file=sys.stderr)
        return 2
    yours = Yours(chosen, lab)
    data = module.measure(yours)
    _tell(screen, lab, data["rows"], yours, i)
    try:
        _save(module, data, target, options.theme, i)
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        screen.line(WORDS["matplotlib"][i])
        screen.line(f"  {python_command()} -m pip install matplotlib")
        return 0
    except OSError as error:
        print(f"lab plot: {WORDS['folder'][i].format(target, error.strerror or error)}", file=sys.stderr)
        return 2
    screen.line(WORDS["wrote"][i].format(nearby(target)))
    if options.open:
        webbrowser.open(target.resolve().as_uri())
    return 0


def _parser(i: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab plot", description=WORDS["about"][i])
    add = parser.add_argument
    add("lab", metavar="LAB", help=WORDS["lab"][i])
    add("--out", "-o", type=Path, metavar="FILE", help=WORDS["out"][i])
    impl = os.environ.get("LAB_IMPL") or "starter"
    add("--impl", default=impl, metavar="starter|solution|PATH", help=WORDS["impl"][i])
    add("--theme", choices=("light", "dark"), default="light", help=WORDS["theme"][i])
    add("--open", action="store_true", help=WORDS["open"][i])
    add("--lang", choices=LANGUAGES, default=LANGUAGES[i], help=WORDS["lang"][i])
    return parser


def _figure_of(lab: course.Lab, i: int):
    """The module that measures and draws the lab's figure; CourseError for a lab that has none."""
    name = f"labkit.learner_tools.figure_{lab.number}"
    if importlib.util.find_spec(name) is None:
        there = sorted(path.stem[-2:] for path in Path(__file__).parent.glob("figure_[0-9]*.py"))
        raise course.CourseError(WORDS["no_figure"][i].format(lab.key, ", ".join(there)))
    return importlib.import_module(name)


def _target(out: Path | None, lab: course.Lab, i: int) -> Path:
    if out is None:
        return course.ROOT / "build" / f"{lab.key}.png"
    if out.suffix.lower() not in KINDS:
        raise course.CourseError(WORDS["kind"][i].format(out, ", ".join(KINDS)))
    return out


def _tell(screen: Screen, lab: course.Lab, rows: list[Row], yours: Yours, i: int) -> None:
    """The figure's main numbers as text, and every function that could not be used, by name."""
    screen.line(f"Lab {lab.number} · {lab.title[LANGUAGES[i]]}", "bold")
    _table(screen, rows, i)
    unwritten = [name for name, problem in yours.problems.items() if problem.kind == "not written"]
    if all(row.yours is None for row in rows):
        screen.line(WORDS["nothing"][i])
    if unwritten:
        screen.line(WORDS["not_written"][i].format(", ".join(unwritten)))
    for name, problem in yours.problems.items():
        if name not in unwritten:
            screen.line(WORDS["broken"][i].format(f"{name}: {problem.reason}"))


def _table(screen: Screen, rows: list[Row], i: int) -> None:
    """Label, yours, reference; on a narrow screen the two numbers stand under their label."""
    cells = [("-" if r.yours is None else r.form.format(r.yours), r.form.format(r.reference)) for r in rows]
    wide = [max(len(cell[k]) for cell in [(YOURS[i], REFERENCE[i]), *cells]) for k in (0, 1)]
    label = max(len(screen.plain(r.label[i])) for r in rows)
    narrow = 4 + label + 4 + sum(wide) > screen.width
    label = screen.width - 8 - sum(wide) if narrow else label
    screen.line(f"{'':{label}}  {YOURS[i]:>{wide[0]}}  {REFERENCE[i]:>{wide[1]}}", "dim", indent=4)
    for row, (yours, reference) in zip(rows, cells):
        colour = "good" if row.agrees else "note" if row.yours is None else "bad"
        numbers = f"  {yours:>{wide[0]}}  {reference:>{wide[1]}}"
        says = screen.plain(row.label[i])
        screen.line(says if narrow else says.ljust(label) + numbers, indent=2, sign=MARKS[colour])
        if narrow:
            screen.line(" " * label + numbers, indent=4)


def _save(module, data: dict, target: Path, theme: str, i: int) -> None:
    """Draw into `target`, whole or not at all; ModuleNotFoundError without matplotlib."""
    import matplotlib  # noqa: F401  the first to be missed
    from matplotlib.figure import Figure

    from labkit.learner_tools.drawing import legend
    from labkit.models import figures

    colours = figures.THEMES[theme]
    with matplotlib.rc_context(figures.STYLE | figures.rc_of(theme)):
        figure = Figure(figsize=(10, 4.6), layout="constrained", facecolor=colours["paper"])
        figures.title(figure, dict(zip(LANGUAGES, module.TITLE)), LANGUAGES[i])
        module.draw(figure, data, colours, i)
        legend(figure, colours, i)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            figure.savefig(part, dpi=150, format=target.suffix[1:].lower())
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
