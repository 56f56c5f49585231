"""Is anything of the solutions left in a folder? Files, git's history, exercises that are written, copied code.

Copied code is found by runs of LENGTH tokens that a function of a solution (or of another right implementation)
shares with a file: as they stand, and with every name replaced by one word. Some are shared by chance, `np.abs(w)`
being what it is; so a function counts as left when a file holds more of its runs than any honest file does. What
that is was measured: see SHARED and RENAMED.
"""

from __future__ import annotations

import ast
import re
import subprocess
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from labkit import course
from labkit.release import tokens
from labkit.release.rules import Rules, matches

LENGTH = 12  # tokens of a run
FEWEST, FEWEST_OF_A_HELPER = 6, 30  # runs that an exercise, or a helper beside one, must have to be more than idiom
SHARED, RENAMED = 0.3, 0.5  # fraction of a function's runs in one file: above is a copy
SKIPPED_FOLDERS = {".git", ".venv", ".pytest_cache", ".ruff_cache"}
NOT_TEXT = {".png", ".svg", ".safetensors", ".npz", ".woff2", ".ico"}
SOLUTIONS = re.compile(r"(^|/)(lab-[^/]*/solution\.py$|(wrong|right|golden)/)")
ARCHIVES = {".zip", ".gz", ".tgz", ".xz", ".bz2", ".7z", ".whl", ".pyc", ".pkl"}


@dataclass(frozen=True)
class Report:
    """What was found, and how much was looked at."""

    left: list[str]
    functions: int
    too_short: int
    files: int


def look(folder: Path, root: Path, rules: Rules) -> Report:
    """Compare everything under `folder`, its git history too, with the solutions under `root`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not SKIPPED_FOLDERS & set(name.split("/")):
            found[name] = path.read_bytes()
    report = look_at(found, root, rules)
    return replace(report, left=sorted(report.left + _history(folder)))


def look_at(found: dict[str, bytes], root: Path, rules: Rules) -> Report:
    """Compare these files (name -> content) with the solutions under `root`."""
    texts, left = _readable(found)
    exercises = _exercises(root)
    for name, text in texts.items():
        for line, function in _written(text, exercises):
            if not _allowed(rules, name, function):
                left.append(f"{name}, line {line}: {function} is written here")
    answers = _answers(root)
    long = {who: body for who, body in answers.items() if _runs(body) >= _fewest(who, exercises)}
    left += _copies(texts, long, rules)
    return Report(sorted(left), len(long), len(answers) - len(long), len(texts))


def _runs(body: list[str]) -> int:
    return len(set(tokens.grams(body, LENGTH)))


def _fewest(who: str, exercises: dict) -> int:
    return FEWEST if who.split(": ")[1] in exercises else FEWEST_OF_A_HELPER


def _readable(found: dict[str, bytes]) -> tuple[dict[str, str], list[str]]:
    """(texts by name, what is a file of the solutions or cannot be looked into)."""
    texts, left = {}, []
    for name, data in found.items():
        suffix = Path(name).suffix
        if SOLUTIONS.search(name):
            left.append(f"{name}: a file of the solutions")
        elif suffix in ARCHIVES:
            left.append(f"{name}: compiled or packed, so that nobody can see what is in it")
        elif suffix not in NOT_TEXT:
            texts[name] = data.decode("utf-8", "replace")
    return texts, left


def _history(folder: Path) -> list[str]:
    """Deleting a file leaves it in git's history; an edition needs a history of its own."""
    if not (folder / ".git").exists():
        return []
    command = ["git", "-c", "core.quotepath=off", "log", "--all", "--name-only", "--format=", "--diff-filter=A"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace")
    found = sorted({name for name in done.stdout.splitlines() if SOLUTIONS.search(name)})
    return [f".git: {name} is in the history" for name in found[:5]]


def _exercises(root: Path) -> dict[str, list[str]]:
    """Function -> names of its parameters."""
    found = {}
    for lab in course.labs(root):
        for node in ast.parse((lab.folder / "solution.py").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name in {e.function for e in lab.exercises}:
                found[node.name] = [a.arg for a in node.args.args]
    return found


def _written(text: str, exercises: dict[str, list[str]]) -> Iterator[tuple[int, str]]:
    """(line, function) of each exercise that is written in the text: its name, its parameters, and a body."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"([ \t>]*)def (\w+)\(", line)
        if not found or found[2] not in exercises:
            continue
        indent, block = len(found[1]), [line]
        for following in lines[number + 1 :]:
            if following.strip() and len(following) - len(following.lstrip()) <= indent and following.strip()[0] != ")":
                break
            block.append(following)
        try:
            node = ast.parse(textwrap.dedent("\n".join(block))).body[0]
        except SyntaxError:
            continue  # prose, or a signature alone
        body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        wrote = [s for s in body if not isinstance(s, (ast.Raise, ast.Pass))]
        if wrote and [a.arg for a in node.args.args][: len(exercises[node.name])] == exercises[node.name]:
            yield number + 1, node.name


def _answers(root: Path) -> dict[str, list[str]]:
    """Where a function stands -> tokens of its body, over every right implementation."""
    files = [lab.folder / "solution.py" for lab in course.labs(root)]
    files += sorted((root / "tests/grading/right").glob("*.py"))
    return {
        f"{file.parent.name if file.stem == 'solution' else file.name}: {name}": tokens.of(body)
        for file in files
        for name, body in tokens.functions(file)
    }


def _copies(texts: dict[str, str], answers: dict[str, list[str]], rules: Rules) -> list[str]:
    left: dict[tuple[str, str], float] = {}
    for change, limit in ((list, SHARED), (tokens.renamed, RENAMED)):
        runs = {who: set(tokens.grams(change(body), LENGTH)) for who, body in answers.items()}
        whose: dict[tuple, list[str]] = {}
        for who, mine in runs.items():
            for run in mine:
                whose.setdefault(run, []).append(who)
        for name, text in texts.items():
            seen = {run for run in tokens.grams(change(tokens.of(text, name)), LENGTH) if run in whose}
            for who, count in Counter(who for run in seen for who in whose[run]).items():
                share = count / len(runs[who])
                if share > limit and not _allowed(rules, name, who.split(": ")[1]):
                    left[name, who] = max(share, left.get((name, who), 0))
    return [f"{name}: {share:.0%} of {who}" for (name, who), share in left.items()]


def _allowed(rules: Rules, name: str, function: str) -> bool:
    return any(matches(name, rule["file"]) and rule["function"] in ("*", function) for rule in rules.allowed)
