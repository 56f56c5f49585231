"""`lab serve`: up on loopback, answers the OpenAI client, gone without a trace; and says so when it cannot."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labkit import course
from labkit.engine import child, present, processes, serve, serving
from labkit.engine.serving import ServeError

MODEL = course.ROOT / "data" / "models" / "clerk-2m"


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_port_in_use_is_named_and_another_proposed(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(ServeError, match=f"port {port} cannot be had .*--port {port + 1}"):
            with serving.serving(MODEL, port):
                raise AssertionError("it started")


def test_a_folder_that_is_no_checkpoint_is_refused_before_anything_starts(tmp_path, port):
    with pytest.raises(ServeError, match="no checkpoint.*lab checkpoint"):
        with serving.serving(tmp_path, port):
            raise AssertionError("it started")


def test_without_the_engine_one_line_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(present, "is_installed", lambda: False)
    assert serve.main([str(MODEL)]) == 2
    assert capsys.readouterr().err.strip() == f"lab serve: {present.ABSENT}"


@pytest.mark.engine
def test_a_quantized_checkpoint_is_served_asked_and_benchmarked_then_nothing_is_left(tmp_path, port):
    from labkit.models.checkpoints import write_checkpoint

    write_checkpoint("w8a8", tmp_path / "w8a8")
    with child.one_at_a_time(), serving.serving(tmp_path / "w8a8", port) as server:
        assert server.healthy() and port in processes.listening_ports(server.process.pid)
        assert server.ask("22 + 23 =") == " 45"
        report = server.benchmark(requests=4)
        session = server.process.pid
    assert "Successful requests:                     4" in report
    assert processes.members(session) == {} and is_free(port)


@pytest.mark.engine
def test_your_own_format_is_served_as_well(port):
    files = [course.find(lab).folder / "solution.py" for lab in ("02", "01")]
    with child.one_at_a_time(), serving.serving(MODEL, port, format_files=files, quantization="lab_int8") as server:
        assert server.ask("22 + 23 =") == " 45"
        assert "quantization=lab_int8" in server.log.read_text()


@pytest.mark.engine
def test_ctrl_c_while_it_serves_leaves_nothing(port):
    command = [sys.executable, "-m", "labkit.cli", "serve", str(MODEL), "--port", str(port)]
    env = {**os.environ, "PYTHONPATH": child.python_path()}
    with child.one_at_a_time():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        until = time.monotonic() + 300
        line = ""
        while not line.startswith("ready") and time.monotonic() < until:
            line = process.stdout.readline()
        engines = [int(p.name) for p in Path("/proc").glob("[0-9]*") if _parent(p) == process.pid]
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
        assert engines and all(processes.members(pid) == {} for pid in engines) and is_free(port)
        assert "nothing is left running" in process.stdout.read()


def _parent(folder):
    try:
        return int((folder / "stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return None


@pytest.mark.engine
def test_a_checkpoint_that_vllm_refuses_gives_the_engines_own_last_words(tmp_path, port, capsys):
    import json
    import shutil

    shutil.copytree(MODEL, tmp_path / "odd")
    config = json.loads((MODEL / "config.json").read_text())
    (tmp_path / "odd" / "config.json").write_text(
        json.dumps(config | {"quantization_config": {"quant_method": "int3"}})
    )
    with child.one_at_a_time():
        assert serve.main([str(tmp_path / "odd"), "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert "last words" in said and "int3" in said and len(said.splitlines()) < 6
    assert is_free(port)
