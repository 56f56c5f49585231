"""Lab 03: quantize a weight to int4 in groups, pack two codes a byte, and count every bit.

Fill in the functions. Each raises NotImplementedError until you do; they can be written in any order,
and none needs another one of this file (you may use them all the same).
Use numpy and nothing else.

Grade yourself at any moment, from the repository's root:

    LAB_IMPL=starter pytest phase-06-quantization/labs/lab-03-int4-groups-and-packing -q
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
    raise NotImplementedError("Lab 03 · exercise 1: quantize_groupwise is not written yet")


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
    raise NotImplementedError("Lab 03 · exercise 2: dequantize_groupwise is not written yet")


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
    raise NotImplementedError("Lab 03 · exercise 3: pack_int4 is not written yet")


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
    raise NotImplementedError("Lab 03 · exercise 4: unpack_int4 is not written yet")


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
    raise NotImplementedError("Lab 03 · exercise 5: int4_linear is not written yet")


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
    raise NotImplementedError("Lab 03 · exercise 6: memory_bytes_int4 is not written yet")


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
    raise NotImplementedError("Lab 03 · exercise 7: bits_per_weight is not written yet")
