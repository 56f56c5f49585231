"""The pytest side of the engine: the marker's meaning, and the fixture that runs a learner's function in a child."""

from __future__ import annotations

import pytest

from labkit.engine import present

_RUNS = pytest.StashKey[dict]()


def pytest_configure(config):
    config.addinivalue_line("markers", "engine: needs vLLM; skipped with a reason where it is not installed")
    config.stash[_RUNS] = {}


def skip_or_fail() -> None:
    """For a test marked `engine` where there is none: skipped; a failure where LAB_REQUIRE=engine says it must run."""
    if present.is_installed():
        return
    if present.is_required():
        pytest.fail(f"{present.ABSENT}, and LAB_REQUIRE=engine says that it must be", pytrace=False)
    pytest.skip(present.ABSENT)


@pytest.fixture
def engine(request):
    """engine(lab.run_meters, "bf16", …) -> what it returned, run in a child process; see labkit/engine/learner.py.

    The same call is run once a session, however many tests ask: an engine takes seconds to start.
    """
    from labkit.engine.learner import InChild

    return InChild(request.config.stash[_RUNS])
