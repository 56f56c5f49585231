"""A copy with other names, another order and other comments is found; code written apart is not."""

import ast
import csv
import importlib.util
from pathlib import Path

import pytest

from labkit import course
from labkit.similarity import command

RIGHT = course.ROOT / "tests/grading/right"
SOLUTION = course.find("01").folder / "solution.py"
needs_tool = pytest.mark.skipif(importlib.util.find_spec("copydetect") is None, reason="copydetect is not installed")


def disguised(source: Path) -> str:
    """Every variable renamed, comments and docstrings gone, the functions in reverse order."""

    class Rename(ast.NodeTransformer):
        def visit_Name(self, node):
            if isinstance(node.ctx, ast.Store) or node.id in self.mine:
                self.mine.add(node.id)
                node.id = f"my_{node.id}"
            return node

        def visit_FunctionDef(self, node):
            self.mine = set()
            if ast.get_docstring(node):
                node.body = node.body[1:]
            return self.generic_visit(node)

    body = ast.parse(source.read_text(encoding="utf-8")).body
    functions = [Rename().visit(node) for node in body if isinstance(node, ast.FunctionDef)]
    others = [node for node in body if not isinstance(node, ast.FunctionDef)]
    return ast.unparse(ast.Module(others + functions[::-1], []))


@pytest.fixture
def cohort(tmp_path) -> Path:
    """Two who worked alone, one who copied from the first, one who had the solution, one unwritten, one broken."""
    folder = tmp_path / "handed in"
    folder.mkdir()
    for name, text in {
        "ana": (RIGHT / "lab_01_loops.py").read_text(encoding="utf-8"),
        "bob": (RIGHT / "lab_01_plain.py").read_text(encoding="utf-8"),
        "cy": disguised(RIGHT / "lab_01_loops.py"),
        "dora": disguised(SOLUTION),
        "eve": (SOLUTION.parent / "starter.py").read_text(encoding="utf-8"),
        "flo": "def quantize_per_tensor(w, bits=8:\n    import os; os._exit(1)\n\x00",
    }.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


@needs_tool
def test_a_disguised_copy_is_found_and_work_of_ones_own_is_not(cohort, tmp_path, capsys):
    assert command.main([str(cohort), str(tmp_path / "out")]) == 0
    rows = list(csv.DictReader((tmp_path / "out/pairs.csv").open(encoding="utf-8")))
    assert {(row["one"], row["other"]) for row in rows} == {("ana", "cy"), ("dora", command.SOLUTION)}
    assert all(float(row["share_of_one"]) > 0.75 for row in rows)
    page = (tmp_path / "out/lab-01.html").read_text(encoding="utf-8")
    assert "my_" in page and str(tmp_path) not in page
    assert "2 pairs" in capsys.readouterr().out


@needs_tool
def test_a_second_run_overwrites_nothing_without_force(cohort, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/pairs.csv").write_text("mine")
    assert command.main([str(cohort), str(tmp_path / "out")]) == 2
    assert "--force" in capsys.readouterr().err and (tmp_path / "out/pairs.csv").read_text() == "mine"


@needs_tool
@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nowhere", "out"], "no folder nowhere"),
        (["empty", "out"], "holds no submission"),
        (["empty", "out", "--least", "2"], "between 0 and 1"),
        (["empty", "out", "--labs", "9"], "no lab is called"),
    ],
)
def test_a_slip_is_one_line(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert command.main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1 and not (tmp_path / "out").exists()


def test_without_the_tool_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert command.main(["x", "y"]) == 2
    assert "make instructor" in capsys.readouterr().err
