"""The magics of the notebooks: `%%exercise NAME` writes a cell into starter.py and grades it, by the same tests.

%load_ext labkit.learner_tools.notebook
%lab_notebook 01 es       which lab, which language
%%exercise NAME           the cell's functions go into starter.py, then that exercise is graded
%scorecard                the whole lab, graded
%figure                   the lab's figure from your functions
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from labkit import course
from labkit.grading.submission import load
from labkit.learner_tools.put import NotPut, is_untouched, put
from labkit.screen import LANGUAGES

WORDS = {
    "no_exercise": ("{} has no exercise {!r}; there are: {}", "{} no tiene el ejercicio {!r}; hay: {}"),
    "not_put": ("Nothing was written: {}", "No se escribió nada: {}"),
    "untouched": (
        "This cell is as it came: replace the last line, `raise NotImplementedError(...)`, and run it again.",
        "Esta celda está como venía: cambia la última línea, `raise NotImplementedError(...)`, y ejecútala.",
    ),
    "written": ("{} is now in {}", "{} está ahora en {}"),
    "no_figure": ("The figure could not be drawn.", "No se pudo dibujar la figura."),
}


class Desk:
    """One notebook at work on one lab."""

    def __init__(self, lab: str = "01", language: str = "en", namespace: dict | None = None):
        self.lab = course.find(lab)
        self.language = language
        self.namespace = {} if namespace is None else namespace

    @property
    def starter(self) -> Path:
        return self.lab.folder / "starter.py"

    def _say(self, key: str, *fills) -> None:
        print(WORDS[key][LANGUAGES.index(self.language)].format(*fills))

    def exercise(self, line: str, cell: str) -> None:
        """Put the cell into the starter and grade its exercise."""
        name = line.strip()
        functions = [e.function for e in self.lab.exercises]
        if name not in functions:
            return self._say("no_exercise", self.lab.key, name, ", ".join(functions))
        if is_untouched(cell):
            return self._say("untouched")
        try:
            text = put(self.starter.read_text(encoding="utf-8"), cell, name)
        except NotPut as error:
            return self._say("not_put", error)
        _write(self.starter, text)
        self._say("written", name, course.show_path(self.starter))
        self.namespace[name] = load(self.starter).get(name)  # to be tried out in the cells that follow
        self._grade({"LAB_ONLY": name}, "-p", "labkit.learner_tools.only")

    def scorecard(self, line: str = "") -> None:
        self._grade({})

    def figure(self, line: str = ""):
        from labkit.learner_tools import plot

        target = course.ROOT / "build" / f"{self.lab.key}.png"
        target.unlink(missing_ok=True)
        plot.main([self.lab.number, "--impl", "starter", "--out", str(target), "--lang", self.language])
        if not target.is_file():
            return self._say("no_figure")
        try:
            from IPython.display import Image
        except ImportError:
            return None
        return Image(filename=str(target))

    def _grade(self, variables: dict, *options: str) -> None:
        """What `LAB_IMPL=starter pytest <lab>` prints."""
        command = [sys.executable, "-m", "pytest", "-qq", "-m", "not gpu", "-p", "no:cacheprovider", *options,
                   str(self.lab.folder)]  # fmt: skip
        environment = os.environ | {"LAB_IMPL": "starter", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"} | variables
        done = subprocess.run(command, env=environment, cwd=course.ROOT, capture_output=True)
        print((done.stdout + done.stderr).decode("utf-8", "replace").strip())


def load_ipython_extension(shell) -> None:
    """Called by %load_ext."""
    desk = Desk(namespace=shell.user_ns)

    def lab_notebook(line: str) -> None:
        number, _, language = line.strip().partition(" ")
        desk.lab, desk.language = course.find(number), language.strip() or "en"

    shell.register_magic_function(lab_notebook, "line")
    shell.register_magic_function(desk.exercise, "cell", "exercise")
    shell.register_magic_function(desk.scorecard, "line", "scorecard")
    shell.register_magic_function(desk.figure, "line", "figure")


def _write(path: Path, text: str) -> None:
    """The whole file or nothing."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
