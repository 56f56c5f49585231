"""`lab card`: what you built, in real terms, as text and as an image.

It grades your work now, with the course's own tests, and measures your functions on the course's model now. Nothing
is remembered and nothing is claimed for you: a lab is on the card when every exercise of its core passes.

Exit code 0: the card is shown (written, once a lab is complete); 1: grading gave no result; 2: a wrong argument.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from labkit import course, provenance
from labkit.grading import implementation
from labkit.learner_tools import card_facts, card_image
from labkit.learner_tools.finding import install_command, nearby, python_command
from labkit.learner_tools.yours import Yours
from labkit.models.learner import NotUsable
from labkit.screen import LANGUAGES, Screen, forgiving, language_of

KINDS = (".svg", ".png")
MARKS = {"complete": ("✓", "green"), "unchecked": ("?", "cyan"), "open": ("·", "yellow")}
UNCHECKED = ("not_checked", "not_run")
WORDS = {
    "about": (
        "What you built, in real terms: text and an image.",
        "Lo que construiste, en cifras reales: texto e imagen.",
    ),
    "out": (
        "the image, .svg or .png (default: build/card.svg)",
        "la imagen, .svg o .png (por defecto, build/card.svg)",
    ),
    "name": ("a name to put on it", "un nombre que poner en ella"),
    "impl": (
        "whose work (default: LAB_IMPL, else starter)",
        "de quién es el trabajo (por defecto, LAB_IMPL o starter)",
    ),
    "no_model": ("leave out the trained model (which needs torch)", "sin el modelo entrenado (que necesita torch)"),
    "lang": ("language (default: that of the terminal)", "idioma (por defecto, el del terminal)"),
    "title": ("Quantizing language models", "Cuantizar modelos de lenguaje"),
    "lab": ("Lab", "Laboratorio"),
    "points": ("{} of {} points", "{} de {} puntos"),
    "beyond": ("beyond the core {} of {}", "más allá del núcleo {} de {}"),
    "unchecked": ("{} points not checked on this machine", "{} puntos sin comprobar en esta máquina"),
    "exercises": ("{} of {} exercises", "{} de {} ejercicios"),
    "foot": (
        "Graded and measured on {} by the course's own tests: Python {}, numpy {}, {}.",
        "Evaluado y medido el {} con las propias pruebas del curso: Python {}, numpy {}, {}.",
    ),
    "no_torch": (
        "What the trained model itself answers needs torch: {}",
        "Lo que responde el propio modelo entrenado necesita torch: {}",
    ),
    "nothing": (
        "No lab is complete yet; the image comes with the first one.",
        "Ningún laboratorio está completo todavía; la imagen llega con el primero.",
    ),
    "kind": ("--out {}: the name must end in {}", "--out {}: el nombre debe acabar en {}"),
    "no_result": ("grading gave no result: {}", "la evaluación no dio resultado: {}"),
    "png": (
        "--out {}: a PNG needs matplotlib ({}); an .svg needs nothing",
        "--out {}: un PNG necesita matplotlib ({}); un .svg no necesita nada",
    ),  # fmt: skip  # noqa: E501
    "wrote": ("wrote {}", "escrito {}"),
    "broken": ("{} could not be measured: {}", "{} no se pudo medir: {}"),
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
        chosen = implementation.resolve(options.impl)
        if options.out.suffix.lower() not in KINDS:
            raise course.CourseError(WORDS["kind"][i].format(options.out, ", ".join(KINDS)))
        card = _grade(options.impl, i)
    except (implementation.UsageError, course.CourseError) as error:
        print(f"lab card: {error}", file=sys.stderr)
        return 2
    except RuntimeError as error:
        print(f"lab card: {error}", file=sys.stderr)
        return 1
    blocks, notes = _blocks(card, chosen, i, not options.no_model)
    today = datetime.date.today().isoformat()
    cpu = provenance.cpu_name() or platform.machine()
    foot = [WORDS["foot"][i].format(today, platform.python_version(), metadata.version("numpy"), cpu)]
    _tell(screen, blocks, foot + notes, options.name, i)
    if all(state == "open" for state, *_ in blocks):
        screen.line(WORDS["nothing"][i])
        return 0
    try:
        _write(options.out, blocks, foot, options.name, i)
    except ModuleNotFoundError:
        command = f"{python_command()} -m pip install matplotlib"
        print(f"lab card: {WORDS['png'][i].format(options.out, command)}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"lab card: {options.out}: {error.strerror or error}", file=sys.stderr)
        return 2
    screen.line(WORDS["wrote"][i].format(nearby(options.out)))
    return 0


def _parser(i: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab card", description=WORDS["about"][i])
    add = parser.add_argument
    add("--out", "-o", type=Path, default=course.ROOT / "build" / "card.svg", metavar="FILE", help=WORDS["out"][i])
    add("--name", default="", help=WORDS["name"][i])
    impl = os.environ.get("LAB_IMPL") or "starter"
    add("--impl", default=impl, metavar="starter|solution|PATH", help=WORDS["impl"][i])
    add("--no-model", action="store_true", help=WORDS["no_model"][i])
    add("--lang", choices=LANGUAGES, default=LANGUAGES[i], help=WORDS["lang"][i])
    return parser


def _grade(impl: str, i: int) -> dict:
    """The scorecard of every lab, by the same tests as ever, in a process of its own; RuntimeError without one."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "card.json")
        command = [sys.executable, "-m", "pytest", "-qq", "-p", "no:cacheprovider", "-m", "not gpu and not engine",
                   "--scorecard", str(target), *(str(lab.folder) for lab in course.labs())]  # fmt: skip
        done = subprocess.run(command, env={**os.environ, "LAB_IMPL": impl}, capture_output=True)
        if not target.is_file():
            words = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
            raise RuntimeError(WORDS["no_result"][i].format(words[-1] if words else done.returncode))
        return json.loads(target.read_text(encoding="utf-8"))


