"""Where the work is done: processes of this machine, or a Dask cluster. Both are a concurrent.futures executor.

The loop that grades knows no difference. An executor that broke (a worker was killed) is asked to `renew` itself.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 15  # seconds until a scheduler must have answered


class NoExecutor(Exception):
    """No worker can be had; the message says why and what to do."""


class Local:
    """A pool of processes on this machine."""

    def __init__(self, jobs: int):
        self.width = jobs
        self.words = f"{jobs} process{'es' * (jobs > 1)} of this machine"
        # Of its own, so that what a killed worker leaves behind goes with it.
        _clear_scratch()
        self._scratch = Path(tempfile.mkdtemp(prefix=f"lab-cohort-{os.getpid()}-"))
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        self._started = False
        # spawn: the same on Linux and macOS, and no thread of ours (the progress bar's) is forked.
        return ProcessPoolExecutor(
            self.width, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(str(self._scratch),)
        )

    def submit(self, function, task):
        if self._started:
            return self._pool.submit(function, task)
        self._started = True
        with _deaf_to_ctrl_c():  # the workers start here, and inherit it: Ctrl-C is for the one who reads the bar
            return self._pool.submit(function, task)

    def renew(self) -> None:
        """A new pool in place of one that broke."""
        self._kill()
        self._pool = self._new()

    def stop(self, at_once: bool = False) -> None:
        """End the workers: after what they are at, or at once."""
        if at_once:
            self._kill()
        else:
            self._pool.shutdown()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _kill(self) -> None:
        processes = list((self._pool._processes or {}).values())  # Python 3.14 has kill_workers()
        for process in processes:
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _clear_scratch() -> None:
    """Remove what runs left behind that were killed."""
    if os.name == "nt":
        return  # there os.kill(pid, 0) would not ask whether it lives: it would end it
    for folder in Path(tempfile.gettempdir()).glob("lab-cohort-*-*"):
        owner = folder.name.split("-")[2]
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            pass


def _begin(scratch: str) -> None:
    """In a new worker: Ctrl-C is the parent's business, and a parent that is killed takes its workers along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = scratch
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    else:
        import threading

        threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _deaf_to_ctrl_c():
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: no signal comes here
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Dask:
    """A cluster that is already running, by the address of its scheduler."""

    def __init__(self, address: str):
        try:
            from distributed import Client
        except ImportError:
            raise NoExecutor(
                "--scheduler needs the package distributed: pip install distributed, here and on the workers"
            ) from None
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise NoExecutor(
                f"no Dask scheduler answers at {address} ({error}): is `dask scheduler` running?"
            ) from None
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        self.width = sum(w["nthreads"] for w in workers.values())
        if not workers:
            self._client.close()
            raise NoExecutor(f"the scheduler at {address} has no workers: start some with `dask worker {address}`")
        self.words = f"{len(workers)} Dask worker{'s' * (len(workers) > 1)} at {address}"
        self._executor = self._client.get_executor(pure=False)

    def submit(self, function, task):
        return self._executor.submit(function, task)

    def renew(self) -> None:
        """Nothing to do: the scheduler itself moves a dead worker's task to another one."""

    def stop(self, at_once: bool = False) -> None:
        """Let go of the cluster, which goes on running."""
        self._executor.shutdown(wait=not at_once)
        self._client.close()
