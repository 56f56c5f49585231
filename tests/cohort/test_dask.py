"""Past one machine: a real scheduler, two workers in processes of their own, one of them killed midway."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from labkit import course

pytest.importorskip("distributed", reason="distributed is not installed")


@pytest.fixture
def cluster(tmp_path):
    """(address of a scheduler on loopback, [two worker processes])."""
    started = []

    def start(*arguments):
        log = open(tmp_path / f"{len(started)}.log", "w+")
        command = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]]
        environment = {**os.environ, "PYTHONPATH": str(course.ROOT), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s"}
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, env=environment)
        started.append(process)
        return process, log.name

    def said(name, pattern):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = re.search(pattern, open(name).read())
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(open(name).read())

    _, log = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-jupyter")
    address = said(log, r"Scheduler at:\s+(tcp://\S+)")[1]
    workers = []
    for _ in range(2):
        worker, log = start(
            "dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"
        )
        said(log, r"Registered to")
        workers.append(worker)
    yield address, workers
    for process in started:
        process.kill()
        process.wait()


def test_on_a_cluster_that_loses_a_worker_nothing_is_lost_and_nothing_is_graded_twice(cluster, course_of):
    address, workers = cluster
    made = course_of()
    for number in range(16):
        made.hand_in(f"student{number:02}", "all_pass" if number % 4 else "exits")
    code = "import sys; from labkit.cohort.run import main; sys.exit(main(sys.argv[1:]))"
    options = ["--out", str(made.out), "--labs", "01", "--scheduler", address]
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(made.folder), *options],
        cwd=course.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    end = time.monotonic() + 60
    while not (made.out / "results.jsonl").exists() or len(made.lines()) < 3:
        assert time.monotonic() < end and run.poll() is None, run.communicate()[0]
        time.sleep(0.05)
    os.kill(workers[0].pid, signal.SIGKILL)
    stored = {line["id"] for line in made.lines()}
    output = run.communicate(timeout=120)[0]
    assert run.returncode == 0 and "2 Dask workers at" in output, output
    ids = [line["id"] for line in made.lines()]
    assert sorted(ids) == [f"student{n:02}" for n in range(16)], "each once, and none lost"
    assert 3 <= len(stored) < 16, "the worker died midway"
    assert all(made.verdicts()[f"student{n:02}"] == ("pass" if n % 4 else "fail") for n in range(16))
    assert sum("12 pass" in line for line in output.splitlines()) >= 1
