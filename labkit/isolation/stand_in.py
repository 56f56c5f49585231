"""What stands in for a submission in the judge's process: the same names and signatures, no code.

To LabUnderTest it is a Submission as any other, so that every message is the same as in a learner's own run.
"""

from __future__ import annotations

import functools
import linecache
import os
import stat
import time
from pathlib import Path

from labkit import course
from labkit.grading.calls import LabUnderTest, Verdict
from labkit.grading.submission import Submission
from labkit.isolation.ahead import Ahead, Scripts
from labkit.isolation.channel import Body, unpack
from labkit.isolation.client import Trouble, Worker, Zygote, question
from labkit.isolation.limits import Limits
from labkit.isolation.remote import RemoteSubmission, observed, remote_error
from labkit.isolation.values import Garbage, cut, decode, encode


class Isolation:
    """What all labs of one run share: the zygote, the limits, the time that is left for the submission."""

    def __init__(self, zygote: Zygote, limits: Limits):
        self.zygote, self.limits = zygote, limits
        self.ends = time.monotonic() + limits.total_seconds
        self.free: Worker | None = None  # of a lab that is done: the next lab's, if nothing was left behind there

    def seconds(self, at_most: float) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Verdict(
                f"the whole submission took longer than {self.limits.total_seconds:g} seconds", None, "timeout"
            )
        return min(at_most, left)


class RemoteLab(LabUnderTest):
    """The fixture `lab` where the submission runs in a worker."""

    def __init__(self, lab: course.Lab, path: Path, isolation: Isolation, scripts: Scripts | None = None):
        """scripts: what the tests will ask, where that is known: see ahead.py."""
        super().__init__(lab, path)
        self._isolation, self._scripts = isolation, scripts
        self._ahead: Ahead | None = None
        self._worker: Worker | None = None
        self._lost: Verdict | None = None  # the file cannot be read at all: so says every call
        self._stuck: dict[str, Verdict] = {}  # exercise -> what its time limit said
        self._exercise = ""

    def _begins(self, exercise: str) -> None:
        """A test of this exercise begins."""
        super()._begins(exercise)
        self._exercise = exercise
        if self._ahead and self._ahead.trouble:
            self._ahead = None

    def _passes(self, test: str) -> bool:
        """Whether the test that begins passes, as far as can be told without running it."""
        if not (self._scripts or self._ahead) or self._lost or self._exercise in self._stuck:
            return False
        try:
            self._loaded()
            return self._ahead is not None and self._ahead.passes(test)
        except Verdict:
            return False  # the test will say it

    def _loaded(self) -> Submission:
        if self._lost:
            raise self._again(self._lost)
        if self._exercise in self._stuck:
            raise self._again(self._stuck[self._exercise])
        meets = self._ahead and self._ahead.trouble  # is known to this test's judge, and not yet to the test
        if self._worker is None or (self._worker.ended and not meets):
            if not os.path.lexists(self._path):
                super()._loaded()
            self._submission = self._start()
        return self._submission

    @staticmethod
    def _again(verdict: Verdict) -> Verdict:
        return Verdict(str(verdict), verdict.line, verdict.status)

    def _start(self) -> RemoteSubmission:
        limits = self._isolation.limits
        source = self._read(limits.source_bytes)
        if self._scripts and self._isolation.free:
            self._worker, self._isolation.free = self._isolation.free, None
            try:
                submission = self._load(source)
                self._ahead.shared = True
                return submission
            except (Trouble, Garbage):
                self._worker.close()  # perhaps for what an earlier lab did in it: one of its own will tell
        self._worker = self._isolation.zygote.worker(limits)
        try:
            return self._load(source)
        except Trouble as trouble:
            where = f"line {trouble.line} of " if trouble.line else ""
            self._lost = Verdict(f"{where}{self._path.name}: {trouble}", trouble.line, trouble.status)
        except Garbage as error:
            self._lost = Verdict(f"{self._path.name}: {self._refuse(error)}", None, "error")
        raise self._lost

    def _load(self, source: bytes) -> RemoteSubmission:
        limits = self._isolation.limits
        functions = [e.function for e in self._lab.exercises]
        seconds = self._isolation.seconds(limits.load_seconds)
        contents = self._worker.load(str(self._path), source, functions, seconds)
        submission = RemoteSubmission(self._path, self, contents)
        if self._scripts:  # for one worker: after trouble each question waits for its test
            limit = functools.partial(self._isolation.seconds, limits.call_seconds)
            self._ahead = Ahead(self._scripts, self._worker, submission.about, limit)
            self._scripts = None
        return submission

    def _refuse(self, error: Garbage) -> Trouble:
        try:
            self._worker.garbage(error)
        except Trouble as trouble:
            return trouble

    def _read(self, limit: int) -> bytes:
        """The file's bytes. A link, a pipe or a device in the place of a file is not followed."""
        try:
            fd = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(fd, "rb") as file:
                if stat.S_ISREG(os.fstat(fd).st_mode):
                    source = file.read(limit + 1)
                    if len(source) <= limit:
                        return source
                    says = f"{self._path.name} is larger than {limit / 2**20:g} MiB"
                else:
                    says = f"{self._path.name} is no ordinary file"
        except OSError as error:
            says = f"{self._path.name} cannot be read: {error.strerror} (a link is not followed)"
        self._lost = Verdict(says, None, "error")
        raise self._lost

    def _call(self, name: str, args: tuple, kwargs: dict) -> tuple[object, list[tuple[int, str]]]:
        """-> what the function returned, and [[place of an argument, "changed" | "shared"], …]."""
        buffers: list = []
        trees = [encode(value, buffers, layout=True) for value in (list(args), dict(kwargs))]
        try:
            reply, back = unpack(self._answer(question(name, *trees, buffers)))
            if "error" in reply:
                raise remote_error(reply["error"])
            if "too_much" in reply:
                raise Verdict(f"{name} returned more than can be carried: {cut(reply['too_much'], 200)}", None, "error")
            return decode(reply.get("value"), back), observed(reply.get("observed"))
        except Garbage as error:
            trouble = self._refuse(error)
        except Trouble as error:
            trouble = error
        place = (
            f"\nline {trouble.line}: {linecache.getline(str(self._path), trouble.line).strip()}" if trouble.line else ""
        )
        verdict = Verdict(f"{name}: {trouble}{place}", trouble.line, trouble.status)
        if trouble.status == "timeout":
            self._stuck[self._exercise] = verdict
        raise verdict

    def _answer(self, asked: Body) -> Body:
        """What the worker answers."""
        limit = self._isolation.limits.call_seconds
        seconds = self._isolation.seconds(limit)
        if self._ahead:
            try:
                return self._ahead.answer(asked)
            except Trouble:
                wasted, self._ahead = self._ahead.wasted or self._ahead.shared, None
                if not wasted:
                    raise
            # What nobody would have asked, or an earlier lab, may have brought it there: once more, with this
            # question alone.
            self._submission, seconds = self._start(), self._isolation.seconds(limit)
        self._worker.ask([asked], seconds)
        return self._worker.answer(seconds)

    def _hand_on(self) -> None:
        """The lab is done: leave its worker to the next one. Only where that can be told what will be asked, since
        only then is a question asked again."""
        if self._worker and self._ahead and self._worker.is_idle():
            self._isolation.free, self._worker = self._worker, None
        else:
            self._close()

    def _close(self) -> None:
        if self._worker:
            self._worker.close()
