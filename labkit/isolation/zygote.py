"""One process with numpy loaded, which forks a worker for each submission that it is handed.

The judge sends two sockets: `data`, to talk with the worker, and `control`, whose end means the worker's end. Between
zygote and worker stands a supervisor, which runs none of the submission's code: it swallows what is printed, notices
how the worker ended, and leaves no process of it behind.
"""

from __future__ import annotations

import faulthandler
import fcntl
import gc
import json
import mmap
import os
import re
import select
import signal
import socket
import struct
import sys
import time
from pathlib import Path

import numpy as np  # noqa: F401  (that is what the zygote is for)
import numpy.ma  # noqa: F401  (np.median imports it, at the price of many tests: once, and in no worker)

from labkit.isolation import sandbox, worker
from labkit.isolation.channel import Channel

MESSAGE = 1024  # every order is padded to this many bytes, so that orders never run together
_LINE = struct.Struct("<q")
UIDS = 2_000_000_000  # as root, each zygote's workers are a user of their own, whom no system knows


def main(fd: int, hidden: str, scratch: str, namespaces: bool) -> None:
    orders = socket.socket(fileno=fd)
    sandbox.measure_address_space()
    sandbox._die_first()
    sandbox.prctl(sandbox.PR_SET_CHILD_SUBREAPER, 1)
    held = sandbox.enclose(Path(hidden), namespaces) | {"scratch": scratch}
    gc.collect()
    gc.freeze()  # a worker's collector would touch, and so copy, all of it
    sys.path[:] = [p for p in sys.path if p not in ("", hidden)]
    uid = UIDS + os.getpid() % 100_000_000
    orders.sendall(json.dumps(held).encode().ljust(MESSAGE))
    while True:
        try:
            message, fds, _, _ = socket.recv_fds(orders, MESSAGE, 2, socket.MSG_WAITALL)
        except InterruptedError:
            continue
        if len(message) < MESSAGE or len(fds) != 2:
            os._exit(0)  # the judge is gone
        _reap()
        child = os.fork()
        if child == 0:
            orders.close()
            try:
                _supervise(json.loads(message), *fds, held, uid)
            finally:
                os._exit(0)
        for number in fds:
            os.close(number)


def _reap() -> None:
    """Bury the supervisors of earlier submissions, and what they may have lost."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _supervise(limits: dict, data: int, control: int, held: dict, uid: int) -> None:
    reader, writer = os.pipe()
    control_socket = socket.socket(fileno=control)
    try:
        sandbox.own_processes(held)
    except OSError as error:
        _tell(control_socket, {"refused": str(error)})
        return
    birth, unborn = os.pipe()
    where, here = os.pipe()
    reading = mmap.mmap(-1, _LINE.size)  # the worker writes there which line of the file it is about to run
    pid = os.fork()
    if pid == 0:
        _become_worker(limits, (data, writer, unborn, here), held, uid, reading)
    for number in (data, writer, unborn, here):
        os.close(number)
    why = os.read(birth, 1000)
    if why:
        _end(pid)
        _tell(control_socket, {"refused": why.decode("utf-8", "replace")})
        return
    printed = _watch(pid, reader, where, control_socket, limits["output_bytes"], reading)
    status = _end(pid)
    report = {"exit": os.waitstatus_to_exitcode(status), "printed": printed}
    _tell(control_socket, report | {"reading": _LINE.unpack(reading)[0]})


def _become_worker(limits: dict, fds: tuple, held: dict, uid: int, reading: mmap.mmap) -> None:
    data, writer, unborn, here = fds
    try:
        os.setsid()
        nothing = os.open("/dev/null", os.O_RDONLY)
        high = [
            fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (nothing, writer, writer, data, unborn, here)
        ]  # above what is overwritten next
        for target, source in enumerate(high):
            os.dup2(source, target, inheritable=False)
        os.closerange(len(high), 1024)
        sandbox.confine(held, limits, uid)
        os.environ.clear()
        os.environ.update(PATH="/usr/bin:/bin", HOME=os.getcwd(), LANG="C.UTF-8", OMP_NUM_THREADS="1")
    except BaseException as error:
        os.write(4, str(error).encode())
        os._exit(1)
    os.close(4)
    faulthandler.register(signal.SIGUSR1, file=5, all_threads=False)  # says where it is, also inside native code
    worker.run(Channel(socket.socket(fileno=3), 2**40), lambda line: _LINE.pack_into(reading, 0, line))


def _watch(pid: int, reader: int, where: int, control: socket.socket, limit: int, reading: mmap.mmap) -> int:
    """Swallow what the worker prints until it ends, the judge lets go, or it has printed too much. -> bytes.

    Asked by the judge where the worker is, tell the lines of its stack.
    """
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    poll.register(control, select.POLLIN)
    end = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    if end is not None:
        poll.register(end, select.POLLIN)
    printed = 0
    while printed <= limit:
        ready = {fd for fd, _ in poll.poll(None if end is not None else 20)}
        if reader in ready:
            got = os.read(reader, 65536)
            printed += len(got)
            if not got:
                poll.unregister(reader)
        elif control.fileno() in ready:
            if not control.recv(1):
                break
            _tell(control, {"lines": _stack(pid, where), "reading": _LINE.unpack(reading)[0]})
        elif end in ready:
            break
        elif end is None and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
    return printed


def _stack(pid: int, where: int) -> list[list]:
    """[file, line] of each frame, innermost first, as faulthandler writes them; [] if it says nothing."""
    try:
        os.kill(pid, signal.SIGUSR1)
    except OSError:
        return []
    if not select.select([where], [], [], 0.5)[0]:
        return []
    time.sleep(0.02)  # it writes in several pieces
    said = os.read(where, 65536).decode("utf-8", "replace")
    return [[file, int(line)] for file, line in re.findall(r'^  File "(.*)", line (\d{1,7}) in', said, re.M)][:50]


def _end(pid: int) -> int:
    """Kill the worker and whatever it started; -> how it ended."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except OSError:
            pass
    del ended
    _, status = os.waitpid(pid, 0)
    until = time.monotonic() + 1
    while time.monotonic() < until:  # without an own process namespace, grandchildren become ours: see subreaper
        try:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
        except OSError:
            break
        for child in children:
            os.kill(int(child), signal.SIGKILL)
            os.waitpid(int(child), 0)
        if not children:
            break
    return status


def _tell(control: socket.socket, report: dict) -> None:
    try:
        control.sendall(json.dumps(report).encode() + b"\n")
    except OSError:
        pass  # nobody listens any more
