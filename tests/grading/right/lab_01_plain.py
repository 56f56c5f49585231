"""A right lab 01, written once and left alone: the slips of these tests are cut into it."""

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
    w, qmax = _matrix(w, "w"), _qmax(bits)
    scale = _scale(np.abs(w).max(), qmax)
    return _codes(w, scale, qmax), scale


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
    w, qmax = _matrix(w, "w"), _qmax(bits)
    scale = _scale(np.abs(w).max(axis=1), qmax)
    return _codes(w, scale[:, None], qmax), scale


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
    q, scale = _matrix(q, "q"), np.asarray(scale, np.float32)
    if scale.shape not in ((), q.shape[:1]):
        raise ValueError(f"scale has shape {scale.shape}; for q {q.shape} it must be () or {q.shape[:1]}")
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise ValueError("scale must be positive and finite")
    return q.astype(np.float32) * scale[..., None]  # subtle: (out,) alone would run along the columns


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
    w = dequantize(q, scale)
    x = np.asarray(x)
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise ValueError(f"x has shape {x.shape}; its last axis must be in_features = {w.shape[1]} of q")
    if not np.isfinite(x).all():
        raise ValueError("x holds NaN or inf")
    y = x.astype(np.float32) @ w.T
    if bias is None:
        return y
    bias = np.asarray(bias)
    if bias.shape != w.shape[:1]:
        raise ValueError(f"bias has shape {bias.shape}; it must be {w.shape[:1]}, one a row of q")
    return y + bias.astype(np.float32)


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
    return _matrix(w, "w").nbytes


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
    return _matrix(q, "q").nbytes + np.asarray(scale).nbytes


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
    reference, approximation = _same_shape(reference, approximation)
    return float(_ratio(np.linalg.norm(reference - approximation), np.linalg.norm(reference)))


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
    _matrix(reference, "reference")
    reference, approximation = _same_shape(reference, approximation)
    error, size = np.linalg.norm(reference - approximation, axis=1), np.linalg.norm(reference, axis=1)
    return _ratio(error, size).astype(np.float32)


