"""What one worker does for one submission, on this machine or another: sources in, a plain result out.

The same function runs in a local process pool and on a Dask cluster. It needs no shared disk, since the sources
travel with the task; it refuses to judge by other tests than those of the machine that asked.
"""

from __future__ import annotations

import atexit
import os
import platform
import re
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from labkit import course
from labkit.cohort import verdicts, version
from labkit.isolation.judge import Judge
from labkit.isolation.limits import Limits

MAX_MESSAGE = 2_000  # characters of one message on a card: an exception's text can be as long as its author likes
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # a terminal would obey some of them
_LOCK = threading.Lock()  # a Dask worker may have several threads; a Judge has one caller at a time
_JUDGE: dict = {}  # the one Judge of this process, under what it was made for


@dataclass(frozen=True)
class Task:
    """One submission to grade. Plain data: it is pickled to the worker (never back from student code)."""

    id: str
    files: dict[str, bytes]  # lab folder -> source
    names: dict[str, str]  # lab folder -> what the student calls that file
    labs: tuple[str, ...]  # lab folders that were asked
    seed: int
    versions: dict[str, str] = field(default_factory=dict)
    limits: dict = field(default_factory=dict)


class OtherVersion(RuntimeError):
    """A worker whose course or grader is not the one that was asked for."""


def grade(task: Task) -> dict:
    """Grade one submission: {"id", "verdict", "says", "seconds", "points", "possible", "card", "host", "open"}.

    "open" says why the submission was not fully enclosed; "" where it was (see labkit/isolation).
    """
    labs = [lab for lab in course.labs() if lab.folder.name in task.labs]
    mine = version.of_course(labs)
    if task.versions and mine != task.versions:
        other = [name for name in task.versions if mine.get(name) != task.versions[name]]
        raise OtherVersion(
            f"{', '.join(other)}: changed on {platform.node()} since this run began, or never were the same there. "
            "With one repository, Python and numpy everywhere, the same command goes on."
        )
    with _LOCK, tempfile.TemporaryDirectory(prefix="lab-") as place:
        files = {}
        for name, source in task.files.items():
            files[name] = Path(place, name, "starter.py")
            files[name].parent.mkdir()
            files[name].write_bytes(source)
        judge = _judge(task, mine)
        outcome = judge.grade(files, task.id)
    card = _tidy(outcome.card, task, labs) if outcome.card else None
    verdict = verdicts.of_outcome(outcome.verdict, card)
    return {
        "id": task.id,
        "verdict": verdict,
        "says": clean(outcome.says),
        "seconds": round(outcome.seconds, 3),
        "points": card["points"]["earned"] if card else 0,
        "possible": card["points"]["possible"] if card else sum(_core(lab) for lab in labs),
        "card": card,
        "host": platform.node(),
        "open": "" if judge.held.get("namespaces") else judge.held.get("why") or "no namespaces",
    }


def _core(lab: course.Lab) -> float:
    return sum(e.points for e in lab.exercises if not e.beyond)


def _judge(task: Task, versions: dict[str, str]):
    """This process's Judge; a new one when seed, tests or limits are others, as on a worker that lives for days."""
    key = (task.seed, task.labs, tuple(versions.items()), tuple(sorted(task.limits.items())), os.getpid())
    if key not in _JUDGE:
        _close()
        _JUDGE[key] = Judge(seed=task.seed, limits=Limits(**task.limits), labs=task.labs)
    return _JUDGE[key]


@atexit.register
def _close() -> None:
    while _JUDGE:
        _JUDGE.popitem()[1].close()


def _tidy(card: dict, task: Task, labs: list[course.Lab]) -> dict:
    """The card with the student's own file names, and messages of sane length."""
    by_key = {lab.key: lab for lab in labs}
    card["implementation"] = task.id
    for lab in card["labs"]:
        lab["file"] = task.names.get(by_key[lab["lab"]].folder.name, lab["file"])
        lab["problems"] = [clean(problem) for problem in lab["problems"]]
    for test in card["tests"]:
        test["message"] = clean(test["message"])
    if card["next"]:
        card["next"]["file"] = task.names.get(by_key[card["next"]["lab"]].folder.name, card["next"]["file"])
    return card


def clean(text: str) -> str:
    """`text` from a stranger, safe for a terminal and a table: no control characters, no more than a screenful."""
    text = _CONTROL.sub("", text.encode("utf-8", "replace").decode())  # a lone surrogate cannot be written to a file
    return text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + " … (cut)"
