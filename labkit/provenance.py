"""Where a number comes from: machine, versions, command. Stored with every measurement."""

from __future__ import annotations

import json
import os
import platform
from importlib import metadata
from pathlib import Path

from labkit import course

MEASUREMENTS = course.ROOT / "data" / "measurements"


def provenance(command: str, packages: tuple[str, ...] = ("numpy",), **more) -> dict:
    """What is needed to repeat a measurement; `more` may add a seed, repeats, threads."""
    return {
        "command": command,
        "machine": {"cpu": cpu_name(), "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "versions": {"python": platform.python_version(), **{p: metadata.version(p) for p in packages}},
        **more,
    }


def cpu_name() -> str:
    """The processor's own name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def write(name: str, data: dict) -> Path:
    """Store `data` as data/measurements/NAME.json, whole or not at all."""
    target = MEASUREMENTS / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, target)
    return target


def read(name: str) -> dict:
    """The stored measurement NAME."""
    return json.loads((MEASUREMENTS / f"{name}.json").read_text(encoding="utf-8"))
