"""Write a lab's starter from its solution, so that the two cannot drift apart.

The starter keeps the solution's public constants, and of each exercise the signature and the docstring;
the body becomes `raise NotImplementedError("Lab 01 · exercise 2: … is not written yet")`.
"""

from __future__ import annotations

import ast
import re

from labkit import course

HEADER = '''"""{title}

Fill in the functions. Each raises NotImplementedError until you do; they can be written in any order,
and none needs another one of this file (you may use them all the same).
{tools}

Grade yourself at any moment, from the repository's root:

    LAB_IMPL=starter pytest {folder} -q
"""

from __future__ import annotations
'''


def generate(lab: course.Lab) -> str:
    """The text of `lab`'s starter.py; CourseError if the solution lacks an exercise."""
    source = (lab.folder / "solution.py").read_text(encoding="utf-8")
    lines = source.splitlines()
    module = ast.parse(source)
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    title = (ast.get_docstring(module) or "").splitlines()[0]
    parts = [_segment(lines, node) for node in module.body if _is_public_constant(node)]
    for exercise in lab.exercises:
        if exercise.function not in functions:
            raise course.CourseError(f"{course.show_path(lab.folder)}/solution.py has no {exercise.function}")
        parts.append(_unwritten(lines, functions[exercise.function], lab, exercise))
    needs_numpy = any("np." in part for part in parts)
    tools = "Use numpy and nothing else." if needs_numpy else "Where Python alone is not enough, the docstring says so."
    header = HEADER.format(title=title, folder=course.show_path(lab.folder), tools=tools)
    if needs_numpy:
        header += "\nimport numpy as np\n"
    text = "\n\n".join(part.rstrip("\n") + "\n" for part in [header, *parts])
    # One blank line between an import and a constant, two before a function: as ruff wants it.
    return re.sub(r"(import numpy as np\n\n)\n(?!\n*def )", r"\1", text)


def _unwritten(lines: list[str], node: ast.FunctionDef, lab: course.Lab, exercise: course.Exercise) -> str:
    signature_and_docstring = lines[node.lineno - 1 : node.body[0].end_lineno]
    words = f"Lab {lab.number} · exercise {exercise.number}: {exercise.function} is not written yet"
    return "\n".join([*signature_and_docstring, f'    raise NotImplementedError("{words}")', ""])


def _is_public_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and all(
        isinstance(t, ast.Name) and t.id.isupper() and t.id[0] != "_" for t in node.targets
    )


def _segment(lines: list[str], node: ast.stmt) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def main(argv: list[str]) -> int:
    """`lab starter 01`: write the starter from the solution (for maintainers)."""
    import argparse

    parser = argparse.ArgumentParser(prog="lab starter", description=main.__doc__)
    parser.add_argument("lab", help="which lab, for example 01")
    parser.add_argument(
        "--force", action="store_true", help="overwrite a starter.py that somebody has begun to fill in"
    )
    options = parser.parse_args(argv)
    lab = course.find(options.lab)
    target = lab.folder / "starter.py"
    old = target.read_text(encoding="utf-8") if target.exists() else ""
    begun = old and old.count("raise NotImplementedError(") < len(lab.exercises)
    if begun and not options.force:
        print(f"{course.show_path(target)} has been filled in: add --force to overwrite it")
        return 1
    target.write_text(generate(lab), encoding="utf-8")
    print(f"wrote {course.show_path(target)}: {len(lab.exercises)} exercises")
    return 0
