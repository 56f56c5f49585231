"""`lab --help`: one line a verb, for whom it is, in the person's language; what a mistyped verb may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from labkit.screen import Screen

USAGE = {
    "en": (
        ("lab", "where you are, and what is next"),
        ("lab VERB --help", "more about one verb"),
        ("lab --help --all", "one line about every verb"),
    ),
    "es": (
        ("lab", "dónde estás, y qué sigue"),
        ("lab VERBO --help", "más sobre un verbo"),
        ("lab --help --all", "una línea sobre cada verbo"),
    ),
}
GROUPS = {
    "learners": {"en": "Doing the labs", "es": "Para hacer los labs"},
    "model": {"en": "The trained model, and the engine", "es": "El modelo entrenado, y el motor"},
    "instructors": {"en": "Teaching with them", "es": "Para enseñar con ellos"},
    "maintainers": {"en": "Keeping the course", "es": "Para mantener el curso"},
}
MODEL = ("train", "eval", "plots", "checkpoint", "meters", "serve")
SPANISH = {
    "grade": "califica lo que escribiste: todos los labs, o `lab grade 03`",
    "check": "califica un lab o un ejercicio: `lab check 03.2`",
    "watch": "califica otra vez cada vez que guardas",
    "hint": "una pista para lo que falla: `lab hint 03.2`",
    "next": "qué hacer ahora, y dónde",
    "reset": "una función como vino, la tuya queda guardada: `lab reset 03.2`",
    "solution": "la de referencia, cuando la tuya pasa o lo dejas",
    "doctor": "¿está lista esta máquina? qué significa, qué hacer",
    "plot": "la figura de un lab con tus funciones: `lab plot 01`",
    "card": "lo que construiste, medido ahora: texto e imagen",
    "quiz": "responde, entiende por qué, repite lo que fallaste",
    "interview": "ensaya preguntas de entrevista: piensa, descubre, compara",
    "plan": "rellena el plan de un lab de lectura con los números de un modelo: `lab plan 10`",
    "train": "entrena el pequeño modelo de lenguaje del curso",
    "eval": "cuantiza el modelo con tus funciones: bytes, perplejidad, aciertos exactos",
    "plots": "dibuja las figuras y rellena las tablas de la página del modelo",
    "checkpoint": "escribe el modelo cuantizado en archivos para vLLM y transformers",
    "meters": "cada esquema en vLLM de verdad: capacidad, velocidad, sensatez",
    "serve": "sirve un checkpoint con el servidor de vLLM, solo en esta máquina",
    "cohort": "califica una carpeta de entregas, cada una aislada",
    "cohort-sample": "inventa una clase para probar el calificador",
    "grades": "notas en CSV, para Gradescope, en JUnit XML",
    "similar": "qué entregas comparten código",
    "release": "escribe la edición para estudiantes, sin soluciones",
    "export": "los cuestionarios para Anki, Moodle o Canvas (QTI)",
    "cohort-bench": "a qué velocidad se califica una clase, junto a pytest y otter-grader",
    "docs": "construye el sitio, o lo muestra: `lab docs serve`",
    "texts": "escribe las páginas de cuestionarios y entrevistas; lista afirmaciones y pruebas",
    "excerpts": "copia en los labs de lectura el comienzo de los starters",
    "measure": "calcula los números que citan las páginas",
    "crosscheck": "las soluciones junto a las bibliotecas del campo, bit a bit",
    "bench": "cronometra la calificación y las soluciones junto a otras",
    "capture-packing": "registra cómo empaquetan int4 las bibliotecas",
    "starter": "escribe el starter de un lab a partir de su solución",
}
UNKNOWN = {
    "en": "lab: there is no verb {verb!r}.{meant} All of them: lab --help",
    "es": "lab: no hay ningún verbo {verb!r}.{meant} Todos: lab --help",
}
MEANT = {"en": " Did you mean {commands}?", "es": " ¿Querías decir {commands}?"}
OR = {"en": " or ", "es": " o "}


def show(verbs: Mapping[str, tuple[str, str]], screen: Screen, every: bool = False) -> None:
    """`verbs`: name -> (module, English), whose first word says for whom it is; without one, for learners.

    What is not for learners is named, and explained only with `every`: a learner's screen has room for their own.
    """
    screen.steps(list(USAGE[screen.language]), indent=0)
    for group, title in GROUPS.items():
        of = {verb: says for verb, (_, says) in verbs.items() if group_of(verb, says) == group}
        if not of:
            continue
        width = max(map(len, of)) + 2
        screen.line()
        screen.line(title[screen.language], "bold")
        if group not in ("learners", "model") and not every:
            screen.line(", ".join(of), "dim", indent=2)
            continue
        for verb, says in of.items():
            says = says.removeprefix(f"{group}: ")
            screen.line(SPANISH.get(verb, says) if screen.language == "es" else says, indent=2, hang=verb.ljust(width))


def group_of(verb: str, says: str) -> str:
    first = says.partition(": ")[0]
    return "model" if verb in MODEL else first if first in GROUPS else "learners"


def unknown(verb: str, verbs: Mapping[str, tuple[str, str]], screen: Screen) -> None:
    """Say that there is no such verb, and the nearest that there are."""
    if re.fullmatch(r"(lab-?)?\d\d?([.:]\w+)?", verb):
        near = [f"lab check {verb}"]
    else:
        near = [f"lab {name}" for name in difflib.get_close_matches(verb.lower(), verbs, n=2, cutoff=0.6)]
    meant = MEANT[screen.language].format(commands=OR[screen.language].join(near)) if near else ""
    screen.complain(UNKNOWN[screen.language].format(verb=verb, meant=meant))
