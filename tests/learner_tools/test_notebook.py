"""The notebooks: as the starter says, gradable cell by cell, and their cells really run."""

import ast
import json
import os
import subprocess
import sys

import pytest

from labkit import course
from labkit.learner_tools import notebook_build
from labkit.learner_tools.put import NotPut, is_untouched, put

FILE = '"""Doc."""\n\nimport numpy as np\n\nK = 1\n\n\ndef one(w):\n    """One."""\n    raise NotImplementedError\n\n\ndef two(w):\n    return 2\n'  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("language", course.LANGUAGES)
def test_the_notebook_is_up_to_date_with_the_starter(language):
    """`python -m labkit.learner_tools.notebook_build` mends what this finds."""
    stored = json.loads(notebook_build.path_of(language).read_text(encoding="utf-8"))
    assert stored == notebook_build.build(language)


def test_both_notebooks_have_the_same_cells():
    one, other = (notebook_build.build(language)["cells"] for language in course.LANGUAGES)
    assert [c["cell_type"] for c in one] == [c["cell_type"] for c in other]
    exercises = [c["source"] for c in one if "%%exercise" in c["source"][0]]
    assert exercises == [c["source"] for c in other if "%%exercise" in c["source"][0]]
    assert len(exercises) == len(course.find("01").exercises)
    assert all(is_untouched("".join(source)) for source in exercises)


def test_a_cells_function_replaces_the_one_of_its_name_and_nothing_else_moves():
    assert put(FILE, "def one(w):\n    return 1", "one") == FILE.replace(
        'def one(w):\n    """One."""\n    raise NotImplementedError', "def one(w):\n    return 1"
    )
    assert put(FILE, 'def one(w):\n    """One."""\n    raise NotImplementedError', "one") == FILE


def test_a_cell_run_twice_leaves_the_file_as_once():
    cell = "import math\nfrom numpy import rint\n\nK = 3\n\n\n@staticmethod\ndef _help(x):\n    return x\n\n\ndef one(w):\n    return _help(w)\n\n\nprint(one(1))"  # noqa: E501
    once = put(FILE, cell, "one")
    assert put(once, cell, "one") == once
    assert once.count("import math") == once.count("def _help") == once.count("K = ") == 1
    assert "K = 3" in once and "print" not in once and "def two" in once
    assert once.index("import math") < once.index("def _help") < once.index("def one")
    assert "@staticmethod\ndef _help" in once
    ast.parse(once)


@pytest.mark.parametrize(
    "file, cell, says",
    [
        (FILE, "def one(w):\n    return (1", "line 2 of your cell: SyntaxError"),
        (FILE, "def oen(w):\n    return 1", "defines no one"),
        ("def two(:\n", "def one(w):\n    return 1", "line 1 of starter.py"),
    ],
)
def test_what_cannot_be_put_is_said_with_its_line(file, cell, says):
    with pytest.raises(NotPut, match=says):
        put(file, cell, "one")


# Runs the notebook's own cells in order, as IPython would: a line that begins with % calls a magic.
DRIVER = """
import json, sys
magics, namespace = {}, {}
class Shell:
    user_ns = namespace
    def register_magic_function(self, function, kind, name=None):
        magics[name or function.__name__] = function
for cell in json.load(open(sys.argv[1], encoding="utf-8")):
    if cell.startswith("%%"):
        line, _, body = cell[2:].partition("\\n")
        magics[line.split()[0]](line.partition(" ")[2], body)
        continue
    code = ""
    for line in cell.splitlines():
        if line.startswith("%load_ext"):
            code += "import importlib; importlib.import_module(%r).load_ipython_extension(SHELL)\\n" % line.split()[1]
        elif line.startswith("%"):
            code += "MAGICS[%r](%r)\\n" % (line[1:].split()[0], line.partition(" ")[2])
        else:
            code += line + "\\n"
    exec(compile(code, "cell", "exec"), namespace | {"SHELL": Shell(), "MAGICS": magics} if "ready" not in namespace else namespace)
"""  # noqa: E501


def test_the_cells_run_in_order_and_grade_a_right_a_wrong_and_an_untouched_function(course_copy, tmp_path):
    right = (course.ROOT / "tests" / "grading" / "right" / "lab_01_plain.py").read_text(encoding="utf-8")
    parts = {
        node.name: ast.get_source_segment(right, node)
        for node in ast.parse(right).body
        if isinstance(node, ast.FunctionDef)
    }
    helpers = "\n\n\n".join(text for name, text in parts.items() if name.startswith("_"))
    cells = ["".join(c["source"]) for c in notebook_build.build("en")["cells"] if c["cell_type"] == "code"]
    put_in = {
        "quantize_per_tensor": helpers + "\n\n\n" + parts["quantize_per_tensor"],
        "quantize_per_channel": parts["quantize_per_channel"].replace("axis=1", "axis=0"),
    }
    kept = []
    for cell in cells:
        name = cell.split()[1] if cell.startswith("%%exercise") else None
        if name in put_in:
            cell = f"%%exercise {name}\n{put_in[name]}"
        if name in (None, "dequantize", *put_in):
            kept.append(cell)
    (tmp_path / "cells.json").write_text(json.dumps(kept), encoding="utf-8")
    (tmp_path / "driver.py").write_text(DRIVER, encoding="utf-8")
    (course_copy / "notebooks").mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "LAB_"))}
    done = subprocess.run(
        [sys.executable, tmp_path / "driver.py", tmp_path / "cells.json"], cwd=course_copy / "notebooks",
        env=environment | {"PYTHONIOENCODING": "utf-8"}, capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    out = done.stdout
    assert done.returncode == 0, out + done.stderr
    assert "Ready: the course is in course" in out
    assert "18/18" in out and "0/18" in out and "This cell is as it came" in out, out
    assert out.count("7 exercises left out of this run") == 2, "each cell grades its own exercise"
    assert "3 dequantize" in out and "not written yet" in out  # in the scorecard at the end
    starter = (course_copy / course.show_path(course.find("01").folder) / "starter.py").read_text(encoding="utf-8")
    assert parts["quantize_per_tensor"] in starter and "exercise 3: dequantize is not written yet" in starter
