"""Whatever a function in the child does, the parent goes on, says why, and nothing of the child is left running."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labkit.engine import child, processes
from labkit.engine.words import last_words

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc: Linux only")

FILE = """
import os, subprocess, sys, time

def add(a, b=0):
    return {"sum": a + b, "threads": os.environ["OMP_NUM_THREADS"], "offline": os.environ["HF_HUB_OFFLINE"]}

def numbers():
    import numpy as np
    return {"one": np.float32(1.5), "many": np.arange(3)}

def with_helper(how):
    helper = subprocess.Popen([sys.executable, "-c", "import socket, time; s = socket.create_server(('127.0.0.1', 0));"
                               "print('up', flush=True); time.sleep(600)"], stdout=subprocess.PIPE)
    helper.stdout.readline()
    print("helper", helper.pid, flush=True)
    if how == "returns":
        return {"helper": helper.pid}
    if how == "hangs":
        print("ValueError: the weights are damaged", flush=True)
        time.sleep(600)
    if how == "dies":
        print("RuntimeError: out of memory for the cache", flush=True)
        os.kill(os.getpid(), 9)
    raise ValueError("no such scheme")

def leaves():
    exit(3)
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def helper_in(log):
    return int(next(line.split()[1] for line in log.splitlines() if line.startswith("helper")))


def test_a_result_comes_back_and_the_settings_are_the_engines(file):
    outcome = child.run(file, "add", [2], {"b": 3}, limit=90)
    assert outcome.value == {"sum": 5, "threads": os.environ.get("OMP_NUM_THREADS", "1"), "offline": "1"}
    assert outcome.error is None and outcome.left == []


def test_numpys_numbers_come_back_as_plain_ones(file):
    assert child.run(file, "numbers", limit=90).value == {"one": 1.5, "many": [0, 1, 2]}


@pytest.mark.parametrize("how", ["returns", "raises", "hangs", "dies"])
def test_no_process_is_left_however_the_function_ends(file, how):
    outcome = child.run(file, "with_helper", [how], limit=10 if how == "hangs" else 90)
    assert not is_running(helper_in(outcome.log))
    assert outcome.seconds < 60  # of its own: not those it waited for another test's engine
    if how == "returns":
        assert outcome.left == ["process python"] or outcome.left[0].startswith("process python")
    if how == "raises":
        assert outcome.error["type"] == "ValueError" and outcome.error["own"] and outcome.error["line"]
    if how == "hangs":
        assert outcome.error["kind"] == "time" and "ValueError: the weights are damaged" in outcome.error["message"]
    if how == "dies":
        assert outcome.error["kind"] == "died" and "out of memory for the cache" in outcome.error["message"]


def test_exit_in_the_function_is_an_answer_not_the_end(file):
    assert child.run(file, "leaves", limit=90).error["type"] == "SystemExit"


def run_in_background(file, tmp_path):
    code = f"from labkit.engine import child; child.run({str(file)!r}, 'with_helper', ['hangs'], limit=500)"
    env = {**os.environ, "PYTHONPATH": child.python_path(), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", code], env=env, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        for log in tmp_path.glob("labkit-engine-*/log.txt"):
            if "damaged" in log.read_text():
                return process, helper_in(log.read_text())
        time.sleep(0.05)
    raise AssertionError("the child did not start")


def test_ctrl_c_in_the_parent_ends_the_child_and_its_helpers(file, tmp_path):
    process, helper = run_in_background(file, tmp_path)
    process.send_signal(signal.SIGINT)
    process.wait(90)
    assert not is_running(helper)


def test_a_child_and_its_helpers_end_with_a_parent_that_is_killed_outright(file, tmp_path):
    process, helper = run_in_background(file, tmp_path)
    process.kill()
    process.wait()
    until = time.monotonic() + 60
    while is_running(helper) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(helper)


def test_a_listening_port_of_a_session_is_found(tmp_path):
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 0));"
    code += "print(s.getsockname()[1], flush=True); time.sleep(60)"
    with open(tmp_path / "log", "w+") as log:
        process = processes.start([sys.executable, "-c", code], log, dict(os.environ))
        try:
            until = time.monotonic() + 60
            while not Path(tmp_path, "log").read_text().strip() and time.monotonic() < until:
                time.sleep(0.05)
            assert processes.listening_ports(process.pid) == {int(Path(tmp_path, "log").read_text())}
        finally:
            processes.end(process)
    assert processes.members(process.pid) == {}


LOG = """\
(EngineCore pid=77) INFO 11-21 06:49:35 [core.py:133] Initializing a V1 LLM engine
(EngineCore pid=77) ERROR 11-21 06:49:36 [core.py:1101] Traceback (most recent call last):
(EngineCore pid=77) ERROR 11-21 06:49:36 [core.py:1101] ValueError: Failed to find a kernel that can implement it.
Traceback (most recent call last):
  File "x.py", line 3, in <module>
RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}
"""


def test_the_last_words_are_the_root_cause_not_its_echo():
    assert last_words(LOG) == "ValueError: Failed to find a kernel that can implement it."


def test_a_message_of_several_lines_keeps_them_without_the_programmers_tail():
    log = ("pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig\n"
           "  Value error, The checkpoint is of an unknown kind. [type=value_error, input_value=Args({'a'})]\n"
           "    For further information visit somewhere\n")  # fmt: skip
    assert last_words(log).splitlines()[1] == "Value error, The checkpoint is of an unknown kind."


def test_without_a_named_error_the_last_lines_are_given():
    assert last_words("one\n\ntwo\n") == "one\ntwo" and last_words("") == "it said nothing"


def test_the_request_holds_paths_as_text(file, tmp_path):
    outcome = child.run(file, "add", [1], {"b": 1}, limit=90)
    assert json.dumps(outcome.value)
