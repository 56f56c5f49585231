"""Run one function of one Python file in a child process, with a time limit and a clean end.

    outcome = run(file, "run_meters", ["bf16", …], {…}, limit=60)

The engine is started by that function inside the child, so whatever happens to it, the parent stays whole: a crash,
a hang, exit(), Ctrl-C. When `run` returns or raises, no process and no port of the child is left.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from labkit.engine import processes
from labkit.engine.words import last_words

LIMIT = 180.0  # seconds
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",  # every file is local; nothing is looked up
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the engine runs in the child itself: no second process to lose
    "OMP_NUM_THREADS": "1",  # one thread: the ratios on these pages are of kernels, not of cores
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
}


@dataclass
class Outcome:
    """What came of a run. Exactly one of `value` and `error` is set."""

    value: object = None
    error: dict | None = None  # kind, type, message, line
    log: str = field(default="", repr=False)
    seconds: float = 0.0
    left: list[str] = field(default_factory=list)  # processes and ports the function itself had not ended
    witnessed: dict = field(default_factory=dict)  # what the engine was really asked: see witness.py


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """The child's settings: ENVIRONMENT under what the caller's own environment says, `more` above both."""
    return {**ENVIRONMENT, **os.environ, **(more or {})}


def run(
    file: Path, function: str, args: list = (), kwargs: dict | None = None, limit: float = LIMIT,
    env: dict[str, str] | None = None, learner: Path | None = None,
) -> Outcome:  # fmt: skip
    """Call `function` of the Python file `file` in a child process; arguments and result are what JSON can hold.

    `limit` is in seconds, from the moment the child starts; runs wait for one another, one engine at a time. Lines
    of errors are those of `learner`, where `file` only drives that file's functions.
    """
    with one_at_a_time(), tempfile.TemporaryDirectory(prefix="labkit-engine-") as folder:
        request, answer, log = (Path(folder, name) for name in ("request.json", "answer.json", "log.txt"))
        asked = {"file": str(file), "function": function, "args": list(args), "kwargs": kwargs or {}}
        asked["learner"] = str(learner or file)
        request.write_text(json.dumps(asked, default=str), encoding="utf-8")
        began = time.monotonic()
        with log.open("wb") as sink:
            command = [sys.executable, "-m", "labkit.engine.worker", str(request), str(answer)]
            child = processes.start(command, sink, environment({"PYTHONPATH": python_path(), **(env or {})}))
        try:
            in_time = _wait(child, answer, began + limit)
        finally:  # also on Ctrl-C
            processes.end(child)
        text = log.read_text(encoding="utf-8", errors="replace")
        return _outcome(answer, text, time.monotonic() - began, in_time, limit, child.returncode)


def _wait(child, answer: Path, until: float) -> bool:
    """Until the child has ended or answered; False when the time is over first."""
    while child.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    return child.poll() is not None or answer.exists()


def _outcome(answer: Path, log: str, seconds: float, in_time: bool, limit: float, code: int) -> Outcome:
    if answer.exists():
        return Outcome(log=log, seconds=seconds, **json.loads(answer.read_text(encoding="utf-8")))
    if not in_time:
        says = f"did not end within {limit:.0f} s and was stopped; its last words:\n{last_words(log, 2)}"
        return Outcome(
            error={"kind": "time", "type": "TimeoutError", "message": says, "line": None}, log=log, seconds=seconds
        )
    says = f"ended the process (exit code {code}); its last words:\n{last_words(log, 2)}"
    return Outcome(
        error={"kind": "died", "type": "SystemExit", "message": says, "line": None}, log=log, seconds=seconds
    )


def python_path() -> str:
    """labkit as this process sees it, before what PYTHONPATH already says."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))


@contextlib.contextmanager
def one_at_a_time():
    """Engines wait for one another, across processes: two at once would measure each other."""
    name = f"labkit-engine-{os.getuid()}.lock"
    with open(Path(tempfile.gettempdir(), name), "w", encoding="utf-8") as lock:
        import fcntl  # not on Windows, where vLLM is not either

        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
