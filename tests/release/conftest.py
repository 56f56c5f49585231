"""The student edition of this repository as it stands, files not yet committed included."""

from pathlib import Path

import pytest

from labkit import course
from labkit.release import build, rules


@pytest.fixture(scope="session")
def made():
    """(the edition's files, the rules that wrote it)."""
    chosen = rules.read()
    return build.files(course.ROOT, chosen, untracked=True), chosen


@pytest.fixture(scope="session")
def edition(made, tmp_path_factory) -> Path:
    """The edition, written to a folder."""
    out = tmp_path_factory.mktemp("release") / "edition"
    build.write(course.ROOT, out, made[0])
    return out
