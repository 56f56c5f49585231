"""What runs in the child: load the file, call the function, write down what came of it.

`python -m labkit.engine.worker REQUEST ANSWER`, two JSON files; see child.py.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path

from labkit.engine import processes, witness
from labkit.engine.words import tidy
from labkit.grading.submission import line_in, load


def main(request: Path, answer: Path) -> None:
    guardian = processes.die_with_parent()
    asked = json.loads(request.read_text(encoding="utf-8"))
    seen = witness.watch()
    submission = load(Path(asked["file"]))
    answered = {"value": None, "error": None}
    try:
        value = submission.get(asked["function"])(*asked["args"], **asked["kwargs"])
        answered["value"] = json.loads(json.dumps(value, default=_plain))
    except BaseException as error:  # also SystemExit: exit() is an answer too
        traceback.print_exc()  # into the log
        answered["error"] = _describe(error, Path(asked.get("learner", asked["file"])))
    answered |= {"left": _left_behind(guardian), "witnessed": seen}
    part = answer.with_suffix(".part")
    part.write_text(json.dumps(answered), encoding="utf-8")
    part.replace(answer)
    sys.stdout.flush()
    os._exit(0)  # nothing of the engine's own clean-up may delay or fail the answer


def _plain(value):
    """numpy's and torch's numbers and arrays as JSON holds them, a class by its name."""
    if isinstance(value, type):
        return value.__name__
    for method in ("tolist", "item"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise TypeError(f"a {type(value).__name__} is neither a number nor text")


def _describe(error: BaseException, path: Path) -> dict:
    line = line_in(error, path)
    kind = "not_written" if isinstance(error, NotImplementedError) and line else "raised"
    frames = traceback.extract_tb(error.__traceback__)
    own = bool(frames) and frames[-1].filename == str(path)  # raised by the file itself, not by vLLM
    return {"kind": kind, "type": type(error).__name__, "message": tidy_message(error), "line": line, "own": own,
            "is_value_error": isinstance(error, ValueError)}  # fmt: skip


def tidy_message(error: BaseException, most: int = 2) -> str:
    return "\n".join([tidy(line) for line in str(error).splitlines() if tidy(line)][:most])


def _left_behind(guardian: int) -> list[str]:
    """Processes that the function started and did not end, helpers of Python's own multiprocessing left out."""
    session = os.getsid(0)
    found = []
    for pid, name in processes.members(session).items():
        if pid not in (os.getpid(), guardian) and b"multiprocessing.resource_tracker" not in _command_line(pid):
            found.append(f"process {name}")
    return found


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b"multiprocessing.resource_tracker"  # ended meanwhile


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
