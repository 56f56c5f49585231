"""What a person is to type or open, as it works in the shell they are in."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from labkit import course


def command(rest: str = "") -> str:
    """`lab REST` as it works in the shell the person is in, also where the environment is not activated."""
    program = "lab"
    here = Path(sys.executable).parent
    found = shutil.which("lab")
    if not found or Path(found).resolve().parent != here.resolve():
        beside = next((here / name for name in ("lab", "lab.exe") if (here / name).is_file()), None)
        program = _typed(beside.with_suffix("")) if beside else f"{_typed(Path(sys.executable))} -m labkit.cli"
    return f"{program} {rest}".strip()


def _typed(program: Path) -> str:
    """A program's path as a shell takes it: a space in it, as in C:\\Users\\Ana Ruiz, needs quotes."""
    path = shown(program)
    if sys.platform == "win32":
        return f'& "{path}"' if " " in path else path  # PowerShell's, as everywhere here
    return shlex.quote(path)


def shown(path: Path) -> str:
    """`path` as seen from where the person is, so that a terminal can open it; from elsewhere, whole."""
    try:
        seen = os.path.relpath(path)
    except ValueError:  # another drive on Windows
        return str(path)
    return str(path) if seen.count("..") > 2 else seen


def file_of(lab: course.Lab, name: str, language: str) -> Path:
    """A lab's page in this language where there is one."""
    path = lab.folder / name
    own = path.with_suffix(f".{language}{path.suffix}")
    return own if own.is_file() else path
