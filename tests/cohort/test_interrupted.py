"""Stopped at any moment, by any means: nothing lost, nothing graded twice, and the same command goes on."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from labkit import course
from labkit.cohort.executors import Local

CODE = "import sys; from labkit.cohort.run import main; sys.exit(main(sys.argv[1:]))"


def start(made) -> subprocess.Popen:
    options = ["--out", str(made.out), "--labs", "01", "--jobs", "2"]
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(made.folder), *options],
        cwd=course.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def graded(made) -> int:
    lines = made.out / "results.jsonl"
    return lines.read_bytes().count(b"\n") if lines.exists() else 0


@pytest.fixture
def big_class(course_of):
    made = course_of()
    for number in range(24):
        made.hand_in(f"student{number:02}", "all_pass" if number % 3 else "raises")
    return made


def test_killed_and_interrupted_it_goes_on_and_every_submission_is_graded_once(big_class):
    made = big_class
    first = start(made)
    wait_for(lambda: graded(made) >= 3)
    below = psutil.Process(first.pid).children(recursive=True)
    os.kill(first.pid, signal.SIGKILL)  # what no program can prepare for
    first.wait()
    wait_for(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in below), 15)
    stored = graded(made)
    assert 3 <= stored < 24

    second = start(made)
    wait_for(lambda: graded(made) >= stored + 3)
    os.killpg(second.pid, signal.SIGINT)  # Ctrl-C goes to every process of the terminal
    output = second.communicate(timeout=30)[0]
    assert second.returncode == 130 and "the same command goes on with them" in output, output
    assert "Traceback" not in output and "KeyboardInterrupt" not in output

    third = start(made)
    output = third.communicate(timeout=120)[0]
    assert third.returncode == 0 and f"{stored} graded already" not in output, output
    ids = [line["id"] for line in made.lines()]
    assert len(ids) == len(set(ids)) == 24, "each once, none twice"
    assert {made.verdicts()[f"student{n:02}"] for n in range(0, 24, 3)} == {"fail"}
    assert "16 pass" in output and "8 fail" in output


def test_a_worker_that_is_killed_costs_no_submission(big_class):
    """As the system does it when memory runs out."""
    made = big_class
    run = start(made)
    wait_for(lambda: graded(made) >= 3)
    worker = next(p for p in psutil.Process(run.pid).children() if "spawn_main" in " ".join(p.cmdline()))
    worker.kill()
    output = run.communicate(timeout=120)[0]
    assert run.returncode == 0 and "a worker was lost" in output, output
    ids = [line["id"] for line in made.lines()]
    assert len(ids) == len(set(ids)) == 24 and set(made.verdicts().values()) == {"pass", "fail"}


class Breaks(Local):
    """A pool in which one submission kills whichever worker takes it."""

    tries = 0

    def submit(self, function, task):
        self.tries += task.id == "killer"
        return super().submit(_die if task.id == "killer" else _grade_nothing, task)


def _die(task):
    os._exit(9)


def _grade_nothing(task):
    card = {"labs": [], "tests": [], "points": {}, "next": None}
    facts = {"points": 0, "possible": 100, "seconds": 0, "host": "", "open": ""}
    return {"id": task.id, "verdict": "pass", "says": "", "card": card, **facts}


def test_a_submission_that_kills_workers_gets_no_report_and_the_others_theirs(course_of):
    made = course_of(anna="all_pass", ben="all_pass", killer="all_pass", zoe="all_pass")
    pool = Breaks(2)
    made.grade(pool)
    assert 2 <= pool.tries <= 4, "not given up at once, nor tried for ever"
    assert made.verdicts() == {"anna": "pass", "ben": "pass", "killer": "no report", "zoe": "pass"}
    assert len(made.lines()) == 4
