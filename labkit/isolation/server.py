"""The process behind a Judge: pytest, numpy and the labs' tests loaded once, then a fork of it for each submission.

It is started by judge.py and speaks with it in lines of JSON. None of a submission's code runs here, nor in the
forks: they run the tests, with a stand-in for the submission (stand_in.py).
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import select
import signal
import stat
import sys
import time
import warnings
from pathlib import Path

import pytest

from labkit import course
from labkit.grading import plugin, scorecard
from labkit.isolation import lean
from labkit.isolation.ahead import Scripts
from labkit.isolation.client import Zygote
from labkit.isolation.limits import Limits
from labkit.isolation.rehearsal import rehearse
from labkit.isolation.stand_in import Isolation, RemoteLab

GRACE = 10.0  # seconds beyond total_seconds for the tests themselves


class Files:
    """In the place of an Implementation: which file is graded for which lab."""

    def __init__(self, files: dict[str, str], setting: str):
        self.setting, self._files = setting, {name: Path(path) for name, path in files.items()}

    def file_for(self, lab: course.Lab) -> Path:
        return self._files.get(lab.folder.name) or Path("nothing handed in", lab.folder.name, "starter.py")


class Server:
    """The pytest plugin that takes over once the tests are collected."""

    def __init__(self, orders, answers, limits: Limits, seed: int):
        self.orders, self.answers, self.limits, self.seed = orders, answers, limits, seed
        self.parent = os.getppid()
        self.untouched: dict[tuple[Path, str], list[dict]] = {}
        self.scripts: dict[str, Scripts | None] = {}
        self.by_lab: list[list] = []  # the tests, those of one folder together

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if reason := lean.elsewhere(item):
            pytest.skip(reason)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        if session.testsfailed or not session.items:
            return self.say({"failed": "the labs' tests cannot be collected"})
        self.zygote = Zygote()
        self.warm_up(session)
        gc.collect()
        gc.freeze()
        self.say({"ready": True, "tests": len(session.items), "held": self.zygote.held})
        while True:
            line = self.wait_for_an_order()
            if not line:
                self.zygote.close()
                return True
            order = json.loads(line)
            self.say(self.grade(session, order))

    def warm_up(self, session) -> None:
        """Run the tests on our own files: what is imported, compiled or cached on the way, no fork does again.

        What the untouched starter gets, and who hands in no file, is known from then on: `self.untouched`; and what
        the tests ask of the solution, and what it answers: `self.scripts`.
        """
        warnings.simplefilter("ignore")
        config, labs = session.config, course.labs()
        self.by_lab = [list(items) for _, items in itertools.groupby(session.items, lambda item: item.path.parent)]
        for name in ("solution.py", "starter.py", "no such file"):
            config.stash[plugin._CHOSEN] = Files({lab.folder.name: str(lab.folder / name) for lab in labs}, "our own")
            config.stash[plugin._LABS] = {}
            if name == "no such file":
                config.stash[plugin._CHOSEN] = Files({}, "our own")
            for item in session.items:
                results = lean.run(item) if name != "solution.py" or lean.is_plain(item) else []
                self.untouched.setdefault((item.path.parent, name), []).extend(results)
        for lab in labs:
            items = [item for item in session.items if item.path.parent == lab.folder]
            self.scripts[lab.key] = rehearse(lab, items, self.zygote) if items else None

    def known(self, item, files: Files) -> list[dict] | None:
        """The results of a lab that needs no worker: its file is missing, or is the starter as it was shipped."""
        lab = plugin._lab_of(item)
        path = files.file_for(lab)
        name = "starter.py" if os.path.lexists(path) else "no such file"
        shipped = lab.folder / name
        if name == "starter.py" and not (path.name == name and shipped.is_file()):
            return None  # none is shipped in an autograder's zip
        if name == "starter.py" and _bytes(path) != shipped.read_bytes():
            return None
        results = self.untouched.get((lab.folder, name))
        return results and [{**result, "file": course.show_path(path)} for result in results]

    def wait_for_an_order(self) -> str:
        while not select.select([self.orders], [], [], 5)[0]:
            if os.getppid() != self.parent:
                return ""
        return self.orders.readline()

    def say(self, answer: dict) -> bool:
        self.answers.write(json.dumps(answer) + "\n")
        self.answers.flush()
        return True

    def grade(self, session, order: dict) -> dict:
        """Fork, and wait for the fork's scorecard."""
        begin = time.monotonic()
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            code = 1
            try:
                card = self.in_fork(session, order)
                with os.fdopen(writer, "w", encoding="utf-8") as file:
                    file.write(json.dumps(card))  # json.dump would write it piece by piece, in Python
                code = 0
            except BaseException as error:
                print(f"grading {order['setting']}: {type(error).__name__}: {error}", file=sys.stderr)
            finally:
                os._exit(code)
        os.close(writer)
        data = _read_all(reader, begin + self.limits.total_seconds + GRACE)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        answer = {"seconds": time.monotonic() - begin, "late": data is None, "card": None}
        try:
            answer["card"] = json.loads(data or b"")
        except ValueError:
            pass
        return answer

    def in_fork(self, session, order: dict) -> dict:
        config, files = session.config, Files(order["files"], order["setting"])
        isolation = Isolation(self.zygote, self.limits)
        config.stash[plugin._CHOSEN] = files
        config.stash[plugin._LABS] = {}
        config.stash[plugin.MAKE_LAB] = lambda lab, path: RemoteLab(lab, path, isolation, self.scripts[lab.key])
        results = []
        for items in self.by_lab:
            known = self.known(items[0], files)
            if known is not None:
                results += known
                continue
            for item in items:
                results += lean.run(item)
            lab = config.stash[plugin._LABS].get(plugin._lab_of(items[0]).key)
            if isinstance(lab, RemoteLab):
                lab._hand_on()
        return scorecard.as_json(scorecard.build(results), order["setting"], self.seed)


def _bytes(path: Path) -> bytes | None:
    """Of an ordinary small file; None for anything else, which the worker's side then refuses in words."""
    mode = os.lstat(path)
    return path.read_bytes() if stat.S_ISREG(mode.st_mode) and mode.st_size < 10**6 else None


def _read_all(fd: int, until: float) -> bytes | None:
    parts = []
    while select.select([fd], [], [], max(0.0, until - time.monotonic()))[0]:
        part = os.read(fd, 2**20)
        if not part:
            os.close(fd)
            return b"".join(parts)
        parts.append(part)
    os.close(fd)
    return None


def main(orders: int, answers: int, seed: int, labs: list[str], limits: dict) -> None:
    pipes = os.fdopen(orders, encoding="utf-8"), os.fdopen(answers, "w", encoding="utf-8")
    server = Server(*pipes, Limits(**limits), seed)
    folders = [str(lab.folder) for lab in course.labs() if not labs or lab.folder.name in labs]
    arguments = ["--rootdir", str(course.ROOT), "-p", "no:terminal", "-p", "no:cacheprovider", "--capture=no"]
    os.environ["LAB_IMPL"] = "starter"  # what pytest asks for at its start; each submission then has its own files
    pytest.main([*arguments, "--seed", str(seed), *folders], plugins=[server])
