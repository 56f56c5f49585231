"""How long grading takes beside plain pytest, and the reference solutions beside the field's libraries.

Timings on shared machines are noisy, so the two sides take turns within one run and the ratio of their
medians is what counts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np

from labkit import course, provenance
from labkit.grading.submission import load

TRIVIAL = "import numpy\n\n\ndef test_trivial():\n    assert numpy.ones(1).sum() == 1\n"


def startup(repeats: int) -> dict:
    """Wall seconds of grading the first lab's starter, of all labs' starters, and of one trivial numpy test."""
    labs = course.labs()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_trivial.py").write_text(TRIVIAL, encoding="utf-8")
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")  # a root of its own
        sides = {
            "trivial": lambda: _pytest([], folder),
            "first lab": lambda: _pytest([course.show_path(labs[0].folder)], course.ROOT),
            "all labs": lambda: _pytest([course.show_path(lab.folder) for lab in labs], course.ROOT),
        }
        seconds = _take_turns(sides, repeats)
    return _with_ratios(seconds, "trivial", "wall seconds")


def _pytest(arguments: list[str], folder) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "LAB_IMPL": "starter"},
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout.decode()[-2000:]}")


def solutions(repeats: int, size: int = 4096) -> dict:
    """CPU seconds to quantize one size x size float32 weight on one thread: solutions beside the libraries."""
    import torch

    torch.set_num_threads(1)
    w = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
    t = torch.from_numpy(w)
    results = {}
    for name, sides in _tasks(w, t).items():
        results[name] = _with_ratios(_take_turns(sides, repeats, time.process_time), "solution", "CPU seconds")
    return {"size": size, "tasks": results}


def gptq(repeats: int, size: int = 4096, samples: int = 2048) -> dict:
    """CPU seconds of GPTQ, int4 in groups of 128, on correlated inputs: the solution beside llm-compressor's steps."""
    import torch

    from labkit import bench_gptq

    torch.set_num_threads(1)
    w, x = bench_gptq.weight_and_inputs(size, samples)
    tw, tx = torch.from_numpy(w), torch.from_numpy(x)
    sides = {
        "solution": lambda: _solution("03").gptq_quantize(w, x),
        "llm-compressor's steps": lambda: bench_gptq.llm_compressor(tw, tx),
    }
    found = _with_ratios(_take_turns(sides, repeats, time.process_time), "solution", "CPU seconds")
    return {"size": size, "samples": samples, **found}


def _tasks(w: np.ndarray, t) -> dict[str, dict[str, Callable]]:
    """One dict a task: who -> the call. A library that is not installed has no row."""
    one = _solution("01")
    sides: dict[str, dict[str, Callable]] = {
        "int8 per channel": {"solution": lambda: one.quantize_per_channel(w)},
        "int8 dequantize": {},
        "int4 in groups of 128": {"solution": lambda: _solution("03").quantize_groupwise(w, 128)},
    }
    q, scale = one.quantize_per_channel(w)
    sides["int8 dequantize"]["solution"] = lambda: one.dequantize(q, scale)
    for library in (_torchao, _compressed_tensors, _quanto):
        try:
            for task, call in library(t).items():
                sides[task][library.__name__.strip("_").replace("_", "-")] = call
        except ImportError as error:
            print(f"left out: {library.__name__.strip('_')} ({error})", file=sys.stderr)
    return sides


def _torchao(t) -> dict[str, Callable]:
    import torch
    from torchao.quantization import quant_primitives as p
    from torchao.quantization.utils import dynamically_quantize_per_channel

    def int4():
        block, low, high = (1, 128), -8, 7
        scale, zero = p.choose_qparams_affine(t, p.MappingType.SYMMETRIC, block, torch.int8, low, high)
        return p.quantize_affine(t, block, scale, zero, torch.int8, low, high)

    q, scale, zero = dynamically_quantize_per_channel(t, -127, 127, torch.int8)
    block = (1, t.shape[1])
    return {
        "int8 per channel": lambda: dynamically_quantize_per_channel(t, -127, 127, torch.int8),
        "int8 dequantize": lambda: p.dequantize_affine(q, block, scale, zero, torch.int8, -127, 127),
        "int4 in groups of 128": int4,
    }


