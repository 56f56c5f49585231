"""`pytest --isolate`: the same tests and the same messages, the functions in a worker (for autograders, and for CI)."""

from __future__ import annotations

import os

import pytest

from labkit.grading import plugin as grading
from labkit.isolation.limits import Limits


def install(config, limits: Limits | None = None) -> None:
    """Make every lab of this session a RemoteLab; the zygote starts with the first of them."""
    if not hasattr(os, "fork"):
        raise pytest.UsageError("--isolate forks processes, which this system cannot: use Linux, macOS, or WSL")
    from labkit.isolation.client import Zygote
    from labkit.isolation.stand_in import Isolation, RemoteLab

    shared: list[Isolation] = []

    def make(lab, path) -> RemoteLab:
        if not shared:
            zygote = Zygote()
            config.add_cleanup(zygote.close)
            shared.append(Isolation(zygote, limits or Limits()))
        return RemoteLab(lab, path, shared[0])

    config.stash[grading.MAKE_LAB] = make