def _matrix(array: np.ndarray, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be a non-empty matrix (out, in), got shape {array.shape}")
    return array


def _qmax(bits: int) -> int:
    if bits not in range(2, 9):
        raise ValueError(f"bits must be 2 to 8, got {bits!r}")
    return 2 ** (int(bits) - 1) - 1


def _scale(absmax: np.ndarray, qmax: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        scale = (np.asarray(absmax, np.float64) / qmax).astype(np.float32)
    if not np.isfinite(scale).all():  # NaN and inf in w come through max, so one look at the scales suffices
        raise ValueError("w holds NaN, inf or values whose scale is beyond float32")
    return np.where(scale == 0, np.float32(1), scale)  # all zero: any scale is right, and 1 divides safely


def _codes(w: np.ndarray, scale: np.ndarray, qmax: int) -> np.ndarray:
    return np.clip(np.rint(w / scale), -qmax, qmax).astype(np.int8)


def _same_shape(reference: np.ndarray, approximation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    reference, approximation = np.asarray(reference, np.float64), np.asarray(approximation, np.float64)
    if reference.shape != approximation.shape:
        raise ValueError(f"approximation has shape {approximation.shape}, reference {reference.shape}")
    for name, array in (("reference", reference), ("approximation", approximation)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or inf")
    return reference, approximation


def _ratio(error: np.ndarray, size: np.ndarray) -> np.ndarray:
    """error / size, where 0 / 0 is no error at all and anything else over 0 is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error == 0, 0.0, error / size)


# The exercises beyond the core.

NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635]
NF4 += [-0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725]
NF4 += [0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]


def _check(array, name, *ranks):
    array = np.asarray(array)
    if ranks and array.ndim not in ranks:
        raise ValueError(f"{name} must have {ranks} axes")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or inf")
    return array


def int8_linear(x, q, scale, bias=None):
    x, q, scale = _check(x, "x"), _check(q, "q", 2), np.asarray(_check(scale, "scale", 0, 1))
    if scale.ndim and len(scale) != len(q) or not (scale > 0).all():
        raise ValueError("scale")
    if not x.ndim or x.shape[-1] != q.shape[1]:
        raise ValueError("x and q")
    if bias is not None and np.asarray(bias).shape != (len(q),):
        raise ValueError("bias")
    rows = x.reshape(-1, x.shape[-1]).astype(np.float64)
    step = np.float32(np.abs(rows).max(axis=1) / 127)
    step = np.where(step > 0, step, np.float32(1))
    codes = np.clip(np.round(rows / step[:, None]), -127, 127).astype(np.int8)
    sums = np.einsum("ti,oi->to", codes.astype(np.int64), q.astype(np.int64))
    y = np.float32(sums) * np.outer(step, np.broadcast_to(scale, len(q)))
    y = y if bias is None else y + np.asarray(bias)
    return y.reshape(x.shape[:-1] + (len(q),)).astype(np.float32)


def quantize_fp8_e4m3(w):
    w = _check(w, "w", 2).astype(np.float64)
    scale = np.abs(w).max(axis=1) / 448
    if (scale > np.finfo(np.float32).max).any():
        raise ValueError("w: scale beyond float32")
    scale = scale.astype(np.float32)
    scale[scale == 0] = 1e-3
    r = np.clip((w / scale[:, None]).astype(np.float32), -448, 448)
    bits = np.abs(r).view(np.uint32).astype(np.int64)
    # Normal: keep 3 of 23 bits of the mantissa, half to even, and move the exponent's bias from 127 to 7.
    normal = ((bits + (1 << 19) - 1 + (bits >> 20 & 1)) >> 20) - (120 << 3)
    small = np.round(np.abs(r) * 512)
    codes = np.where(np.abs(r) < 2.0**-6, small, normal).astype(np.uint8)
    return [codes | np.signbit(r).astype(np.uint8) << 7, scale]  # -0 is 0x80


def dequantize_fp8_e4m3(codes, scale):
    codes, scale = _check(codes, "codes", 2), _check(scale, "scale", 1)
    if len(scale) != len(codes) or (scale <= 0).any():
        raise ValueError("scale")
    if np.isin(codes, [127, 255]).any():
        raise ValueError("NaN in codes")
    # As the upper bits of a float16, whose bias is 15: 2**8 too small, and subnormals come along.
    half = (codes.astype(np.uint16) & 0x80) << 8 | (codes.astype(np.uint16) & 0x7F) << 7
    return half.view(np.float16).astype(np.float32) * np.float32(256) * scale.astype(np.float32).reshape(-1, 1)


def quantize_nf4(w, block_size=64):
    w = _check(w, "w", 2)
    blocks, rest = divmod(w.size, block_size)
    if rest:
        raise ValueError(f"w has {w.size} values, block_size is {block_size}")
    flat = w.astype(np.float64).flatten().reshape(blocks, block_size)
    absmax = np.float32(np.amax(np.abs(flat), axis=1))
    x = np.divide(flat, absmax[:, None], out=np.zeros_like(flat), where=absmax[:, None] > 0)
    codes = np.zeros(flat.shape, np.uint8)
    for low, high in zip(NF4, NF4[1:]):
        codes += x > (low + high) / 2
    return [codes.flatten(), absmax]


def dequantize_nf4(codes, absmax, shape):
    codes, absmax = _check(codes, "codes", 1), _check(absmax, "absmax", 1)
    rows, columns = shape
    if rows * columns != len(codes) or len(codes) % len(absmax):
        raise ValueError("shape, codes and absmax do not fit")
    out = np.empty(len(codes), np.float32)
    size = len(codes) // len(absmax)
    for b, peak in enumerate(absmax):
        out[b * size : (b + 1) * size] = [NF4[c] * peak for c in codes[b * size : (b + 1) * size]]
    return out.reshape(rows, columns)