def _compressed_tensors(t) -> dict[str, Callable]:
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import dequantize, quantize
    from compressed_tensors.quantization.utils import calculate_qparams

    channel = QuantizationArgs(num_bits=8, symmetric=True, strategy="channel")
    group = QuantizationArgs(num_bits=4, symmetric=True, strategy="group", group_size=128)

    def int8():
        scale, zero = calculate_qparams(t.amin(1, keepdim=True), t.amax(1, keepdim=True), channel)
        return quantize(t, scale, zero, channel, dtype=channel.pytorch_dtype()), scale

    def int4():
        blocks = t.view(t.shape[0], -1, 128)
        scale, zero = calculate_qparams(blocks.amin(-1), blocks.amax(-1), group)
        return quantize(t, scale, zero, group, dtype=group.pytorch_dtype())

    q, scale = int8()
    return {
        "int8 per channel": int8,
        "int8 dequantize": lambda: dequantize(q, scale, args=channel),
        "int4 in groups of 128": int4,
    }


def _quanto(t) -> dict[str, Callable]:
    import optimum.quanto as quanto

    def int8():
        return quanto.quantize_weight(t, quanto.qint8, 0, quanto.AbsmaxOptimizer()(t, quanto.qint8, 0))

    def int4():
        scale, shift = quanto.MaxOptimizer()(t, quanto.qint4, 0, 128)
        return quanto.quantize_weight(t, quanto.qint4, 0, scale, shift, 128)

    q = int8()
    return {"int8 per channel": int8, "int8 dequantize": lambda: q.dequantize(), "int4 in groups of 128": int4}


def _solution(number: str):
    return load(course.find(number).folder / "solution.py").module


def _take_turns(sides: dict[str, Callable], repeats: int, clock: Callable[[], float] = time.perf_counter) -> dict:
    """Each side once to warm up, then `repeats` rounds in which each has its turn: name -> seconds."""
    for call in sides.values():
        call()
    seconds = {name: [] for name in sides}
    for _ in range(repeats):
        for name, call in sides.items():
            start = clock()
            call()
            seconds[name].append(clock() - start)
    return seconds


def _with_ratios(seconds: dict[str, list[float]], base: str, unit: str) -> dict:
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        "unit": unit,
        "median": {name: round(value, 4) for name, value in medians.items()},
        "spread": {name: [round(min(v), 4), round(max(v), 4)] for name, v in seconds.items()},
        f"ratio to {base}": {name: round(value / medians[base], 2) for name, value in medians.items()},
    }


def _show(result: dict) -> None:
    base = next(key for key in result if key.startswith("ratio"))
    width = max(map(len, result["median"]))
    print(f"{'':{width}}  {result['unit']:>12}  {'(min to max)':>18}  {base}")
    for name, median in result["median"].items():
        low, high = result["spread"][name]
        print(f"{name:{width}}  {median:12.4f}  ({low:.4f} to {high:.4f})  {result[base][name]:.2f}")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab bench", description="Time two sides in turns and print their ratio.")
    parser.add_argument("what", choices=["startup", "solutions", "gptq"], nargs="?", default="startup")
    parser.add_argument("--repeats", type=int, default=9, help="rounds (default: 9)")
    parser.add_argument("--write", action="store_true", help="store the result in data/measurements/")
    options = parser.parse_args(argv)
    if options.repeats < 1:
        parser.error(f"--repeats {options.repeats}: at least one round is needed")
    command = f"lab bench {options.what} --repeats {options.repeats}"
    if options.what == "startup":
        result, packages = startup(options.repeats), ("numpy", "pytest", "pyyaml")
        _show(result)
    elif options.what == "gptq":
        result, packages = gptq(options.repeats), ("numpy", "torch")
        print(f"{result['size']} x {result['size']}, {result['samples']} samples, OMP_NUM_THREADS", end=" ")
        print(os.environ.get("OMP_NUM_THREADS", "not set"))
        _show(result)
    else:
        result, packages = (
            solutions(options.repeats),
            ("numpy", "torch", "torchao", "compressed-tensors", "optimum-quanto"),
        )
        for task, rows in result["tasks"].items():
            print(f"\n{task}, {result['size']} x {result['size']} float32, one thread")
            _show(rows)
    if options.write:
        installed = tuple(p for p in packages if _installed(p))
        source = provenance.provenance(
            command, installed, repeats=options.repeats, load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
            threads=os.environ.get("OMP_NUM_THREADS"),
        )  # fmt: skip
        target = provenance.write(f"bench-{options.what}", {"source": source, "result": result})
        print(f"\nwrote {course.show_path(target)}")
    return 0


def _installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
