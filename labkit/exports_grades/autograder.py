"""The zip that Gradescope takes as an autograder: setup.sh, run_autograder, and the course without any solution.

On Gradescope /autograder/source holds the zip's content, /autograder/submission the student's files, and
/autograder/results/results.json is what we must write. The grader and the student's code share that machine, so
the zip holds nothing that a submission may not read: the same files as a student edition.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from labkit import course
from labkit.exports_grades.results import possible, read

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when the image is built: Python and the three packages that grading needs.
set -euo pipefail
here="${AUTOGRADER:-/autograder}"
if ! command -v python3 >/dev/null || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  apt-get update && apt-get install -y python3 python3-venv
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' \\
  || { echo "python3 here is $(python3 -V): choose a base image with Python 3.10 or newer (Ubuntu 22.04)"; exit 1; }
python3 -m venv "$here/venv"
"$here/venv/bin/python" -m pip install --quiet 'numpy>=2' 'pytest>=8.2' 'pyyaml>=6'
"""

RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission. A results.json is written whatever the submission does.
here="${AUTOGRADER:-/autograder}"
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1
cd "$here/source" || exit 1
exec "$here/venv/bin/python" -m labkit.exports_grades.grade_one \\
  "$here/submission" "$here/results/results.json" --settings "$here/source/autograder.json"
"""

# What grading reads. Of a lab: its tests, what they import, and lab.yaml.
PACKAGES = ("labkit/grading", "labkit/isolation", "labkit/exports_grades")
COHORT = ("__init__", "archives", "discover", "sources", "verdicts")  # to find the labs in what was handed in
FILES = ("conftest.py", "pyproject.toml", "LICENSE", "labkit/__init__.py", "labkit/course.py", "labkit/provenance.py",
         "labkit/engine/__init__.py", "labkit/engine/plugin.py", "labkit/engine/present.py")  # fmt: skip
NOT_OF_A_LAB = ("README", "starter", "solution", "measure", "capture_")


def build(labs: tuple[course.Lab, ...], settings: dict) -> bytes:
    """The zip as bytes; the same input gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", SETUP.encode(), executable=True)
        _add(archive, "run_autograder", RUN.encode(), executable=True)
        settings = {"labs": [lab.key for lab in labs], **settings}
        _add(archive, "autograder.json", (json.dumps(settings, indent=1) + "\n").encode())
        for path in files(labs):
            _add(archive, path.relative_to(course.ROOT).as_posix(), path.read_bytes())
    return out.getvalue()


def points(labs: tuple[course.Lab, ...], beyond: bool = False) -> float:
    """What can be earned where there is neither a GPU nor an engine: the assignment's points on Gradescope.

    Found by grading the starters, because a test says itself what it needs.
    """
    with tempfile.TemporaryDirectory() as place:
        card = Path(place, "card.json")
        command = [sys.executable, "-m", "pytest", "-qq", "-p", "no:cacheprovider", "-m", "not gpu and not engine"]
        command += ["--scorecard", str(card), *(str(lab.folder) for lab in labs)]
        environment = {**os.environ, "LAB_IMPL": "starter", "PYTEST_ADDOPTS": ""}
        subprocess.run(command, cwd=course.ROOT, env=environment, capture_output=True)
        graded = read(card)[0]
    core = {(lab["lab"], e["function"]) for lab in graded.card["labs"] for e in lab["exercises"] if not e["beyond"]}
    return possible([t for t in graded.card["tests"] if beyond or (t["lab"], t["exercise"]) in core])


def files(labs: tuple[course.Lab, ...]) -> list[Path]:
    """The files of the repository that go into the zip."""
    found = [course.ROOT / name for name in FILES if (course.ROOT / name).is_file()]
    found += [course.ROOT / f"labkit/cohort/{name}.py" for name in COHORT]
    for name in PACKAGES:
        package = course.ROOT / name
        found += [p for p in package.rglob("*") if p.suffix in (".py", ".json") and "__pycache__" not in p.parts]
    for lab in labs:
        found += [
            p
            for p in lab.folder.iterdir()
            if p.is_file() and p.suffix in (".py", ".yaml", ".json", ".npz") and not p.name.startswith(NOT_OF_A_LAB)
        ]
    return sorted(set(found))


def _add(archive: zipfile.ZipFile, name: str, data: bytes, executable: bool = False) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o755 if executable else 0o644) << 16
    archive.writestr(entry, data)
