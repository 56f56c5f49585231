"""What a worker cannot reach, as far as the system allows: docs/en/isolation.md says what that is, system by system.

On Linux, as root or where a user may make user namespaces: an own root directory that holds Python and numpy,
read-only, and nothing else; no network, not even loopback; no other process to be seen or signalled; no privilege.
Without namespaces: Landlock, where the kernel has it. Without either: limits, and as root another user.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import sys
import tempfile
from pathlib import Path

from labkit.isolation import landlock

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_FLAGS = {os.ST_NOSUID: MS_NOSUID, os.ST_RDONLY: MS_RDONLY}
for _name, _flag in (("ST_NODEV", MS_NODEV), ("ST_NOEXEC", 8), ("ST_NOATIME", 1024), ("ST_NODIRATIME", 2048),
                     ("ST_RELATIME", 1 << 21)):  # fmt: skip
    _FLAGS[getattr(os, _name, 0)] = _flag
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
NOBODY = 65534
LINUX = sys.platform == "linux"
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *args) -> None:
    if getattr(_libc, name)(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _call("unshare", ctypes.c_int(flags))


def mount(source: str, target, kind: str | None, flags: int, data: str | None = None) -> None:
    _call("mount", source.encode(), os.fsencode(target), kind and kind.encode(), ctypes.c_ulong(flags),
          data and data.encode())  # fmt: skip


def prctl(option: int, value: int) -> None:
    if LINUX:
        _call("prctl", option, ctypes.c_ulong(value), 0, 0, 0)


# ---- once, in the zygote ----


def enclose(hidden: Path, namespaces: bool = True) -> dict:
    """Give this process and its children an own root without `hidden`, and no network. -> what was possible."""
    held = {"namespaces": False, "landlock": landlock.version(), "user": os.geteuid() == 0, "why": ""}
    if not namespaces:
        return _without(held, "none were asked for")
    if not LINUX:
        return _without(held, f"{platform.system()} has no namespaces")
    uid, gid = os.geteuid(), os.getegid()
    try:
        try:
            unshare(NEWNS | NEWNET | NEWIPC | NEWUTS)
        except PermissionError:
            unshare(NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS)
            Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
            Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
            Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
            held["user"] = False  # only one user is known in there, the caller; its files are not to be seen
        _new_root(hidden)
    except OSError as error:
        return _without(held, str(error))
    return held | {"namespaces": True}


def _without(held: dict, why: str) -> dict:
    """Another user could not read a Python that lies in root's own folder; Landlock then does what that user would."""
    private = any(not d.stat().st_mode & 0o001 for source in _needed() for d in source.parents)
    return held | {"why": why, "user": held["user"] and not (private and held["landlock"] >= 6)}


def _new_root(hidden: Path) -> None:
    """A root of bind mounts: Python, numpy, the system's libraries; all of it read-only."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    root = Path(tempfile.mkdtemp(prefix="lab-root-"))
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    bound: list[Path] = []
    for source in _needed():
        if not any(source == other or other in source.parents for other in bound):
            _bind(source, root)
            bound.append(source)
    if any(hidden == other or other in hidden.parents for other in bound) and hidden != Path(sys.prefix):
        cover = root / hidden.relative_to("/")
        mount("tmpfs", cover, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
        for source in _needed():
            if hidden in source.parents:
                _bind(source, root)
        mount("none", cover, None, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    for name in ("work", "old"):
        (root / name).mkdir()
    if platform.machine() not in _PIVOT_ROOT:
        raise OSError(f"pivot_root has no known number on {platform.machine()}")
    _call("syscall", _PIVOT_ROOT[platform.machine()], os.fsencode(root), os.fsencode(root / "old"))
    os.chdir("/")
    os.rmdir(f"/old{root}")
    _call("umount2", b"/old", 2)  # MNT_DETACH
    os.rmdir("/old")
    mount("none", "/", None, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=755,size=1m")


def _needed() -> list[Path]:
    """What a worker reads after its start: modules that Python and numpy import late, and three devices."""
    import numpy

    python = {Path(sys.base_prefix), Path(sys.prefix), Path(numpy.__file__).parent.parent}
    system = [Path(p) for p in ("/usr", "/lib", "/lib64", "/lib32", "/etc/ld.so.cache")]
    devices = [Path("/dev") / name for name in ("null", "zero", "urandom", "random")]
    return [p for p in [*system, *sorted(python, key=lambda p: len(p.parts)), *devices] if p.exists()]


def _bind(source: Path, root: Path) -> None:
    target = root / source.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink() and source.parent == Path("/"):  # /lib -> usr/lib
        target.symlink_to(os.readlink(source))
        return
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.touch()
    mount(str(source), target, None, MS_BIND)
    if Path("/dev") not in source.parents:
        has = os.statvfs(target).f_flag  # a user namespace may add flags and must keep those that are there
        keep = sum(flag for bit, flag in _FLAGS.items() if bit and has & bit)
        mount("none", target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | keep)


# ---- for each worker ----


def own_processes(held: dict) -> None:
    """In the supervisor, before it forks the worker: the worker will be process 1 of its own, seeing no other."""
    if held["namespaces"]:
        unshare(NEWPID | NEWNS | NEWIPC)
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def confine(held: dict, limits: dict, uid: int) -> None:
    """In the worker, before it reads a line of the submission. Raises OSError rather than leave a door open."""
    if held["namespaces"]:
        mount("tmpfs", "/work", "tmpfs", MS_NOSUID | MS_NODEV, f"mode=777,size={limits['file_bytes']},nr_inodes=1000")
        os.chdir("/work")
    else:
        os.chdir(tempfile.mkdtemp(prefix="lab-work-", dir=held["scratch"]))
    if held["user"]:
        if not held["namespaces"]:
            os.chmod(".", 0o777)
        os.setgroups([])
        for user in (uid, NOBODY):  # a user of its own; in a container that knows few users, nobody
            try:
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
                break
            except OSError:
                if user == NOBODY:
                    raise
    _limit(limits)
    if LINUX:
        _drop_capabilities()
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        if not held["namespaces"] and held["landlock"]:
            landlock.restrict(_needed(), Path.cwd())
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _die_first()


def _limit(limits: dict) -> None:
    def lower(name: str, value: int) -> None:
        number = getattr(resource, name, None)
        if number is None:
            return
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (value, value))
        except (OSError, ValueError):  # macOS refuses some
            pass

    lower("RLIMIT_AS", limits["memory_bytes"] + _address_space())
    lower("RLIMIT_CPU", int(limits["total_seconds"]) + 2)
    lower("RLIMIT_FSIZE", limits["file_bytes"])
    lower("RLIMIT_NPROC", limits["processes"])
    lower("RLIMIT_NOFILE", 64)
    lower("RLIMIT_CORE", 0)
    lower("RLIMIT_MSGQUEUE", 0)
    lower("RLIMIT_MEMLOCK", 0)


def _address_space() -> int:
    return held_address_space or 2**30


held_address_space = 0


def measure_address_space() -> None:
    """In the zygote, while /proc is still to be seen: what Python and numpy themselves take."""
    global held_address_space
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        held_address_space = pages * resource.getpagesize()
    except (OSError, ValueError):
        held_address_space = 0


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process
    _call("capset", header, (ctypes.c_uint32 * 6)())


def _die_first() -> None:
    """Where the machine runs out of memory, the worker goes and not the judge."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:
        pass  # /proc is not to be seen from here: the zygote has said it for all its children
