"""The judge's side of a worker: start the zygote, get workers from it, call, notice how one ended."""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque

from labkit import course
from labkit.isolation.channel import ID, Body, Channel, Closed, Late, pack, unpack
from labkit.isolation.limits import Limits
from labkit.isolation.values import Garbage
from labkit.isolation.zygote import MESSAGE

ROOM = 2**18
START_SECONDS = 60  # for importing numpy on a busy machine


class Trouble(Exception):
    """A worker that did not do what it was asked: `status` is "timeout" or "error", the message is for the student.

    `line` is where in the file it happened, if that is known.
    """

    def __init__(self, status: str, message: str, line: int | None = None):
        super().__init__(message)
        self.status, self.line = status, line


class Zygote:
    """The process that forks workers. `held` says what the system allowed it: namespaces, user, why (not)."""

    def __init__(self, namespaces: bool = True):
        """namespaces: try for them; without, as on a system that has none, is for tests."""
        self._orders, theirs = socket.socketpair()
        self._scratch = tempfile.mkdtemp(prefix="lab-isolation-")  # for workers without an own root
        os.chmod(self._scratch, 0o711)
        start = (
            f"import sys; sys.path.insert(0, {str(course.ROOT)!r}); from labkit.isolation import zygote; "
            f"zygote.main({theirs.fileno()}, {str(course.ROOT)!r}, {self._scratch!r}, {namespaces})"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-c", start],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                 "MKL_NUM_THREADS": "1", "PYTHONNOUSERSITE": "1", "TMPDIR": tempfile.gettempdir()},
        )  # fmt: skip
        theirs.close()
        self._orders.settimeout(START_SECONDS)
        try:
            said = self._orders.recv(MESSAGE, socket.MSG_WAITALL)
        except OSError:
            said = b""
        if not said:
            self.close()
            raise RuntimeError("the process that isolates submissions did not start; what it printed stands above")
        self.held = json.loads(said)
        self._orders.settimeout(None)
        if self.held["namespaces"]:
            os.rmdir(self._scratch)  # each worker has a folder in memory

    def worker(self, limits: Limits) -> Worker:
        data, their_data = socket.socketpair()
        for end in (data, their_data):  # room for what is asked ahead, and for its answers: see ahead.py
            for side in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, side, ROOM)
        control, their_control = socket.socketpair()
        message = json.dumps(limits.as_dict()).encode().ljust(MESSAGE)
        with their_data, their_control:
            socket.send_fds(self._orders, [message], [their_data.fileno(), their_control.fileno()])
        return Worker(data, control, limits)

    def close(self) -> None:
        self._orders.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)


class Worker:
    """One submission's process. Any Trouble ends it; `ended` is then the Trouble."""

    def __init__(self, data: socket.socket, control: socket.socket, limits: Limits):
        self._channel, self._control, self._limits = Channel(data, limits.result_bytes), control, limits
        self.ended: Trouble | None = None
        self._path = ""
        self._open: deque[bytes] = deque()  # ids of the questions that are not answered yet
        self.room = min(data.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF), ROOM) // 2  # bytes it takes unread

    def load(self, path: str, source: bytes, functions: list[str], seconds: float) -> dict:
        """Have the file read; -> what it defines (see worker._contents); None: no other file shall be read there."""
        self._path = path
        header = {"path": path, "functions": functions, "result_bytes": self._limits.result_bytes}
        self.ask([pack(header, [source])], seconds)
        return unpack(self.answer(seconds, "reading the file"))[0].get("loaded")

    def ask(self, questions: list[Body], seconds: float) -> None:
        """Put questions, which are answered one by one in this order; see `question`."""
        # An answer written before the question is no answer: nobody can guess these.
        ids = secrets.token_bytes(ID * len(questions))
        frames = [(ids[ID * n : ID * (n + 1)], body) for n, body in enumerate(questions)]
        self._open.extend(id for id, _ in frames)
        try:
            self._channel.send(frames, time.monotonic() + seconds)
        except Late:
            self._fail("timeout", f"did not take its input within {seconds:g} seconds")
        except Closed:
            pass  # it has ended: what it answered before is still to be read, and then that it ended

    def answer(self, seconds: float, doing: str = "this call") -> Body:
        """The answer to the first open question."""
        try:
            id, body = self._channel.receive(time.monotonic() + seconds)
        except Late:
            words = f"{doing} took longer than {seconds:g} seconds and was stopped: is there an endless loop?"
            self._fail("timeout", words, self._where())
        except Closed:
            self._fail(*self._how_it_ended())
        except Garbage as error:
            self.garbage(error)
        if id != self._open.popleft():
            self._fail("error", "wrote into the channel that carries its results (an answer to no question)")
        return body

    def garbage(self, error: Garbage) -> None:
        """A reply that `decode` refused."""
        self._fail("error", f"wrote into the channel that carries its results ({error})")

    def _where(self) -> int | None:
        """The line of the submission that is being run, as far as the worker tells."""
        try:
            self._control.sendall(b"?")
            report = self._report(1.0)
            running = (int(line) for file, line in report["lines"] if file == self._path)
            return next(running, None) or _line(report)
        except (OSError, KeyError, TypeError, ValueError):
            return None

    def _fail(self, status: str, message: str, line: int | None = None) -> None:
        self.ended = Trouble(status, message, line)
        self.close()
        raise self.ended

    def _how_it_ended(self) -> tuple[str, str, int | None]:
        report = self._report(3.0)
        return *self._in_words(report), _line(report)

    def _report(self, seconds: float) -> dict:
        """The next line that the supervisor says; {} if it says none in time."""
        said = b""
        until = time.monotonic() + seconds
        while not said.endswith(b"\n"):
            ready = select.select([self._control], [], [], max(0.0, until - time.monotonic()))[0]
            part = self._control.recv(2**16) if ready else b""
            if not part:
                return {}
            said += part
        return json.loads(said.splitlines()[0])

    def _in_words(self, report: dict) -> tuple[str, str]:
        limits, code = self._limits, report.get("exit")
        if "refused" in report:
            return "error", f"the system refused to isolate it: {report['refused']}"
        if report.get("printed", 0) > limits.output_bytes:
            size = f"{limits.output_bytes / 2**20:g} MiB"
            return "error", f"printed more than {size} and was stopped: is there a print inside a loop?"
        if code == 97:
            return "error", "the system refused to isolate it"
        if code is None:
            return "error", "ended together with the process that watches it"
        if code == -signal.SIGXCPU:
            return "timeout", f"used more than {limits.total_seconds:g} seconds of the processor and was stopped"
        if code == -signal.SIGKILL:
            return "error", "was killed by the system: was too much memory asked for?"
        if code < 0:
            return "error", f"crashed the interpreter (signal {signal.Signals(-code).name})"
        return (
            "error",
            f"ended the whole process with exit code {code} (os._exit, perhaps): a function returns or raises",
        )

    def is_idle(self) -> bool:
        return not self.ended and not self._open

    def close(self) -> None:
        """Hang up: the supervisor then ends the worker."""
        self._channel.sock.close()
        self._control.close()


def question(function: str, args, kwargs, buffers: list) -> Body:
    """What asks a worker to call a function; args and kwargs as `values.encode` gives them."""
    return pack({"function": function, "args": args, "kwargs": kwargs}, buffers)


def _line(report: dict) -> int | None:
    """Of the top-level statement that was being run, if the file was still being read."""
    line = report.get("reading")
    return line if type(line) is int and line > 0 else None
