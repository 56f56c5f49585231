"""The two numbers that the cost model asks of a machine: bytes a second and operations a second, one thread.

Run in a process of its own: `python -m labkit.engine.hardware` prints them as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from labkit.engine import child

REPEATS = 5


def measure() -> dict[str, float]:
    """{"bandwidth": bytes/s, "peak": operations/s}, measured now in a child process with the engine's own settings."""
    done = subprocess.run(
        [sys.executable, "-m", "labkit.engine.hardware"], env=child.environment({"PYTHONPATH": child.python_path()}),
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    return json.loads(done.stdout)


def _measure() -> dict[str, float]:
    import torch

    torch.set_num_threads(1)
    many = torch.ones(2**28, dtype=torch.int8).view(torch.int64)  # 256 MiB, beyond any cache
    a, b = (torch.randn(1024, 1024).to(torch.bfloat16) for _ in range(2))
    return {
        "bandwidth": many.nbytes / _best(many.sum),  # reading once
        "peak": 2 * 1024**3 / _best(lambda: a @ b),  # bf16, as the engine's own matrices
    }


def _best(work) -> float:
    """Seconds of the fastest of REPEATS runs: what the machine can do, not what its neighbours leave."""
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


if __name__ == "__main__":
    print(json.dumps(_measure()))
