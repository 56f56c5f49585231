"""Write the notebooks: `python -m labkit.learner_tools.notebook_build [--check]`.

Their exercises come from the lab's starter.py, so that a notebook never says anything else than the starter does.
Exit code 0: written, or up to date; 1 with --check: a notebook is not up to date.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

from labkit import course
from labkit.learner_tools.notebook_words import INTRO, WORDS

FOLDER = course.ROOT / "notebooks"
LAB = "01"

SET_UP = """#@title {title}
import os, re, subprocess, sys
from importlib import metadata
from pathlib import Path

ADDRESS = ""  #@param {{type:"string"}}

places = [Path.cwd(), *Path.cwd().parents, *Path.cwd().glob("*/")]
course = next((p for p in places if (p / "labkit" / "course.py").is_file()), None)
if course is None:
    address = ADDRESS or input("{ask} ")
    address = re.sub(r".*colab[^/]*/github/", "https://github.com/", address.strip())
    address = re.split(r"/(?:blob|tree)/", address)[0].rstrip("/")
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", address, "course"], check=True)
    course = Path("course")
os.chdir(course)
try:
    metadata.version("quantization-labs")
except metadata.PackageNotFoundError:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--editable", "."], check=True)
sys.path.insert(0, os.getcwd())
import numpy as np

%load_ext labkit.learner_tools.notebook
%lab_notebook {number} {language}
print("{done}", Path.cwd().name)"""
KEEP = """from labkit import course as contents

starter = contents.find("{number}").folder / "starter.py"
print("{lies}", contents.show_path(starter))
try:
    from google.colab import files

    files.download(str(starter))
except ImportError:
    pass"""
TRY = "# w = np.array([[0.5, -2.54, 1.0]], np.float32)\n# quantize_per_tensor(w)"


def build(language: str) -> dict:
    """The notebook in one language, as the data of an .ipynb file."""
    lab, words = course.find(LAB), WORDS[language]
    page = f"../{course.show_path(lab.folder)}/README{'' if language == 'en' else '.es'}.md"
    source = (lab.folder / "starter.py").read_text(encoding="utf-8")
    functions = {node.name: ast.get_source_segment(source, node) for node in ast.parse(source).body
                 if isinstance(node, ast.FunctionDef)}  # fmt: skip
    cells = [_text(INTRO[language].format(number=lab.number, title=lab.title[language], page=page))]
    fills = {"title": words["set_up"], "ask": words["ask"], "done": words["done"]}
    cells.append(_code(SET_UP.format(number=lab.number, language=language, **fills)))
    for beyond in (False, True):
        if beyond:
            cells.append(_text(words["beyond"]))
        for e in (e for e in lab.exercises if e.beyond == beyond):
            fill = {"number": e.number, "function": e.function, "points": f"{e.points:g}", "minutes": e.minutes}
            cells.append(_text(words["exercise"].format(**fill)))
            cells.append(_code(f"%%exercise {e.function}\n{functions[e.function]}"))
            if e.number == 1:
                cells += [_text(words["try"]), _code(TRY)]
    cells += [_text(words["end"]), _code("%scorecard"), _code("%figure")]
    cells += [_text(words["keep"]), _code(KEEP.format(number=lab.number, lies=words["lies"]))]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:02d}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"colab": {"provenance": []}, "kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _text(text: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict:
    source = text.splitlines(keepends=True)
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}


def path_of(language: str) -> Path:
    return FOLDER / f"lab-{LAB}-colab{'' if language == 'en' else '.' + language}.ipynb"


def main(argv: list[str]) -> int:
    stale = []
    for language in course.LANGUAGES:
        path, text = path_of(language), json.dumps(build(language), indent=1, ensure_ascii=False) + "\n"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(course.show_path(path))
            if "--check" not in argv:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    print("\n".join(stale) if stale else "every notebook is up to date")
    return 1 if stale and "--check" in argv else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