def state_of(lab: dict) -> str:
    """`complete`: every core exercise passes; `unchecked`: all do that this machine can check; else `open`."""
    core = {e["status"] for e in lab["exercises"] if not e["beyond"]}
    if core == {"passed"}:
        return "complete"
    return "unchecked" if "passed" in core and core <= {"passed", *UNCHECKED} else "open"


def _blocks(card: dict, chosen, i: int, with_model: bool) -> tuple[list, list[str]]:
    """One block a lab, as `card_image.lay_out` wants them, and notes on what could not be measured."""
    by_key = {entry["lab"]: entry for entry in card["labs"]}
    graded = [(lab, by_key[lab.key]) for lab in course.labs() if lab.key in by_key]
    complete = [lab.number for lab, entry in graded if state_of(entry) != "open"]
    notes, answers = [], {}
    if with_model and set(complete) & set(card_facts.ANSWERED):
        try:
            answers = card_facts.answers(chosen, complete)
        except ImportError:
            notes.append(WORDS["no_torch"][i].format(install_command("models")))
    blocks = []
    for lab, entry in graded:
        facts = []
        if lab.number in complete and lab.number in card_facts.FACTS:
            try:
                facts = card_facts.FACTS[lab.number](Yours(chosen, lab)) + answers.get(lab.number, [])
            except (NotUsable, OSError) as error:
                notes.append(WORDS["broken"][i].format(f"{WORDS['lab'][i]} {lab.number}", error))
        heading = f"{WORDS['lab'][i]} {lab.number} · {lab.title[LANGUAGES[i]]}"
        pairs = [(fact.value, fact.words[i]) for fact in facts]
        blocks.append((state_of(entry), heading, _points(entry, i), pairs))
    return blocks, notes


def _points(entry: dict, i: int) -> str:
    core, beyond = entry["points"], entry["points_beyond"]
    done = [e["status"] == "passed" for e in entry["exercises"] if not e["beyond"]]
    unchecked = sum(e["points_possible"] for e in entry["exercises"] if not e["beyond"] and e["status"] in UNCHECKED)
    parts = [WORDS["exercises"][i].format(sum(done), len(done))]
    parts.append(WORDS["points"][i].format(_number(core["earned"]), _number(core["possible"])))
    if unchecked:
        parts.append(WORDS["unchecked"][i].format(_number(unchecked)))
    if beyond["earned"]:
        parts.append(WORDS["beyond"][i].format(_number(beyond["earned"]), _number(beyond["possible"])))
    return ", ".join(parts)


def _number(points: float) -> str:
    return f"{int(points * 10 + 1e-6) / 10:g}"  # rounded down: nearly all is never shown as all


def _tell(screen: Screen, blocks: list, foot: list[str], name: str, i: int) -> None:
    screen.line(WORDS["title"][i] + (f" · {name}" if name else ""), "bold")
    for state, heading, points, facts in blocks:
        screen.line(heading, indent=2, sign=MARKS[state])
        screen.line(points, indent=6)
        for value, words in facts:
            screen.line(words, indent=6, hang=f"{value:>8}  ")
    screen.line()
    for line in foot:
        screen.line(line)


def _write(target: Path, blocks: list, foot: list[str], name: str, i: int) -> None:
    """Write the image whole or not at all."""
    title = WORDS["title"][i]
    texts, rules, height = card_image.lay_out(title, name, blocks, foot)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        if target.suffix.lower() == ".png":
            card_image.png(texts, rules, height, part)
        else:
            part.write_text(card_image.svg(texts, rules, height, LANGUAGES[i], title), encoding="utf-8")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
