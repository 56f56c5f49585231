"""Lab 03: quantize a weight to int4 in groups, pack two codes a byte, and count every bit.

Does not handle zero points, the libraries' int32 layouts or error-compensating rounding (GPTQ).
Weights are (out_features, in_features); a group is `group_size` neighbouring columns of one row.
"""

from __future__ import annotations

import numpy as np


def quantize_groupwise(w: np.ndarray, group_size: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """Quantize a weight to int4 codes with one float16 scale per group of neighbouring columns.

    The scale is max|group| / 7, rounded to float16, but at least 2**-24, the smallest positive float16.
    Codes are w / scale with the scale as stored, that is after its own rounding to float16,
    rounded half to even, in [-7, 7]; -8 is never used.

    Args:
        w: float16, float32 or float64, shape (out, in), finite.
        group_size: a positive divisor of in.
    Returns:
        q: int8, shape (out, in), in [-7, 7].
        scale: float16, shape (out, in // group_size), positive and finite, also for an all-zero group,
            whose codes are 0.
    Raises:
        ValueError: naming `w` (rank, NaN, inf, a scale beyond float16's 65504) or `group_size`.

    Example: w = [[3.5, -1.0, 0.3, 0.07, -0.01, 0.0]] in groups of 3 has the scales [[0.5, 0.01]]
    (0.01 is stored as 0.010002) and the codes [[7, -2, 1, 7, -1, 0]].
    """
    w = _matrix(w, "w")
    groups = w.reshape(len(w), _group_count(w.shape[1], group_size), -1)
    scale = _stored_scale(np.abs(groups).max(axis=2))
    # subtle: the reader of the codes will multiply by the float16 scale, so that is what we divide by.
    steps = groups / scale.astype(np.float32)[:, :, None]
    np.rint(steps, out=steps)  # in place: on large weights, fresh memory costs more than the arithmetic
    return np.clip(steps, -7, 7, out=steps).astype(np.int8).reshape(w.shape), scale


def dequantize_groupwise(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Turn codes back into real numbers: code times the scale of its group.

    The group size is not given; it is in // groups.

    Args:
        q: integer codes, shape (out, in).
        scale: float16, positive and finite, shape (out, groups); groups divides in.
    Returns:
        float32, shape (out, in). A product of a code and a float16 is exact in float32.
    Raises:
        ValueError: naming `q` (rank) or `scale` (shape, not positive, not finite).

    Example: q = [[7, -2, 1, 7, -1, 0]] with scale = [[0.5, 0.25]] gives [[3.5, -1.0, 0.5, 1.75, -0.25, 0.0]].
    """
    q, scale = _matrix(q, "q"), _matrix(scale, "scale").astype(np.float32)
    if len(scale) != len(q) or q.shape[1] % scale.shape[1]:
        raise ValueError(f"scale {scale.shape} does not fit q {q.shape}: (rows, groups), groups dividing the columns")
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise ValueError("scale must be positive and finite")
    groups = q.reshape(*scale.shape, -1).astype(np.float32)
    return (groups * scale[:, :, None]).reshape(q.shape)


def pack_int4(q: np.ndarray) -> np.ndarray:
    """Pack two 4-bit codes into each byte, as two's complement nibbles.

    Byte j of a row holds column 2j in its low nibble (bits 0 to 3) and column 2j + 1 in its high one.

    Args:
        q: int8 codes in [-8, 7], shape (out, in), in even.
    Returns:
        uint8, shape (out, in // 2).
    Raises:
        ValueError: naming `q` (rank, not integers, an odd number of columns, a code outside [-8, 7]).

    Example: q = [[1, -2, 7, -8]] gives [[0xE1, 0x87]]: -2 is 0xE in two's complement, and -8 is 0x8.
    """
    q = _matrix(q, "q")
    if q.dtype.kind not in "iu":
        raise ValueError(f"q must hold integer codes, got {q.dtype}")
    if q.shape[1] % 2:
        raise ValueError(f"q has shape {q.shape}; two codes share a byte, so its columns must be even in number")
    if q.min() < -8 or q.max() > 7:
        raise ValueError(f"q holds codes in [{q.min()}, {q.max()}]; four bits hold -8 to 7")
    nibbles = q.astype(np.uint8) & 0xF  # subtle: without the mask a negative code's sign bits fill the other nibble
    return nibbles[:, 0::2] | nibbles[:, 1::2] << 4


def unpack_int4(packed: np.ndarray) -> np.ndarray:
    """Unpack the bytes of `pack_int4`: two codes from each byte, the low nibble first.

    Args:
        packed: uint8, shape (out, in // 2).
    Returns:
        int8, shape (out, in), in [-8, 7].
    Raises:
        ValueError: naming `packed` (rank, not uint8).

    Example: packed = [[0xE1, 0x87]] gives [[1, -2, 7, -8]].
    """
    packed = _matrix(packed, "packed")
    if packed.dtype != np.uint8:
        raise ValueError(f"packed must be uint8, got {packed.dtype}")
    nibbles = np.stack([packed & 0xF, packed >> 4], axis=-1).reshape(len(packed), -1).astype(np.int8)
    return (nibbles ^ 8) - 8  # subtle: extends the sign: 0..7 stay, 8..15 become -8..-1


def int4_linear(x: np.ndarray, packed: np.ndarray, scale: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """A linear layer whose weight is held as packed int4: x @ w_hat.T + bias, w_hat being unpacked and dequantized.

    Args:
        x: finite activations, shape (..., in), any number of leading axes, also none.
        packed: uint8, shape (out, in // 2), as `pack_int4` writes it.
        scale: float16, shape (out, groups).
        bias: shape (out,) or None.
    Returns:
        float32, shape (..., out).
    Raises:
        ValueError: naming `x` (last axis, NaN, inf), `packed`, `scale` or `bias`.

    Example: x = [1, 1, 2, 0], packed = [[0xE1, 0x87]], scale = [[1, 0.5]], bias = [3]: the weights are
    [1, -2, 3.5, -4], so y = [1 - 2 + 7 + 3] = [9].
    """
    w = dequantize_groupwise(unpack_int4(packed), scale)
    x = np.asarray(x)
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise ValueError(f"x has shape {x.shape}; its last axis must be {w.shape[1]}, twice the columns of packed")
    if not np.isfinite(x).all():
        raise ValueError("x holds NaN or inf")
    y = x.astype(np.float32) @ w.T
    if bias is None:
        return y
    bias = np.asarray(bias)
    if bias.shape != w.shape[:1]:
        raise ValueError(f"bias has shape {bias.shape}; it must be {w.shape[:1]}, one a row of packed")
    return y + bias.astype(np.float32)


def memory_bytes_int4(packed: np.ndarray, scale: np.ndarray) -> int:
    """Bytes that a packed int4 weight takes: its bytes of codes and its scales.

    Args:
        packed: uint8, shape (out, in // 2).
        scale: any float dtype, shape (out, groups).
    Returns:
        int, in bytes.
    Raises:
        ValueError: naming `packed` or `scale` (rank).

    Example: packed of shape (2, 64) with float16 scales of shape (2, 1) takes 128 + 4 = 132 bytes.
    """
    return _matrix(packed, "packed").nbytes + _matrix(scale, "scale").nbytes


def bits_per_weight(group_size: int, scale_bits: int = 16, zero_point_bits: int = 0) -> float:
    """Bits that one int4 weight takes: its own four, and its share of what its group stores once.

    Args:
        group_size: weights in a group, positive.
        scale_bits: bits of one scale.
        zero_point_bits: bits of one zero point, 0 where there is none.
    Returns:
        float, in bits.
    Raises:
        ValueError: naming `group_size` (not positive).

    Example: bits_per_weight(128) is 4 + 16 / 128 = 4.125; with a 4-bit zero point 4 + 20 / 128 = 4.15625.
    """
    if group_size < 1:
        raise ValueError(f"group_size must be positive, got {group_size}")
    return 4 + (scale_bits + zero_point_bits) / group_size


def _matrix(array: np.ndarray, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be a non-empty matrix of two axes, got shape {array.shape}")
    return array


def _group_count(columns: int, group_size: int) -> int:
    if group_size < 1 or columns % group_size:
        raise ValueError(f"group_size must be a positive divisor of the {columns} columns of w, got {group_size}")
    return columns // int(group_size)


def _stored_scale(absmax: np.ndarray) -> np.ndarray:
    """absmax / 7 in float16: what is kept, and so what everything after must use."""
    with np.errstate(over="ignore"):
        scale = np.maximum(absmax.astype(np.float64) / 7, 2.0**-24).astype(np.float16)
    if not np.isfinite(scale).all():  # NaN and inf in w come through max, so one look at the scales suffices
        raise ValueError("w holds NaN, inf or values whose scale is beyond float16, which ends at 65504")
    return scale
