"""Which files are graded: the meaning of LAB_IMPL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from labkit import course

VALID = """\
  LAB_IMPL=solution        the reference solution of each lab (the default)
  LAB_IMPL=starter         what you are writing: starter.py in each lab's folder
  LAB_IMPL=DIRECTORY       a folder that holds <lab folder>/starter.py
  LAB_IMPL=FILE.py         one file, for the one lab being run"""


class UsageError(Exception):
    """A LAB_IMPL that means nothing; the message lists what does."""


@dataclass(frozen=True)
class Implementation:
    """The files under test."""

    setting: str  # as written: "starter", a path
    directory: Path | None = None
    file: Path | None = None

    def file_for(self, lab: course.Lab) -> Path:
        """The file graded for `lab`; it may be missing from a directory of submissions."""
        if self.file:
            return self.file
        if self.directory:
            return self.directory / lab.folder.name / "starter.py"
        return lab.folder / f"{self.setting}.py"


def resolve(setting: str | None, here: Path | None = None) -> Implementation:
    """The implementation that `setting` (LAB_IMPL) names, a path being relative to `here`."""
    setting = (setting or "solution").strip()
    if setting in ("solution", "starter"):
        if setting == "solution" and not any((lab.folder / "solution.py").is_file() for lab in course.labs()):
            raise UsageError(
                "LAB_IMPL=solution: there are no solutions here (a student edition). Grade your own work:\n"
                "  LAB_IMPL=starter pytest phase-06-quantization/labs"
            )
        return Implementation(setting)
    path = (here or Path.cwd()) / os.path.expanduser(setting)
    if path.is_file() and path.suffix == ".py":
        return Implementation(setting, file=path.resolve())
    if path.is_dir():
        folders = [lab.folder.name for lab in course.labs()]
        if any((path / folder / "starter.py").is_file() for folder in folders):
            return Implementation(setting, directory=path.resolve())
        raise UsageError(
            f"LAB_IMPL={setting}: the folder holds no lab to grade. Wanted is one of\n"
            + "\n".join(f"  {setting.rstrip('/')}/{folder}/starter.py" for folder in folders)
        )
    why = "is no Python file (.py)" if path.is_file() else "is neither a word I know nor an existing path"
    raise UsageError(f"LAB_IMPL={setting!r} {why}. Valid are:\n{VALID}")
