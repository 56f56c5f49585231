"""Tools of these tests: the real verbs, in this process or in one of their own."""

import os
import subprocess
import sys

import pytest

from labkit import course

PRETEND = '''
"""No POSIX modules, no fork, no signals of Unix: what the course's own code must do without."""
import asyncio, ctypes, multiprocessing, platform, selectors, shutil, subprocess, tempfile  # they choose by platform
import importlib.abc, os, signal, sys
GONE = {"fcntl", "resource", "termios", "tty", "pty", "pwd", "grp"}
class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in GONE:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
for name in GONE:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Block())
for name in ("fork", "getuid", "getsid", "setsid", "killpg", "getloadavg", "nice", "sched_getaffinity"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGALRM", "alarm", "setitimer"):
    if hasattr(signal, name):
        delattr(signal, name)
'''


@pytest.fixture
def alone(tmp_path):
    """alone("module", "argument", …, without=("matplotlib",)): main(argv) in a fresh process -> CompletedProcess."""

    def run(module, *argv, without=(), options=(), cwd=course.ROOT, **env):
        block = "".join(f"sys.modules[{name!r}] = None; " for name in without)
        code = f"import sys; sys.path.insert(0, {str(cwd)!r}); {block}"
        code += f"from {module} import main; sys.exit(main(sys.argv[1:]))"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LAB_", "LC_", "LANG", "PYTEST_"))}
        return subprocess.run(
            [sys.executable, *options, "-c", code, *map(str, argv)], cwd=cwd, capture_output=True, encoding="utf-8",
            env=environment | {"PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"} | env, timeout=300,
        )  # fmt: skip

    return run


@pytest.fixture
def pretend_windows(tmp_path):
    """The environment of a Python that lacks what Windows lacks."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PRETEND, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}
