"""From a save to its verdict, in a pipe and on a real terminal."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from labkit.loop.files import Files
from labkit.loop.latency import WatchProcess, save
from tests.loop.conftest import until

posix = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
PROMPT = 20.0  # seconds; the promise itself (0.5 s) is measured, see test_page.py: here other tests run as well


@pytest.fixture
def piped(learner):
    learner.write("01", "quantize_per_tensor", "memory_bytes")
    runner = learner.root / "labkit/loop/runner.py"
    runner.write_text(
        runner.read_text(encoding="utf-8").replace("PATIENCE = 10.0", "PATIENCE = 60.0"), encoding="utf-8"
    )
    watch = WatchProcess(learner.root, "01")
    watch.wait_for("exercise 2", 0)
    yield watch
    watch.end()


def test_each_save_gets_its_verdict_and_only_what_changed_is_graded(learner, piped):
    for _ in range(2):
        seen, start = len(piped.lines), time.perf_counter()
        learner.replace("np.rint", "np.floor")
        assert piped.wait_for("That is what you get with floor", seen) - start < PROMPT
        seen, start = len(piped.lines), time.perf_counter()
        learner.replace("np.floor", "np.rint")
        assert piped.wait_for("quantize_per_tensor passes", seen) - start < PROMPT
    assert not any("memory_bytes passes" in line for _, line in piped.lines[seen:])
    assert learner.items()["lab-01/quantize_per_tensor"]["status"] == "passed"


def test_an_editor_that_replaces_or_empties_the_file_first_is_read_when_it_is_done(learner, piped):
    seen = len(piped.lines)
    text = learner.starter().read_text(encoding="utf-8")
    with open(learner.starter(), "w", encoding="utf-8") as file:
        file.flush()
        time.sleep(0.2)  # empty for a while
        file.write(text.replace("np.rint", "np.floor"))
    piped.wait_for("get with floor", seen)
    assert not any("cannot be" in line or "is not there" in line for _, line in piped.lines)
    seen = len(piped.lines)
    save(learner.starter(), "quantize_per_tensor", "by replacement")
    piped.wait_for("get with floor", seen)


def test_a_save_while_an_endless_loop_runs_starts_over(learner, piped):
    seen = len(piped.lines)
    learner.replace("np.rint", "sum(iter(int, 1)) or np.rint")
    piped.wait_for("still running", seen)
    start = time.perf_counter()
    learner.replace("sum(iter(int, 1)) or np.rint", "np.floor")
    assert piped.wait_for("get with floor", seen) - start < PROMPT
    assert not any("did not end" in line for _, line in piped.lines)


def test_the_starter_may_go_and_come_back(learner, piped):
    seen, text = len(piped.lines), learner.starter().read_text(encoding="utf-8")
    learner.starter().unlink()
    piped.wait_for("quantize_per_tensor", seen)
    time.sleep(1.5)
    seen = len(piped.lines)
    learner.starter().write_text(text, encoding="utf-8")
    piped.wait_for("quantize_per_tensor passes", seen)


def test_content_decides_where_a_clock_is_coarse_or_only_touched(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("1", encoding="utf-8")
    stat = file.stat()
    files = Files([file])
    file.write_text("2", encoding="utf-8")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # the same size, the same time
    found = until(files.saved, 5, "a change that only the content shows")
    assert found == [file]
    os.utime(file)
    assert files.stirred() and files.saved() == [] and not files.stirred()


class Terminal:
    """`lab watch` on a pseudo-terminal."""

    def __init__(self, learner, *arguments, columns=80, env=()):
        import fcntl
        import pty
        import struct
        import termios
        import threading

        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        self.slave = slave
        self.mode = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            learner.command("watch", *arguments),
            cwd=learner.root,
            env={**learner.environment, "TERM": "xterm-256color", **dict(env)},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        self.text = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.text += data.decode("utf-8", "replace")

    @property
    def screen(self) -> str:
        """What stands there since the last clearing."""
        return self.text.rpartition("\x1b[2J")[2]

    def shows(self, words: str, seconds: float = 30.0) -> str:
        until(lambda: words in self.screen and "[q]" in self.screen, seconds, f"{words!r}")
        return self.screen

    def press(self, key: str) -> None:
        os.write(self.master, key.encode())

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.slave)
        os.close(self.master)


@pytest.fixture
def terminal(learner):
    opened = []

    def run(*arguments, **options) -> Terminal:
        opened.append(Terminal(learner, *arguments, **options))
        return opened[-1]

    yield run
    for one in opened:
        one.end()


@posix
def test_on_a_terminal_the_verdict_the_hint_and_the_labs_are_a_key_away(learner, terminal):
    import termios

    learner.write("01", "quantize_per_tensor", change=("np.rint", "np.floor"))
    watch = terminal("01", "--lang", "es")
    screen = watch.shows("[q]")
    assert "That is what you get with floor" in screen and "\x1b[" in screen
    watch.press("h")
    assert "Quedan 2" in watch.shows("Pista para")
    watch.press("l")
    watch.shows("0/100")
    watch.press("\x1b[A")  # an arrow is no key of ours
    learner.replace("np.floor", "np.rint")
    assert "Ahora: lab 01, ejercicio 2" in watch.shows("quantize_per_tensor pasa", PROMPT)
    watch.press("r")
    watch.press("q")
    assert watch.process.wait(timeout=20) == 0
    assert termios.tcgetattr(watch.slave) == watch.mode
    assert not left_behind(learner)


@posix
def test_ctrl_c_ends_it_and_leaves_the_terminal_as_it_was(learner, terminal):
    import termios

    watch = terminal("01")
    watch.shows("[q]")
    os.killpg(watch.process.pid, signal.SIGINT)
    assert watch.process.wait(timeout=20) == 0
    assert "Traceback" not in watch.text and "verdicts are kept" in watch.text
    assert termios.tcgetattr(watch.slave) == watch.mode
    until(lambda: not left_behind(learner), 10, "the end of the waiting process")


@posix
def test_killed_outright_it_leaves_no_process_behind(learner, terminal):
    watch = terminal("01")
    watch.shows("[q]")
    watch.process.kill()
    until(lambda: not left_behind(learner), 10, "the end of the waiting process")


@posix
def test_no_colour_and_a_narrow_terminal(learner, terminal):
    learner.write("01", "quantize_per_tensor", change=("np.rint", "np.floor"))
    watch = terminal("01.1", columns=44, env={"NO_COLOR": "1"})
    screen = watch.shows("[q]")
    assert not re.search(r"\x1b\[\d*m", screen)
    long = [line for line in screen.splitlines() if len(line) > 43 and "/" not in line]
    assert not long
    assert "quantize_per_channel" not in screen


def left_behind(learner) -> list[str]:
    """Grading processes of this checkout that still run (Linux: elsewhere there is no /proc to look into)."""
    found = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():
        try:
            if entry.isdigit() and os.readlink(f"/proc/{entry}/cwd") == str(learner.root):
                command = open(f"/proc/{entry}/cmdline", "rb").read()
                if b"labkit.loop.child" in command:
                    found.append(command.decode())
        except OSError:
            pass
    return found
