"""Lab 01: quantize a linear layer's weight to int8, and measure what it cost.

Beyond the core: the layer in real int8 arithmetic, and two grids that are not evenly spaced, FP8 and NF4.
Does not handle zero points, groups or 4-bit packing (lab 03) nor what outliers do to activations (lab 04).
Weights are (out_features, in_features), activations (..., in_features).
"""

from __future__ import annotations

import numpy as np

NF4 = np.array(  # the 16 values of the codes 0..15, as in bitsandbytes; denser where a bell has its weights
    [
        -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
        -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
        0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
        0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
    ],
    np.float32,
)  # fmt: skip


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
    return _codes(w, scale, qmax), scale


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
    q, scale = _codes_and_scale(q, scale)
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
    return _plus(_activations(x, w.shape[1]).astype(np.float32) @ w.T, bias)


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


def int8_linear(x: np.ndarray, q: np.ndarray, scale: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """A linear layer in real int8 arithmetic (W8A8): the activations are quantized as well, the sums are integers.

    Each token, that is each vector along the last axis of x, gets a scale of its own when it arrives:
    x_scale = max|token| / 127, codes x_q = x / x_scale, rounded half to even, in [-127, 127]. Then
    y = (x_q @ q.T) * x_scale * scale + bias, where the sums of products fit in int32, but not in int8 or int16.

    Args:
        x: finite activations, float16, float32 or float64, shape (..., in), any number of leading axes, also none.
        q: int8 codes in [-127, 127], shape (out, in).
        scale: shape () or (out,).
        bias: shape (out,) or None; in real units, added last.
    Returns:
        float32, shape (..., out); an all-zero token gives the bias.
    Raises:
        ValueError: naming `x` (last axis, NaN, inf), `q`, `scale` or `bias`.

    Example: x = [1.27, -0.5, 0.004] has x_scale 0.01 and codes [127, -50, 0]. With q = [[10, 100, 127]],
    scale = [0.5], bias = [1] the sum is 1270 - 5000 + 0 = -3730, and y = [-3730 * 0.01 * 0.5 + 1] = [-17.65].
    """
    q, scale = _codes_and_scale(q, scale)
    x = _activations(x, q.shape[1])
    x_scale = _scale(np.abs(x).max(axis=-1), 127, "x")
    sums = _codes(x, x_scale, 127).astype(np.int32) @ q.astype(np.int32).T  # subtle: int8 @ int8 stays int8, and wraps
    return _plus((sums * x_scale[..., None] * scale).astype(np.float32), bias)


def quantize_fp8_e4m3(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantize a weight to FP8 E4M3FN, with one scale a row: 1 sign bit, 4 of exponent, 3 of mantissa.

    The code seeeemmm means (1 + m/8) * 2**(e - 7), and m/8 * 2**-6 where e is 0 (subnormal: no implicit 1).
    There is no inf: 0x7E is the largest value, 448, and only 0x7F and 0xFF are NaN, which is never written.
    scale = max|row| / 448. w / scale is clipped to [-448, 448] and goes to the nearest value, a tie to the even m.

    Args:
        w: float16, float32 or float64, shape (out, in), finite.
    Returns:
        codes: uint8, shape (out, in); what is negative and rounds to zero may be 0x00 or 0x80.
        scale: float32, shape (out,), positive and finite, also for an all-zero row.
    Raises:
        ValueError: naming `w` (rank, NaN, inf, a scale beyond float32).

    Example: w = [[448, -1.0625, 0.001]] has scale [1]. 448 is 0x7E. 1.0625 lies halfway between 1 (0x38) and
    1.125 (0x39) and goes to the even one; with the sign bit that is 0xB8. 0.001 is 0.512 steps of 2**-9: 0x01.
    """
    w = _matrix(w, "w")
    scale = _scale(np.abs(w).max(axis=1), 448)
    ratio = np.clip(w / scale[:, None], -448, 448)
    size = np.abs(ratio)
    exponent = np.frexp(np.maximum(size, 2.0**-6))[1] - 1  # floor(log2(size)), and -6 for all subnormals
    eighths = np.rint(np.ldexp(size, 3 - exponent))  # 8 to 16 in their binade, 0 to 8 below 2**-6
    codes = 8 * (exponent + 6) + eighths  # subtle: 16 eighths carry into the exponent, as does the implicit 1
    return (codes + 128 * (ratio < 0)).astype(np.uint8), scale


def dequantize_fp8_e4m3(codes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Turn FP8 E4M3FN codes back into real numbers: the value of the code times the scale of its row.

    Args:
        codes: uint8, shape (out, in), laid out as in quantize_fp8_e4m3.
        scale: positive and finite, shape (out,).
    Returns:
        float32, shape (out, in).
    Raises:
        ValueError: naming `codes` (rank, a NaN code 0x7F or 0xFF) or `scale` (shape, not positive, not finite).

    Example: codes = [[0x7E, 0xB8, 0x01]] with scale [0.5] give [[224, -0.5, 0.0009765625]].
    """
    codes, scale = _codes_and_scale(codes, scale, "codes")
    codes = codes.astype(np.int32)  # subtle: in uint8 an exponent of 3 minus 7 is 252
    if (codes % 128 == 127).any():
        raise ValueError("codes hold 0x7F or 0xFF, which is NaN in E4M3FN")
    exponent, eighths = codes // 8 % 16, codes % 8
    size = np.where(exponent == 0, eighths * 2.0**-9, np.ldexp(8.0 + eighths, exponent - 10))
    return (np.where(codes < 128, size, -size) * scale[..., None]).astype(np.float32)


def quantize_nf4(w: np.ndarray, block_size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Quantize a weight to the 16 values of NF4, the 4-bit grid of QLoRA, with one absmax a block.

    The weight is read row after row (C order) and cut into blocks of `block_size`; a block may begin in one row
    and end in the next. Each weight over its block's largest magnitude lies in [-1, 1]; its code is the index of
    the nearest value in NF4.

    Args:
        w: float16, float32 or float64, shape (out, in), finite.
        block_size: positive; it divides out * in.
    Returns:
        codes: uint8 in [0, 15], shape (out * in,), in the order of the weights, one code a byte.
        absmax: float32, shape (out * in // block_size,); not divided by anything; 0 for an all-zero block.
    Raises:
        ValueError: naming `w` (rank, NaN, inf, beyond float32) or `block_size` (does not divide the size of w).

    Example: w = [[0.5, -2, 1]] with block_size 3 has absmax [2]; 0.25, -1 and 0.5 are nearest to
    NF4[10] = 0.246, NF4[0] = -1 and NF4[12] = 0.441, so the codes are [10, 0, 12].
    """
    w = _matrix(w, "w")
    if block_size < 1 or w.size % block_size:
        raise ValueError(f"block_size is {block_size}; it must be positive and divide the {w.size} values of w")
    blocks = w.reshape(-1, block_size)
    with np.errstate(over="ignore"):
        absmax = np.abs(blocks).max(axis=1).astype(np.float32)
    if not np.isfinite(absmax).all():
        raise ValueError("w holds NaN, inf or values beyond float32")
    ratio = blocks / np.where(absmax == 0, np.float32(1), absmax)[:, None]
    midpoints = (NF4[1:] + NF4[:-1]) / 2  # the nearest value changes here, not at the values themselves
    return np.searchsorted(midpoints, ratio).astype(np.uint8).ravel(), absmax


def dequantize_nf4(codes: np.ndarray, absmax: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Turn NF4 codes back into real numbers: NF4[code] times the absmax of its block.

    Args:
        codes: integers in [0, 15], shape (out * in,), row after row.
        absmax: finite, not negative, shape (blocks,); block_size is what it takes: codes.size // blocks.
        shape: (out, in) of the weight.
    Returns:
        float32, shape (out, in).
    Raises:
        ValueError: naming `codes` (rank, outside [0, 15]), `absmax` (rank, does not divide the codes, NaN, inf,
            negative) or `shape` (of another size than codes).

    Example: codes = [10, 0, 12, 7] with absmax [2, 0.5] and shape (2, 2) have blocks of 2 and give
    [[0.492, -2], [0.220, 0]].
    """
    codes, absmax = np.asarray(codes), np.asarray(absmax, np.float32)
    if codes.ndim != 1 or ((codes < 0) | (codes > 15)).any():
        raise ValueError(f"codes must be flat and in [0, 15], got shape {codes.shape}")
    if absmax.ndim != 1 or not absmax.size or codes.size % absmax.size:
        raise ValueError(f"absmax has shape {absmax.shape}; it must be flat and divide the {codes.size} codes")
    if not (np.isfinite(absmax).all() and (absmax >= 0).all()):
        raise ValueError("absmax must be finite and not negative")
    if len(shape) != 2 or shape[0] * shape[1] != codes.size:
        raise ValueError(f"shape is {shape}; it must be (out, in) for {codes.size} codes")
    return (NF4[codes].reshape(len(absmax), -1) * absmax[:, None]).reshape(shape)


def _matrix(array: np.ndarray, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be a non-empty matrix (out, in), got shape {array.shape}")
    return array


def _qmax(bits: int) -> int:
    if bits not in range(2, 9):
        raise ValueError(f"bits must be 2 to 8, got {bits!r}")
    return 2 ** (int(bits) - 1) - 1


def _codes_and_scale(q: np.ndarray, scale: np.ndarray, name: str = "q") -> tuple[np.ndarray, np.ndarray]:
    q, scale = _matrix(q, name), np.asarray(scale, np.float32)
    if scale.shape not in ((), q.shape[:1]):
        raise ValueError(f"scale has shape {scale.shape}; for {name} {q.shape} it must be () or {q.shape[:1]}")
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise ValueError("scale must be positive and finite")
    return q, scale


def _activations(x: np.ndarray, columns: int) -> np.ndarray:
    x = np.asarray(x)
    if x.ndim == 0 or x.shape[-1] != columns:
        raise ValueError(f"x has shape {x.shape}; its last axis must be in_features = {columns} of q")
    if not np.isfinite(x).all():
        raise ValueError("x holds NaN or inf")
    return x


def _plus(y: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    if bias is None:
        return y
    bias = np.asarray(bias)
    if bias.shape != y.shape[-1:]:
        raise ValueError(f"bias has shape {bias.shape}; it must be {y.shape[-1:]}, one a row of q")
    return y + bias.astype(np.float32)


def _scale(absmax: np.ndarray, qmax: int, name: str = "w") -> np.ndarray:
    with np.errstate(over="ignore"):
        scale = (np.asarray(absmax, np.float64) / qmax).astype(np.float32)
    if not np.isfinite(scale).all():  # NaN and inf come through max, so one look at the scales suffices
        raise ValueError(f"{name} holds NaN, inf or values whose scale is beyond float32")
    return np.where(scale == 0, np.float32(1), scale)  # all zero: any scale is right, and 1 divides safely


def _codes(w: np.ndarray, scale: np.ndarray, qmax: int) -> np.ndarray:
    steps = w / scale[..., None]  # subtle: an axis even for one scale, or numpy 1 divides a float16 w in float16
    np.rint(steps, out=steps)  # in place: on large weights, fresh memory costs more than the arithmetic
    return np.clip(steps, -qmax, qmax, out=steps).astype(np.int8)


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
