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


def quantize_groupwise_asymmetric(w: np.ndarray, group_size: int = 128) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantize a weight to unsigned int4 codes, with a scale and a zero point a group: w ~ (q - zero_point) * scale.

    The range of a group runs from min(group) or 0, whichever is less, to max(group) or 0, whichever is greater,
    so that it always includes 0. The scale is range / 15, rounded to float16, but at least 2**-24.
    The zero point is the code that stands for 0: -lowest / scale, rounded, in [0, 15].
    Codes are computed with the scale as stored, rounded half to even, in [0, 15].

    Args:
        w: float16, float32 or float64, shape (out, in), finite.
        group_size: a positive divisor of in.
    Returns:
        q: uint8, shape (out, in), in [0, 15].
        scale: float16, shape (out, in // group_size), positive and finite, also for an all-zero group,
            which decodes to zeros.
        zero_point: uint8, shape (out, in // group_size), in [0, 15].
    Raises:
        ValueError: naming `w` (rank, NaN, inf, a scale beyond float16's 65504) or `group_size`.

    Example: w = [[-0.5, 0.0, 7.0, 1.5, 3.0, 4.0]] in groups of 3 has the ranges [-0.5, 7] and [0, 4], the scales
    [[0.5, 0.26666]] and the zero points [[1, 0]]; the codes are [[0, 1, 15, 6, 11, 15]].
    """
    raise NotImplementedError("Lab 03 · exercise 8: quantize_groupwise_asymmetric is not written yet")


def pack_compressed_tensors(q: np.ndarray) -> np.ndarray:
    """Pack eight codes of a row into each int32 word, as compressed-tensors' `pack_to_int32` does.

    A code is stored as code + 8, an unsigned nibble. Nibble i of a word (its bits 4i to 4i + 3) of word [r, k]
    holds row r, column 8k + i.

    Args:
        q: int8 codes in [-8, 7], shape (out, in), in a multiple of 8.
    Returns:
        int32, shape (out, in // 8).
    Raises:
        ValueError: naming `q` (rank, not integers, columns that 8 does not divide, a code outside [-8, 7]).

    Example: q = [[1, -2, 7, -7, 0, 3, -4, 5]] is stored as the nibbles 9, 6, 15, 1, 8, 11, 4, 13, the first one
    lowest: the word 0xD4B81F69, which as an int32 is -726130839.
    """
    raise NotImplementedError("Lab 03 · exercise 9: pack_compressed_tensors is not written yet")


def unpack_compressed_tensors(words: np.ndarray) -> np.ndarray:
    """Unpack the words of `pack_compressed_tensors`.

    Args:
        words: int32, shape (out, in // 8).
    Returns:
        int8, shape (out, in), in [-8, 7].
    Raises:
        ValueError: naming `words` (rank, not int32).

    Example: words = [[-726130839]], that is 0xD4B81F69, gives [[1, -2, 7, -7, 0, 3, -4, 5]].
    """
    raise NotImplementedError("Lab 03 · exercise 10: unpack_compressed_tensors is not written yet")


def pack_gptq(q: np.ndarray) -> np.ndarray:
    """Pack eight codes of a row into each int32 word, inputs first, as GPTQ's `qweight` holds them.

    A code is stored as code + 8. Nibble i of word [k, r] holds row r, column 8k + i.

    Args:
        q: int8 codes in [-8, 7], shape (out, in), in a multiple of 8.
    Returns:
        int32, shape (in // 8, out).
    Raises:
        ValueError: naming `q` (rank, not integers, columns that 8 does not divide, a code outside [-8, 7]).

    Example: q with the two rows [-7, -8, -8, -8, -8, -8, -8, -8] and [-6, -8, -8, -8, -8, -8, -8, 7], that is
    the nibbles 1, 0, ... and 2, 0, ..., 15, gives [[1, -268435454]]: the words 0x00000001 and 0xF0000002.
    """
    raise NotImplementedError("Lab 03 · exercise 11: pack_gptq is not written yet")


def unpack_gptq(words: np.ndarray) -> np.ndarray:
    """Unpack the words of `pack_gptq`.

    Args:
        words: int32, shape (in // 8, out).
    Returns:
        int8, shape (out, in), in [-8, 7].
    Raises:
        ValueError: naming `words` (rank, not int32).

    Example: words = [[1, -268435454]], of shape (1, 2), gives two rows of eight codes:
    [-7, -8, -8, -8, -8, -8, -8, -8] and [-6, -8, -8, -8, -8, -8, -8, 7].
    """
    raise NotImplementedError("Lab 03 · exercise 12: unpack_gptq is not written yet")


def pack_awq(q: np.ndarray) -> np.ndarray:
    """Pack eight output channels of a column into each int32 word, as AWQ's `qweight` holds them.

    A code is stored as code + 8. Nibble i of word [c, k] holds column c, row 8k + (0, 2, 4, 6, 1, 3, 5, 7)[i].

    Args:
        q: int8 codes in [-8, 7], shape (out, in), out a multiple of 8.
    Returns:
        int32, shape (in, out // 8).
    Raises:
        ValueError: naming `q` (rank, not integers, rows that 8 does not divide, a code outside [-8, 7]).

    Example: one column of the eight rows 1, -2, 7, -7, 0, 3, -4, 5 is stored as the nibbles 9, 6, 15, 1, 8, 11, 4, 13
    of the rows 0 to 7; in the order 0, 2, 4, 6, 1, 3, 5, 7 they give the word 0xDB1648F9, which is -619296519.
    """
    raise NotImplementedError("Lab 03 · exercise 13: pack_awq is not written yet")


def unpack_awq(words: np.ndarray) -> np.ndarray:
    """Unpack the words of `pack_awq`.

    Args:
        words: int32, shape (in, out // 8).
    Returns:
        int8, shape (out, in), in [-8, 7].
    Raises:
        ValueError: naming `words` (rank, not int32).

    Example: words = [[-619296519]], that is 0xDB1648F9, gives eight rows of one column:
    [[1], [-2], [7], [-7], [0], [3], [-4], [5]].
    """
    raise NotImplementedError("Lab 03 · exercise 14: unpack_awq is not written yet")


def gptq_quantize(
    w: np.ndarray, x: np.ndarray, group_size: int = 128, damping: float = 0.01, bits: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Quantize a weight in groups so that its *outputs* stay near: each column makes up for the errors before it.

    Columns are rounded one after the other, in their natural order. The error that rounding a column leaves in
    x @ w.T is spread over the columns still to come, by least squares, before those are rounded in their turn.
    Least squares needs the Hessian H = x.T @ x; `damping` times the mean of its diagonal is added to its diagonal.
    (Frantar et al. 2023, GPTQ, section 3; there with the upper Cholesky factor of H**-1.)

    Scales are those of `quantize_groupwise`: max|group| / qmax in float16, at least 2**-24, of the original weight.

    Args:
        w: float16, float32 or float64, shape (out, in), finite.
        x: calibration activations, shape (..., in), finite; samples may be fewer than in, and columns may be all zero.
        group_size: a positive divisor of in.
        damping: finite, not negative; 0 only if x has at least as many independent samples as columns.
        bits: 2 to 8; qmax = 2**(bits - 1) - 1, that is 7 for 4 bits.
    Returns:
        q: int8, shape (out, in), in [-qmax, qmax].
        scale: float16, shape (out, in // group_size), positive and finite.
    Raises:
        ValueError: naming `w`, `x` (last axis, NaN, inf), `group_size`, `damping` or `bits`.

    Example: w = [[1.25, 0.4, 7.0]], in steps of 1, with x = [[1, 1, 0], [0, 1, 0], [0, 0, 1]] and damping = 0.
    H is [[1, 1, 0], [1, 2, 0], [0, 0, 1]]. Column 0 becomes 1 and is 0.25 too small. Column 1 should then be larger by
    0.25 * H[0, 1] / H[1, 1] = 0.125: from 0.525 it becomes 1, where plain rounding gives 0. Column 2 shares no sample
    with the others and gets nothing. So q = [[1, 1, 7]]; the squared output error is 0.4825, by plain rounding 0.5825.
    """
    raise NotImplementedError("Lab 03 · exercise 15: gptq_quantize is not written yet")
