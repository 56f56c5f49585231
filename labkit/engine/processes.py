"""A child process with everything it starts: begun in a session of its own, ended with all its descendants.

A process belongs to a child if it is in the child's session (/proc/PID/stat), which its descendants inherit. Where
there is no /proc, the process group is ended and the rest is left to the system.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

PATIENCE = 5.0  # seconds between asking a process to end and ending it


def start(command: list[str], log, env: dict[str, str]) -> subprocess.Popen:
    """Start `command` in a session of its own; a terminal's Ctrl-C reaches only us, and we end the child."""
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, start_new_session=True
    )


def die_with_parent() -> int:
    """Called by a child at its start: should the parent be killed outright, all of the child's session ends as well.

    The system ends the child itself; a guardian forked here outlives it for a moment and ends the rest (vLLM's core
    runs in a process of its own and would stay). Gives the guardian's process id, 0 where there is none.
    """
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    except (OSError, AttributeError):
        return 0  # not Linux
    child = os.getpid()
    if os.getsid(0) != child:
        return 0  # started by hand, in a session that is not ours to end
    guardian = os.fork()
    if guardian:
        return guardian
    while os.getppid() == child:
        time.sleep(0.2)
    for pid in members(child):
        if pid != os.getpid():
            os.kill(pid, signal.SIGKILL)
    os._exit(0)


def members(session: int) -> dict[int, str]:
    """Process id -> name of what runs in `session`; zombies, which hold nothing any more, are left out."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            name, _, rest = told.partition(" (")[2].rpartition(") ")
        except OSError:
            continue  # ended while we looked
        fields = rest.split()
        if int(fields[3]) == session and fields[0] not in "ZX":
            found[int(folder.name)] = name
    return found


def end(child: subprocess.Popen, patience: float = PATIENCE) -> None:
    """End the child and everything in its session; returns when nothing of it runs any more."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        if not _signal_all(child, sent):
            break
        until = time.monotonic() + patience
        while (child.poll() is None or members(child.pid)) and time.monotonic() < until:
            time.sleep(0.05)
    child.wait()


def _signal_all(child: subprocess.Popen, sent: int) -> bool:
    """Send to each member; False if there was none left."""
    targets = set(members(child.pid)) | ({child.pid} if child.poll() is None else set())
    for pid in targets:
        try:
            os.kill(pid, sent)
        except (ProcessLookupError, PermissionError):
            pass
    return bool(targets)


def listening_ports(session: int) -> set[int]:
    """TCP ports on which processes of `session` listen."""
    sockets = set()
    for pid in members(session):
        try:
            links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:
            continue
        sockets |= {link[8:-1] for link in links if link.startswith("socket:[")}
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="utf-8").splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == "0A" and fields[9] in sockets:  # 0A: LISTEN
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports
