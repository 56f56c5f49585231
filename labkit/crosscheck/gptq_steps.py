"""What llm-compressor does to one weight under GPTQ, restated in torch."""

from __future__ import annotations

import torch


@torch.no_grad()
def llm_compressor(
    weight: torch.Tensor, x: torch.Tensor, scale: torch.Tensor, damping: float = 0.01, block: int = 128
) -> torch.Tensor:
    """The weight as GPTQ leaves it, dequantized, float32 (out, in).

    Restates llm-compressor 0.14, modifiers/gptq/gptq_quantize.py, accumulate_hessian and quantize_weight: the Hessian
    2 / n * x.T @ x in float32, dead columns, `damping` times the mean of its diagonal, the upper Cholesky factor of its
    inverse, blocks of columns; natural order. Its scales are the observer's on the original weight; so are these, by
    our rule, with codes in [-7, 7], so that both sides fill the same grid.

    Args:
        weight: float32 (out, in).
        x: calibration activations, float32 (samples, in).
        scale: float32 (out, in): for each weight the scale of its group.
    """
    w, columns = weight.clone().float(), weight.shape[1]
    inputs = x.t().float() * (2 / len(x)) ** 0.5
    hessian = inputs.matmul(inputs.t())
    dead = torch.diag(hessian) == 0
    hessian[dead, dead] = 1
    w[:, dead] = 0
    diagonal = torch.arange(columns)
    hessian[diagonal, diagonal] += damping * torch.mean(torch.diag(hessian))
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(hessian)), upper=True)
    for first in range(0, columns, block):
        last = min(first + block, columns)
        working, part = w[:, first:last].clone(), inverse[first:last, first:last]
        rounded, errors = torch.zeros_like(working), torch.zeros_like(working)
        for i in range(last - first):
            step = scale[:, first + i]
            rounded[:, i] = torch.clamp(torch.round(working[:, i] / step), -7, 7) * step
            errors[:, i] = (working[:, i] - rounded[:, i]) / part[i, i]
            working[:, i:] -= errors[:, i].unsqueeze(1).matmul(part[i, i:].unsqueeze(0))
        w[:, first:last] = rounded
        w[:, last:] -= errors.matmul(inverse[first:last, last:])
    return w
