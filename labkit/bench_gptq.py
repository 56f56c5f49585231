"""GPTQ as llm-compressor computes it, restated in torch, to be timed beside lab 03's solution.

Restated: llmcompressor 0.14, modifiers/gptq/gptq_quantize.py (accumulate_hessian, quantize_weight). Its fake_quantize
is bare arithmetic here, which is cheaper than the library's own, and its losses are left out; scales are those of the
original weight (its "static" groups), absmax / 7 in float16 as in the lab.
"""

from __future__ import annotations

import numpy as np
import torch


def weight_and_inputs(size: int, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """A Gaussian weight (size, size) and inputs (samples, size) that share 64 directions."""
    rng = np.random.default_rng(0)
    w = rng.standard_normal((size, size), dtype=np.float32) * np.float32(0.02)
    x = rng.standard_normal((samples, size), dtype=np.float32)
    shared = rng.standard_normal((64, size), dtype=np.float32) / 4
    return w, x + rng.standard_normal((samples, 64), dtype=np.float32) @ shared


@torch.no_grad()
def llm_compressor(
    weight: torch.Tensor, inputs: torch.Tensor, group_size: int = 128, damping: float = 0.01, block: int = 128
) -> torch.Tensor:
    """What the codes stand for, float32 (out, in): columns in blocks, the inverse Hessian's upper Cholesky factor."""
    w = weight.clone().float()
    rows, columns = w.shape
    scale = (w.reshape(rows, -1, group_size).abs().amax(-1) / 7).to(torch.float16).float()
    x = inputs.t().float() * (2 / len(inputs)) ** 0.5
    h = x.matmul(x.t())
    dead = torch.diag(h) == 0
    h[dead, dead] = 1
    w[:, dead] = 0
    diagonal = torch.arange(columns)
    h[diagonal, diagonal] += damping * torch.mean(torch.diag(h))
    h = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    for first in range(0, columns, block):
        last = min(first + block, columns)
        now = w[:, first:last].clone()
        made, errors, factor = torch.zeros_like(now), torch.zeros_like(now), h[first:last, first:last]
        for i in range(last - first):
            column, step = now[:, i], scale[:, (first + i) // group_size]
            made[:, i] = torch.clamp(torch.round(column / step), -7, 7) * step
            errors[:, i] = (column - made[:, i]) / factor[i, i]
            now[:, i:] -= errors[:, i].unsqueeze(1).matmul(factor[i, i:].unsqueeze(0))
        w[:, first:last] = made
        w[:, last:] -= errors.matmul(h[first:last, last:])
    return w
