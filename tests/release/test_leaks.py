"""`lab release --check`: nothing is left in the edition, and what is planted on purpose is found."""

import ast
import json
import subprocess
from pathlib import Path

import pytest

from labkit import course
from labkit.release import check, rules, tokens

ROOT = course.ROOT
SOLUTIONS = {lab.key: lab.folder / "solution.py" for lab in course.labs()}


def body_of(lab: str, function: str) -> str:
    tree = ast.parse(SOLUTIONS[lab].read_text(encoding="utf-8"))
    return ast.unparse(next(n for n in tree.body if getattr(n, "name", "") == function))


def other_names(code: str) -> str:
    """The same function under another name, each variable renamed, the docstring gone."""

    class Rename(ast.NodeTransformer):
        def visit_Name(self, node):
            node.id = {"np": "np"}.get(node.id, f"{node.id}_x")
            return node

        def visit_arg(self, node):
            node.arg += "_x"
            return node

    function = ast.parse(code).body[0]
    function.name, function.body = "helper", function.body[1:]
    return ast.unparse(Rename().visit(function))


def left(folder: Path) -> list[str]:
    return check.look(folder, ROOT, rules.read()).left


def notebook(code: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": code.splitlines(True)}]})


def test_nothing_of_the_solutions_is_left_in_the_edition(edition):
    report = check.look(edition, ROOT, rules.read())
    assert report.left == []
    assert report.functions > 200 and report.files > 200


PLANTED = {
    "the file itself": ("phase-06-quantization/labs/lab-01-fake-quant-linear/solution.py", None),
    "a wrong solution": ("phase-06-quantization/labs/lab-01-fake-quant-linear/wrong/mine.py", None),
    "compiled": ("labkit/__pycache__/solution.cpython-311.pyc", None),
    "in a module": ("labkit/grading/helper.py", ("lab-03", "quantize_groupwise", other_names)),
    "in a page": ("docs/en/hint.md", ("lab-04", "smoothing_scales", lambda code: f"Look:\n\n```python\n{code}\n```\n")),
    "in a page, without its def": ("docs/en/hint.md", ("lab-01", "int8_linear", lambda code: code.partition(":\n")[2])),
    "in a notebook": (
        "notebooks/x.ipynb",
        ("lab-03", "gptq_quantize", lambda code: notebook(other_names(code))),
    ),
    "in a starter": (
        "phase-06-quantization/labs/lab-01-fake-quant-linear/starter.py", ("lab-01", "quantize_per_tensor", str)
    ),
    "a short one by its name": ("labkit/grading/more.py", ("lab-01", "memory_bytes", str)),
}  # fmt: skip


@pytest.mark.parametrize("name, what", PLANTED.values(), ids=PLANTED)
def test_a_planted_leak_is_found(tmp_path, name, what):
    target = tmp_path / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(what[2](body_of(*what[:2])) if what else "x = 1\n", encoding="utf-8")
    found = left(tmp_path)
    assert found and all(name in line for line in found)


@pytest.mark.parametrize("lab", SOLUTIONS)
def test_every_exercise_is_found_again_with_other_names(lab, tmp_path):
    """Only one that is too short to tell from chance may go unseen, and then its own name would show it."""
    found = course.find(lab)
    for exercise in found.exercises:
        renamed = other_names(body_of(lab, exercise.function))
        body = tokens.of("\n".join(renamed.splitlines()[1:]))
        if len(set(tokens.grams(body, check.LENGTH))) < check.FEWEST:
            continue
        (tmp_path / f"{exercise.function}.py").write_text(renamed, encoding="utf-8")
    written = {f"{p.stem}" for p in tmp_path.glob("*.py")}
    assert {line.split(".py")[0] for line in left(tmp_path)} == written
    assert len(written) > len(found.exercises) / 2


def test_a_history_that_holds_the_solutions_is_found(tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], cwd=tmp_path, check=True)

    git("init", "-q")
    secret = tmp_path / "phase-06-quantization/labs/lab-01-fake-quant-linear/solution.py"
    secret.parent.mkdir(parents=True)
    secret.write_text("x = 1\n", encoding="utf-8")
    git("add", ".")
    git("commit", "-qm", "all")
    secret.unlink()
    git("commit", "-qam", "without")
    assert [line for line in left(tmp_path) if line.startswith(".git: ")]
