"""Lab 01: quantize a linear layer's weight to int8, and measure what it cost.

Fill in the functions. Each raises NotImplementedError until you do; they can be written in any order,
and none needs another one of this file (you may use them all the same).
Use numpy and nothing else.

Grade yourself at any moment, from the repository's root:

    LAB_IMPL=starter pytest phase-06-quantization/labs/lab-01-fake-quant-linear -q
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
    raise NotImplementedError("Lab 01 · exercise 9: int8_linear is not written yet")


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
    raise NotImplementedError("Lab 01 · exercise 10: quantize_fp8_e4m3 is not written yet")


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
    raise NotImplementedError("Lab 01 · exercise 11: dequantize_fp8_e4m3 is not written yet")


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
    raise NotImplementedError("Lab 01 · exercise 12: quantize_nf4 is not written yet")


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
    raise NotImplementedError("Lab 01 · exercise 13: dequantize_nf4 is not written yet")
