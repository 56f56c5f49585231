"""`lab doctor`, the machine's side: course, variables, encoding, terminal, disk, file system, git."""

from __future__ import annotations

import locale
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from labkit.learner_tools.checks_python import output_of
from labkit.learner_tools.finding import BAD, GOOD, NOTE, ROOT, Finding, finding, found, short, some

VARIABLES = ("LAB_IMPL", "LAB_REQUIRE", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONHOME")
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "fuse.sshfs", "9p", "drvfs", "vboxsf", "virtiofs",
           "fuse.gvfsd-fuse", "fuse.drive", "ceph", "lustre", "afs"}  # fmt: skip
SYNCED = ("onedrive", "dropbox", "google drive", "googledrive", "mobile documents", "nextcloud")
SLOW_FILE = 0.010  # seconds to write, rename, read and remove one small file
LONGEST_WINDOWS_PATH = 259


def course() -> Finding:
    from labkit import course as contents  # needs yaml, which may be what is missing

    try:
        labs = contents.labs()
    except contents.CourseError as error:
        return finding("course.broken", BAD, str(error))
    missing = [short(lab.folder / "starter.py") for lab in labs if not (lab.folder / "starter.py").is_file()]
    if missing:
        return finding("course.broken", BAD, found("no_starter", some(missing)))
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "labkit" / "course.py").is_file() and folder.resolve() != ROOT:
            names = found("two_copies", ROOT.name, folder.name)
            return finding("course.other", BAD, names, editable="python -m pip install --editable .")
    return finding("course.good", GOOD, found("labs", ", ".join(lab.number for lab in labs)))


def variables() -> Finding:
    there = [name for name in VARIABLES if os.environ.get(name)]
    if not there:
        return finding("variables.good", GOOD, found("unset"))
    unset = ("Remove-Item Env:" if os.name == "nt" else "unset ") + there[0]
    return finding("variables.set", NOTE, ", ".join(there), unset=unset)


def encoding() -> Finding:
    screen = getattr(sys.stdout, "encoding", None) or "ascii"
    of_the_system = getattr(locale, "getencoding", lambda: locale.getpreferredencoding(False))  # since Python 3.11
    files = "utf-8" if sys.flags.utf8_mode else of_the_system()
    names = found("encodings", screen.upper(), files.upper())
    try:
        "✓✗·é—→".encode(screen)
    except (UnicodeError, LookupError):
        utf8 = '$env:PYTHONUTF8 = "1"; chcp 65001' if os.name == "nt" else "export PYTHONUTF8=1"
        return finding("encoding.poor", NOTE, names, utf8=utf8)
    return finding("encoding.good", GOOD, names)


def terminal() -> Finding:
    if not sys.stdout.isatty():
        return finding("terminal.none", GOOD, found("piped"))
    columns = shutil.get_terminal_size().columns
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    says = found("columns", columns, found("no_colour" if plain else "colour"))
    return finding("terminal.thin", NOTE, says) if columns < 60 else finding("terminal.good", GOOD, says)


def disk() -> Finding:
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    says = found("free", "%.1f" % free)
    return finding("disk.good", GOOD, says) if free >= 8 else finding("disk.little", NOTE if free > 0.3 else BAD, says)


def files() -> Finding:
    """Where the course lies: can it be written, is it far away, is it slow?"""
    try:
        seconds = _seconds_a_file()
    except OSError as error:
        return finding("files.closed", BAD, error.strerror or str(error))
    longest = max((len(str(path)) for path in ROOT.glob("phase-*/labs/*/*/*")), default=0)
    if os.name == "nt" and longest > LONGEST_WINDOWS_PATH:
        return finding("files.long", BAD, found("letters", longest))
    kind = file_system(ROOT)
    synced = next((name for name in SYNCED if name in str(ROOT).lower()), None)
    says = found("a_file", synced or kind or "?", "%.1f" % (1000 * seconds))
    far = kind in NETWORK or synced or seconds > SLOW_FILE
    return finding("files.far", NOTE, says) if far else finding("files.good", GOOD, says)


def _seconds_a_file(count: int = 15) -> float:
    """The median time to write, rename, read and remove a small file beside the labs."""
    taken = []
    with tempfile.TemporaryDirectory(dir=str(ROOT), prefix=".doctor-", suffix=".part") as folder:
        for number in range(count):
            began = time.perf_counter()
            path, renamed = Path(folder, "%d.part" % number), Path(folder, "%d.txt" % number)
            path.write_bytes(b"x" * 2000)
            os.replace(str(path), str(renamed))
            renamed.read_bytes()
            renamed.unlink()
            taken.append(time.perf_counter() - began)
    return sorted(taken)[count // 2]


def file_system(path: Path):
    """The kind of file system that `path` lies on, as its system calls it; None where it does not tell."""
    if os.name == "nt":
        return _windows_drive(path)
    if sys.platform == "darwin":
        mounts = re.findall(r" on (.+) \((\w+)", output_of("mount") or "")
    else:
        try:
            text = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        mounts = [line.split()[1:3] for line in text.splitlines()]
    around = [(mount, kind) for mount, kind in mounts if Path(mount) == path or Path(mount) in path.parents]
    return max(around, key=lambda entry: len(entry[0]))[1] if around else None


def _windows_drive(path: Path):
    if str(path).startswith("\\\\"):
        return "smbfs"  # a UNC path: another machine, or WSL's files seen from Windows
    import ctypes

    return "smbfs" if ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == 4 else "local"


def git() -> Finding:
    if shutil.which("git") is None:
        return finding("git.none", NOTE, found("not_installed"))
    command = ["git", "-c", "core.quotepath=off", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        done = subprocess.run(command, cwd=str(ROOT), capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return finding("git.silent", NOTE, type(error).__name__)
    if done.returncode == 0:
        return git_state(done.stdout.decode("utf-8", "replace").splitlines())
    if not (ROOT / ".git").exists():
        return finding("git.archive", NOTE, found("archive"))
    return finding("git.silent", NOTE, " ".join(done.stderr.decode("utf-8", "replace").split())[:300])


def git_state(lines: list) -> Finding:
    """What `git status --porcelain=v2 --branch` says about the course's files."""
    changed, conflicts, behind = [], [], 0
    for line in lines:
        if line.startswith("# branch.ab "):
            behind = -int(line.split()[-1])
        elif line.startswith("u "):
            conflicts.append(line.split(" ", 10)[10])
        elif line.startswith("1 "):
            changed.append(line.split(" ", 8)[8])
        elif line.startswith("2 "):  # renamed: new name, tab, old name
            changed.append(line.split(" ", 9)[9].split("\t")[0])
    others = [path for path in changed if not path.endswith("/starter.py")]
    if conflicts:
        return finding("git.conflict", BAD, some(conflicts))
    if others:
        return finding("git.changed", NOTE, found("changed", some(others)))
    if behind:
        return finding("git.behind", NOTE, found("behind", behind))
    return finding("git.good", GOOD, found("clone", len(changed)))
