"""What the playground and the calculator must show: worked out here with the labs' own solutions."""

import importlib.util
import random

import numpy as np

from labkit import course
from labkit.site import model_configs

GRANULARITIES = ["tensor", "channel", 8, 4]
SCHEMES = ["bf16", "int8", "fp8", "int4-g128"]
KV_DTYPES = ["bf16", "fp16", "fp8", "int8"]
PUBLISHED = model_configs.read()
_ROUNDINGS = {"nearest": np.rint, "zero": np.trunc, "down": np.floor}


def solution(number: str):
    """A lab's solution.py as a module."""
    file = course.find(number).folder / "solution.py"
    spec = importlib.util.spec_from_file_location(f"truth_{number}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LAB1, LAB2, LAB3 = solution("01"), solution("02"), solution("03")


def matrix(seed: int, rows: int = 6, columns: int = 16) -> np.ndarray:
    """The playground's matrix: mulberry32, sums of twelve uniform numbers less six, each row's loudest positive."""
    state, mask = seed, 0xFFFFFFFF

    def draw() -> int:
        nonlocal state
        state = state + 0x6D2B79F5 & mask
        t = (state ^ (state >> 15)) * (1 | state) & mask
        t = (t + (t ^ (t >> 7)) * (61 | t) & mask) ^ t
        return t ^ (t >> 14)

    w = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            total = sum(draw() for _ in range(12)) / 2**32 - 6
            w[i, j] = np.clip(np.floor(total * 100 + 0.5) / 100, -2.95, 2.95)
        w[i] *= 1 if w[i, np.abs(w[i]).argmax()] > 0 else -1
    return w.astype(np.float32)


def settings(count: int, seed: int = 0) -> list[dict]:
    """Random settings of the playground, as its functions take them."""
    draw = random.Random(seed)
    return [
        {
            "seed": draw.randint(1, 999), "row": draw.randrange(6), "times": round(10 ** draw.uniform(0, 3), 2),
            "whole": draw.random() < 0.3, "bits": draw.randint(2, 8), "granularity": draw.choice(GRANULARITIES),
            "rounding": draw.choice(["nearest"] * 3 + ["zero", "down"]),
        }
        for _ in range(count)
    ]  # fmt: skip


def louder(setting: dict) -> tuple[np.ndarray, int]:
    """The matrix with its loud weight or row, and the outlier's column."""
    w, row = matrix(setting["seed"]).astype(np.float64), setting["row"]
    column = int(np.abs(w[row]).argmax())
    w[row, slice(None) if setting["whole"] else column] *= setting["times"]
    return w.astype(np.float32), column


def quantized(w: np.ndarray, setting: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(codes, scales, dequantized), by the labs' functions wherever they have the case."""
    bits, granularity = setting["bits"], setting["granularity"]
    if setting["rounding"] == "nearest" and granularity in ("tensor", "channel"):
        q, scale = (LAB1.quantize_per_tensor if granularity == "tensor" else LAB1.quantize_per_channel)(w, bits)
        return q, np.broadcast_to(scale.reshape(-1, 1), (len(w), 1)), LAB1.dequantize(q, scale)
    if setting["rounding"] == "nearest" and bits == 4:
        q, scale = LAB3.quantize_groupwise(w, granularity)
        return q, scale.astype(np.float32), LAB3.dequantize_groupwise(q, scale)
    # What the labs have no function for: the slips, and groups of other than four bits.
    qmax, size = 2 ** (bits - 1) - 1, granularity if isinstance(granularity, int) else w.shape[1]
    groups = w.reshape(len(w), -1, size)
    peak = np.abs(groups).max(axis=2).astype(np.float64)
    if granularity == "tensor":
        peak[:] = peak.max()
    dtype = np.float16 if isinstance(granularity, int) else np.float32
    scale = np.maximum(peak / qmax, 2.0**-24).astype(dtype).astype(np.float32)
    q = np.clip(_ROUNDINGS[setting["rounding"]](groups / scale[..., None]), -qmax, qmax)
    return q.reshape(w.shape), scale, (q.astype(np.float32) * scale[..., None]).reshape(w.shape)


def playground(setting: dict) -> dict:
    """What the playground must say of a setting."""
    w, column = louder(setting)
    q, scales, approx = quantized(w, setting)
    rows = LAB1.row_relative_error(w, approx)
    keep = [[setting["whole"] or i != setting["row"] or j != column for j in range(16)] for i in range(len(w))]
    quiet = [LAB1.relative_error(w[i, keep[i]], approx[i, keep[i]]) for i in range(len(w))]
    counted = np.array(keep) & (w != 0)
    per = {"tensor": 32 / w.size, "channel": 32 / w.shape[1]}.get(setting["granularity"])
    bits = setting["bits"] + (per if per is not None else 16 / setting["granularity"])
    return {
        "codes": q.astype(int).tolist(),
        "scales": scales.tolist(),
        "approx": approx.tolist(),
        "error": LAB1.relative_error(w, approx),
        "rowErrors": rows.tolist(),
        "quiet": quiet,
        "quietRow": float(np.median(np.delete(rows, setting["row"]))),
        "zeros": (counted & (q == 0)).sum(axis=1).tolist(),
        "counted": counted.sum(axis=1).tolist(),
        "bitsPerWeight": bits,
        "bytes": bits * w.size / 8,
    }


def costs(config: dict, scheme: str, kv_dtype: str, budget: int) -> dict:
    """What the calculator must say of a model; the errors of lab 02's functions come through."""
    return {
        "parameters": LAB2.count_parameters(config),
        "weights": LAB2.weight_bytes(config, scheme),
        "token": LAB2.kv_bytes_per_token(config, kv_dtype),
        "tokens": LAB2.kv_capacity_tokens(budget, config, scheme, kv_dtype),
    }


def percent(x: float) -> str:
    """A share as the pages write it: about three digits."""
    value = 100 * x
    if value >= 99.95:
        return f"{value:.0f} %"
    if value >= 10:
        return f"{value:.1f} %"
    return f"{value:.2f} %" if value >= 0.1 else f"{float(f'{value:.2g}'):g} %"
