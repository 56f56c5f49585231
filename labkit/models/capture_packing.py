"""`lab capture-packing`: what the libraries' own packers write for a few hostile matrices, stored once.

gptqmodel and autoawq do not fit into the course's environment, so each is captured in one of its own, from the
root of the repository with `PYTHONPATH=. python -m labkit.cli capture-packing`:

    pip install torch==2.13.0 && pip install gptqmodel==7.6.0
    pip install torch==2.13.0 && pip install --no-deps autoawq==0.2.9 && \\
        pip install transformers==4.51.3 accelerate datasets zstandard pyyaml

(autoawq is no longer maintained; a newer transformers lacks a name that it imports.) Codes and words go to
data/measurements/packing-golden.json, a section a library. `labkit.models.packing` is tested against them.

The libraries pack from float weights. These are made as (code - zero point) * scale with scales that are
powers of two, exact in float16, so that the library's own rounding gives back the very codes.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys

import numpy as np
import torch

from labkit import provenance

STORED = "packing-golden"
GROUP_SIZE = 32
SEED = 26


def cases(seed: int = SEED) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name -> codes 0..15 uint8 (out, in) and zero points 0..15 uint8 (out, in // 32)."""
    rng = np.random.default_rng(seed)
    ends = np.array([0, 15], np.uint8)
    walking = np.zeros((32, 64), np.uint8)
    walking[np.arange(64) % 32, np.arange(64)] = np.arange(64) % 15 + 1  # one code at a time, at every place
    return {
        "irregular": (rng.integers(0, 16, (96, 64), np.uint8), rng.integers(0, 16, (96, 2), np.uint8)),
        "walking": (walking, np.tile(np.arange(32, dtype=np.uint8)[:, None] % 16, (1, 2))),
        "extremes": (rng.choice(ends, (64, 32)), rng.choice(ends, (64, 1))),
    }


def _float(q: np.ndarray, zero: np.ndarray) -> tuple[torch.nn.Linear, torch.Tensor]:
    """A linear layer whose weight quantizes to `q` exactly, and its scales (out, groups)."""
    scale = 2.0 ** -(np.add.outer(np.arange(len(q)), np.arange(zero.shape[1])) % 5 + 3)
    signed = q.astype(np.float64) - np.repeat(zero, GROUP_SIZE, axis=1)
    linear = torch.nn.Linear(q.shape[1], len(q), bias=False)
    linear.weight.data = torch.from_numpy(signed * np.repeat(scale, GROUP_SIZE, axis=1)).float()
    return linear, torch.from_numpy(scale).float()


def gptqmodel(q: np.ndarray, zero: np.ndarray) -> dict[str, np.ndarray]:
    """Symmetric, so every zero point is 8; qzeros as made (v2) and as a file of version 1 holds them."""
    from gptqmodel.nn_modules.qlinear.torch import TorchLinear
    from gptqmodel.quantization import QuantizeConfig
    from gptqmodel.utils.model import convert_gptq_v2_to_v1_format_module

    zero = np.full_like(zero, 8)
    linear, scale = _float(q, zero)
    packed = TorchLinear(
        bits=4, group_size=GROUP_SIZE, sym=True, desc_act=False, in_features=q.shape[1], out_features=len(q),
        bias=False, pack_dtype=torch.int32, register_buffers=True,
    )  # fmt: skip
    packed.pack_original(linear, scale, torch.from_numpy(zero).float(), torch.arange(q.shape[1]) // GROUP_SIZE)
    words = {"qweight": packed.qweight.numpy().copy(), "qzeros_v2": packed.qzeros.numpy().copy()}
    convert_gptq_v2_to_v1_format_module(packed, QuantizeConfig(bits=4, group_size=GROUP_SIZE, sym=True))
    return words | {"qzeros": packed.qzeros.numpy().copy()}


def autoawq(q: np.ndarray, zero: np.ndarray) -> dict[str, np.ndarray]:
    from awq.modules.linear.gemm import WQLinear_GEMM

    linear, scale = _float(q, zero)
    packed = WQLinear_GEMM.from_linear(
        linear, 4, GROUP_SIZE, scales=scale.T.contiguous(), zeros=torch.from_numpy(zero.T.astype(np.float32))
    )
    return {"qweight": packed.qweight.numpy(), "qzeros": packed.qzeros.numpy()}


def compressed_tensors(q: np.ndarray, zero: np.ndarray) -> dict[str, np.ndarray]:
    from compressed_tensors.compressors import pack_to_int32

    return {"weight_packed": pack_to_int32(torch.from_numpy(q.astype(np.int8) - np.int8(8)), 4).numpy()}


LIBRARIES = {  # name on the package index -> what to import, what to call
    "gptqmodel": ("gptqmodel", gptqmodel, "TorchLinear.pack_original, convert_gptq_v2_to_v1_format_module"),
    "autoawq": ("awq", autoawq, "WQLinear_GEMM.from_linear"),
    "compressed-tensors": ("compressed_tensors", compressed_tensors, "pack_to_int32"),
}


def to_text(words: np.ndarray) -> list[str]:
    """A line a row: int32 words as eight hexadecimal digits each, or 4-bit codes as one digit each."""
    if words.dtype == np.int32:
        return [" ".join(f"{word:08x}" for word in row) for row in words.view(np.uint32)]
    return ["".join(f"{code:x}" for code in row) for row in words]


def to_words(lines: list[str]) -> np.ndarray:
    """int32 words of `to_text`."""
    return np.array([[int(word, 16) for word in line.split()] for line in lines], np.uint32).view(np.int32)


def to_codes(lines: list[str]) -> np.ndarray:
    """uint8 codes 0..15 of `to_text`."""
    return np.array([[int(digit, 16) for digit in line] for line in lines], np.uint8)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="lab capture-packing", description="Maintainers: record what the installed libraries' packers write."
    )
    parser.parse_args(argv)
    here = [name for name, (module, *_) in LIBRARIES.items() if importlib.util.find_spec(module)]
    if not here:
        print(f"lab capture-packing: none of {', '.join(LIBRARIES)} is installed here", file=sys.stderr)
        return 2
    try:
        stored = provenance.read(STORED)
    except FileNotFoundError:
        stored = {}
    for name in here:
        _, pack, function = LIBRARIES[name]
        source = provenance.provenance("lab capture-packing", ("numpy", "torch", name), seed=SEED, function=function)
        stored[name] = {"source": source, "group_size": GROUP_SIZE, "cases": {}}
        for case, (q, zero) in cases().items():
            words = {part: to_text(made) for part, made in pack(q, zero).items()}
            stored[name]["cases"][case] = {"codes": to_text(q), "zero_points": to_text(zero)} | words
        print(f"{name} {source['versions'][name]}: {len(stored[name]['cases'])} matrices")
    print(f"stored in {provenance.write(STORED, dict(sorted(stored.items()))).name}")
    return 0
