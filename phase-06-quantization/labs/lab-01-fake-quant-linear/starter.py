"""Lab 01: quantize a linear layer's weight to int8, and measure what it cost.

Fill in the functions. Each raises NotImplementedError until you do; they can be written in any order,
and none needs another one of this file (you may use them all the same).
Use numpy and nothing else.

Grade yourself at any moment, from the repository's root:

    LAB_IMPL=starter pytest phase-06-quantization/labs/lab-01-fake-quant-linear -q
"""

from __future__ import annotations

import numpy as np


def quantize_per_tensor(w: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Quantize a weight with one scale for the whole matrix.

    The largest magnitude maps to the largest code: scale = max|w| / qmax, qmax = 2**(bits-1) - 1.
    Codes are w / scale, rounded half to even, in [-qmax, qmax]; -qmax - 1 is never used.

    Args:
        w: float16, float32 or float64, shape (out, in), finite.
        bits: 2 to 8.
    Returns:
        q: int8, shape (out, in).
        scale: float32, shape (), positive and finite, also when w is all zero.
    Raises:
        ValueError: naming `w` (rank, NaN, inf, a scale beyond float32) or `bits`.

    Example: w = [[0.5, -2.54, 1.0]] has scale 2.54 / 127 = 0.02 and codes [[25, -127, 50]].
    """
    raise NotImplementedError("Lab 01 · exercise 1: quantize_per_tensor is not written yet")


def quantize_per_channel(w: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Quantize a weight with one scale per output channel, that is per row.

    Args:
        w: float16, float32 or float64, shape (out, in), finite.
        bits: 2 to 8.
    Returns:
        q: int8, shape (out, in), in [-qmax, qmax], qmax = 2**(bits-1) - 1.
        scale: float32, shape (out,), max|row| / qmax; positive and finite, also for an all-zero row.
    Raises:
        ValueError: naming `w` (rank, NaN, inf, a scale beyond float32) or `bits`.

    Example: w = [[1.27, -0.5, 0.01], [127, 0, -1]] has scales [0.01, 1] and codes [[127, -50, 1], [127, 0, -1]].
    """
    raise NotImplementedError("Lab 01 · exercise 2: quantize_per_channel is not written yet")


def dequantize(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Turn codes back into real numbers: code times scale.

    Args:
        q: integer codes, shape (out, in).
        scale: positive and finite, shape () for the whole matrix or (out,) for one a row.
    Returns:
        float32, shape (out, in).
    Raises:
        ValueError: naming `q` (rank) or `scale` (shape, not positive, not finite).

    Example: q = [[25, -127, 50]] with scale 0.02 gives [[0.5, -2.54, 1.0]].
    """
    raise NotImplementedError("Lab 01 · exercise 3: dequantize is not written yet")


def quant_linear(x: np.ndarray, q: np.ndarray, scale: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """A linear layer whose weight is held as codes: x @ dequantize(q, scale).T + bias.

    Args:
        x: finite activations, shape (..., in), any number of leading axes, also none.
        q: integer codes, shape (out, in).
        scale: shape () or (out,).
        bias: shape (out,) or None.
    Returns:
        float32, shape (..., out).
    Raises:
        ValueError: naming `x` (last axis, NaN, inf), `q`, `scale` or `bias`.

    Example: x = [1, 2, 0], q = [[10, 5, 1]], scale = [0.5], bias = [1] give [(5 + 2 * 2.5) + 1] = [11].
    """
    raise NotImplementedError("Lab 01 · exercise 4: quant_linear is not written yet")


def memory_bytes(w: np.ndarray) -> int:
    """Bytes that the values of w take, in the dtype they are held in.

    Args:
        w: any float dtype, shape (out, in).
    Returns:
        int, in bytes.
    Raises:
        ValueError: naming `w` (rank).

    Example: a float16 weight of shape (1, 3) takes 6 bytes, a float32 one 12.
    """
    raise NotImplementedError("Lab 01 · exercise 5: memory_bytes is not written yet")


def memory_bytes_quant(q: np.ndarray, scale: np.ndarray) -> int:
    """Bytes that a quantized weight takes: its codes and its scales.

    Args:
        q: integer codes, shape (out, in).
        scale: shape () or (out,).
    Returns:
        int, in bytes.
    Raises:
        ValueError: naming `q` (rank).

    Example: int8 codes of shape (2, 3) with two float32 scales take 6 + 8 = 14 bytes.
    """
    raise NotImplementedError("Lab 01 · exercise 6: memory_bytes_quant is not written yet")


def relative_error(reference: np.ndarray, approximation: np.ndarray) -> float:
    """How far an approximation is from its reference, as one number: ||r - a|| / ||r|| (Frobenius).

    Args:
        reference, approximation: finite arrays of one shape.
    Returns:
        float; for an all-zero reference 0.0 if the approximation is zero as well, else inf.
    Raises:
        ValueError: naming `reference` or `approximation` (different shapes, NaN, inf).

    Example: reference [[3.0, 4.0, 0.0]] and approximation [[3.0, 4.0, 0.5]] give 0.5 / 5 = 0.1.
    """
    raise NotImplementedError("Lab 01 · exercise 7: relative_error is not written yet")


def row_relative_error(reference: np.ndarray, approximation: np.ndarray) -> np.ndarray:
    """The relative error of each row against that row's own norm: the one that sees the crushed rows.

    Args:
        reference, approximation: finite, shape (out, in).
    Returns:
        float32, shape (out,); an all-zero reference row gives 0 if its approximation is zero, else inf.
    Raises:
        ValueError: naming `reference` or `approximation` (rank, different shapes, NaN, inf).

    Example: reference [[300, 0, 400], [0.3, 0, 0.4]] and approximation [[300, 0, 400], [0, 0, 0]] give [0, 1];
    the global relative error of the same two is 0.001.
    """
    raise NotImplementedError("Lab 01 · exercise 8: row_relative_error is not written yet")
