"""One pytest process a submission and a lab, as a shell loop would do it: the yardstick of `lab cohort-bench`.

The same call as `labkit.isolation.judge.Judge`, and none of its protection: the submission runs in the process
that judges it. Do not grade strangers with it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from labkit import course


@dataclass(frozen=True)
class Outcome:
    """What came of one submission; the fields of `labkit.isolation.judge.Outcome`."""

    card: dict | None
    verdict: str
    says: str
    seconds: float


class PlainLoop:
    """`pytest --scorecard` in a new process for each submission."""

    def __init__(self, seed: int = 0, total_seconds: float = 120):
        self.seed, self.total_seconds = seed, total_seconds

    def __enter__(self):
        return self

    def __exit__(self, *what):
        return None

    def grade(self, files: dict[str, Path]) -> Outcome:
        """Grade `files` (lab folder -> source) with one pytest run."""
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as place:
            for name, source in files.items():
                target = Path(place, name, "starter.py")
                target.parent.mkdir()
                shutil.copyfile(source, target)
            card = Path(place, "card.json")
            folders = [str(lab.folder) for lab in course.labs(only=files)]
            options = ["-q", "-p", "no:cacheprovider", "-m", "not gpu and not engine", "--seed", str(self.seed)]
            command = [sys.executable, "-m", "pytest", *options, "--scorecard", str(card), *folders]
            try:
                done = subprocess.run(
                    command,
                    cwd=course.ROOT,
                    # As where only the course is installed: plugins of other packages would slow the yardstick.
                    env={**os.environ, "LAB_IMPL": place, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                    capture_output=True,
                    timeout=self.total_seconds,
                )
            except subprocess.TimeoutExpired:
                return Outcome(None, "timeout", "it took longer than the limit", time.perf_counter() - begun)
            seconds = time.perf_counter() - begun
            if not card.exists():
                return Outcome(None, "no report", f"pytest ended with {done.returncode} and no scorecard", seconds)
            return Outcome(json.loads(card.read_text(encoding="utf-8")), "graded", "", seconds)
