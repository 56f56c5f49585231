"""The reference of the labs' functions: signature and docstring as the starters have them, in one sentence each before.

    python -m labkit.site.reference     everything that is wrong with data/reference.yaml

Starters are read and never imported: a learner may be in the middle of one.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from labkit import course
from labkit.quizzes import marked, numbers, schema, words
from labkit.quizzes.items import Held, Item, Text
from labkit.quizzes.marked import ContentError, Slip
from labkit.site import docstrings
from labkit.site.page import Page
from labkit.site.places import place

FILE = "data/reference.yaml"
SLUG = "reference/functions"
SOURCE = "data/reference/{key}.md"  # where a lab's page would lie: its links start there
UP = "../../"
DIFFICULTY = 5
WIDTH = 72  # of a line of code that a page shows whole
SAY: dict[str, Text] = {
    "title": {"en": "Functions", "es": "Funciones"},
    "intro": {
        "en": "Every function that you write, {count} in all, in the order of the path. Points are those of the lab's "
        "scorecard; what is beyond the core is scored apart.",
        "es": "Todas las funciones que escribes, {count} en total, en el orden del recorrido. Los puntos son los de la "
        "hoja de puntos del laboratorio; lo que va más allá del núcleo se puntúa aparte.",
    },
    "lab_title": {"en": "Functions of lab {number}", "es": "Funciones del laboratorio {number}"},
    "lab_intro": {
        "en": "[{title}]({page}), function by function: the signature and the docstring as they stand in "
        "[`starter.py`]({starter}).",
        "es": "[{title}]({page}), función a función: la firma y el docstring tal como están en "
        "[`starter.py`]({starter}), en inglés, como todo el código.",
    },
    "points": {"en": "points", "es": "puntos"},
    "beyond": {"en": "beyond", "es": "adicional"},
    "minutes": {"en": "about {minutes} min", "es": "unos {minutes} min"},
    "exercise": {"en": "Exercise {name}", "es": "Ejercicio {name}"},
    "contract": {"en": "the contract", "es": "el contrato"},
    "dots": {"en": "difficulty {count} of {most}", "es": "dificultad {count} de {most}"},
}


@dataclass(frozen=True)
class Function:
    """One function as the starter has it."""

    name: str
    line: int
    signature: str  # "def name(…) -> …:", a parameter a line where it is long
    docstring: str


def functions(starter: Path) -> dict[str, Function]:
    """The functions of a starter, by name; CourseError if it is not Python."""
    source = starter.read_text(encoding="utf-8")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        where = f"{course.show_path(starter)}:{error.lineno}"
        raise course.CourseError(f"{where}: this is not Python, {error.msg}: mend it, or `lab reset`") from None
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            docstring = inspect.cleandoc(ast.get_docstring(node, clean=False) or "")
            found[node.name] = Function(node.name, node.lineno, _signature(node), docstring)
    return found


def _signature(node: ast.FunctionDef) -> str:
    parameters, depth = [""], 0
    for character in ast.unparse(node.args):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parameters.append("")
        else:
            parameters[-1] += character
    # unparse writes `bits: int=8`, and everybody else `bits: int = 8`
    parameters = [re.sub(r"^(\w+: .*?)=", r"\1 = ", parameter.strip()) for parameter in parameters]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    whole = f"def {node.name}({', '.join(parameters)}){returns}:"
    if len(whole) <= WIDTH:
        return whole
    return "\n".join([f"def {node.name}(", *(f"    {parameter}," for parameter in parameters), f"){returns}:"])


def slips(root: Path = course.ROOT) -> list[Slip]:
    """Everything that is wrong: form, functions that the labs do not have or the file lacks, numbers, sentences."""
    source = marked.read(root / FILE)
    found = source.slips if source.data is None else source.slips + schema.slips(source, "functions")
    if found:
        return found
    told, known = source.data["functions"], {}
    for lab in course.labs(root):
        written = functions(lab.folder / "starter.py")
        for exercise in lab.exercises:
            known[exercise.function] = lab
            if exercise.function not in told:
                says = f"lacks `{exercise.function}` of {lab.key}: one sentence in both languages, {{en: …, es: …}}"
                found.append(source.slip(("functions",), says))
            if exercise.function not in written:
                starter = course.show_path(lab.folder / "starter.py")
                found.append(source.slip(("functions", exercise.function), f"{starter} has no such function"))
    for name, text in told.items():
        at, line = ("functions", name), source.line(("functions", name))
        if name not in known:
            found.append(source.slip(at, f"no lab has a function {name!r}: remove it, or correct its name"))
        for language in course.LANGUAGES:
            if len(re.findall(r"[.?!](?=\s|$)", text[language])) != 1 or not text[language].rstrip().endswith("."):
                found.append(
                    source.slip((*at, language), f"`{name}.{language}` is to be one sentence with its full stop")
                )
        found += numbers.slips(Item(name, source.file, line, {"en": name, "es": name}, (), (Held(name, text, line),)))
    return sorted(set(found))


def pages(language: str, root: Path = course.ROOT) -> list[Page]:
    """An overview, and one page a lab."""
    wrong = slips(root)
    if wrong:
        raise ContentError(wrong)
    told = marked.read(root / FILE).data["functions"]
    labs = course.labs(root)
    count = sum(len(lab.exercises) for lab in labs)
    title = _say("title", language)
    lines = [f"# {title}", "", _say("intro", language, count=count), ""]
    built = []
    for lab in labs:
        lines += [f"## {_lab(lab, language)} {{ #{lab.key} }}", "", *_list(lab, told, language), ""]
        built.append(_page(lab, told, language, root))
    return [Page(SLUG, title, "\n".join(lines), FILE), *built]


def _page(lab: course.Lab, told: dict, language: str, root: Path) -> Page:
    page, anchor, _ = place(lab.number, "the-contract", language, root)
    starter = (lab.folder / "starter.py").relative_to(root).as_posix()
    written = functions(lab.folder / "starter.py")
    title = _say("lab_title", language, number=lab.number)
    intro = _say("lab_intro", language, title=_lab(lab, language), page=f"{UP}{page}", starter=f"{UP}{starter}")
    lines = [f"# {title}", "", intro, ""]
    for exercise in lab.exercises:
        function = written[exercise.function]
        about = [
            _say("exercise", language, name=f"{lab.number}.{exercise.number}"),
            f"{exercise.points:g} {_say('points', language)}",
            *([f"**{_say('beyond', language)}**"] if exercise.beyond else []),
            _dots(exercise.difficulty, language),
            _say("minutes", language, minutes=exercise.minutes),
            f"[{_say('contract', language)}](../../{page}#{anchor})",
        ]
        lines += [f"## `{exercise.function}` {{ #{exercise.function} }}", "", told[exercise.function][language], ""]
        lines += [" · ".join(about), "", "```python", function.signature, "```", ""]
        lines += [docstrings.shown(function.docstring), ""]
    return Page(f"reference/{lab.key}", title, "\n".join(lines), SOURCE.format(key=lab.key))


def _list(lab: course.Lab, told: dict, language: str) -> list[str]:
    """A function an item; on a phone a table of four columns would be read sideways."""
    lines = []
    for exercise in lab.exercises:
        name = f"[`{exercise.function}`]({SOURCE.format(key=lab.key).removeprefix('data/')}#{exercise.function})"
        about = [name, f"{exercise.points:g} {_say('points', language)}", _dots(exercise.difficulty, language)]
        about += [_say("beyond", language)] if exercise.beyond else []
        lines.append(f"- {' · '.join(about)}<br>{told[exercise.function][language]}")
    return lines


def _dots(difficulty: int, language: str) -> str:
    """Filled and empty dots for the eye, words for whoever does not see them."""
    says = _say("dots", language, count=difficulty, most=DIFFICULTY)
    dots = "●" * difficulty + "○" * (DIFFICULTY - difficulty)
    return f'<span title="{says}" aria-label="{says}" role="img">{dots}</span>'


def _lab(lab: course.Lab, language: str) -> str:
    name = words.say(language, "lab", number=lab.number)
    return f"{name[:1].upper()}{name[1:]} · {lab.title[language]}"


def _say(what: str, language: str, **values) -> str:
    return SAY[what][language].format(**values)


def main() -> int:
    found = slips()
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} slips")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
