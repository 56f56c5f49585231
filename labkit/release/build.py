"""Write a student edition: the files that git knows, without what edition.yaml leaves out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from labkit import course
from labkit.grading import starter
from labkit.release.rules import Rules

INSTEAD = Path(__file__).with_name("instead")  # files that replace ours
MARK = ".student-edition.json"  # what tells an edition from any other folder
TEXT = {".md", ".py", ".toml", ".yaml", ".yml", ".json", ".ipynb", ".txt", ""}


class ReleaseError(Exception):
    """Why no edition was written; one line for the instructor."""


def names(root: Path, untracked: bool = False) -> list[str]:
    """The files that git knows, from the root, with `/`. Anything else lying about may be anybody's grades."""
    command = ["git", "ls-files", "-z", *(["-co", "--exclude-standard"] if untracked else [])]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True)
    except FileNotFoundError:
        raise ReleaseError("git is not installed: it says which files belong to the course") from None
    if done.returncode or not done.stdout:
        raise ReleaseError("this is no git clone: git says which files belong to the course and which are yours")
    listed = sorted(set(done.stdout.decode().split("\0")) - {""})
    return [name for name in listed if (root / name).is_file()]


def files(root: Path, rules: Rules, untracked: bool = False) -> dict[str, bytes]:
    """The edition: name -> content. ReleaseError where the course has no solutions to leave out."""
    labs = course.labs(root)
    without = [lab.key for lab in labs if not (lab.folder / "solution.py").is_file()]
    if without:
        raise ReleaseError(f"{', '.join(without)} has no solution.py: this is a student edition already")
    stays = [name for name in names(root, untracked) if not rules.left_out(name)]
    found = {name: (root / name).read_bytes() for name in stays}
    found |= {p.relative_to(INSTEAD).as_posix(): p.read_bytes() for p in INSTEAD.rglob("*.py")}
    for lab in labs:  # unwritten, even where the instructor has tried the lab
        text = starter.generate(lab).encode()
        folder = lab.folder.relative_to(root).as_posix()
        found[f"{folder}/starter.py"] = found[f"{folder}/starter.as-given"] = text  # the latter for `lab reset`
    kept = set(found)
    for name, data in found.items():
        if Path(name).suffix in TEXT:
            try:
                found[name] = rules.rewrite(name, data.decode("utf-8"), kept).encode()
            except UnicodeDecodeError:
                continue
    found[MARK] = (json.dumps(_mark(root, found), indent=1) + "\n").encode()
    return found


def _mark(root: Path, found: dict) -> dict:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, encoding="utf-8", errors="replace"
    )
    return {"written_by": "lab release", "from_commit": done.stdout.strip() or None, "files": len(found)}


def refuse(root: Path, out: Path, force: bool = False) -> None:
    """ReleaseError where no edition may be written to `out`."""
    out = out.absolute()
    if out == root or root in out.parents and _tracked(root, out):
        raise ReleaseError(f"{out.name} lies among the course's own files: give a folder outside of them")
    if not out.parent.is_dir():
        raise ReleaseError(f"there is no folder {out.parent}")
    if out.exists():
        if not out.is_dir():
            raise ReleaseError(f"{out} is a file: give the folder that is to hold the edition")
        if any(out.iterdir()):
            if not (out / MARK).is_file():
                raise ReleaseError(f"{out} is not empty, and no student edition: give another folder")
            if not force:
                raise ReleaseError(f"{out} holds an edition already: add --force to replace it (its .git stays)")


def write(root: Path, out: Path, found: dict[str, bytes], force: bool = False) -> None:
    """Put the edition into `out`, whole or not at all.

    With `force` an edition that is there is replaced, and its .git kept; nothing else is ever overwritten.
    """
    refuse(root, out, force)
    out = out.absolute()
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        for name, data in found.items():
            target = part / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            source = root / name
            if source.is_file():
                shutil.copymode(source, target)
        if out.exists():
            if (out / ".git").exists():
                os.replace(out / ".git", part / ".git")
            shutil.rmtree(out)
        os.replace(part, out)
    finally:
        if part.exists() and not (part / ".git").exists():  # never delete a history that was already moved
            shutil.rmtree(part)


def _tracked(root: Path, out: Path) -> bool:
    relative = out.relative_to(root).as_posix()
    return any(name == relative or name.startswith(f"{relative}/") for name in names(root))
