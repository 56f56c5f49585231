"""Lab 03: quantize a weight to int4 in groups, pack two codes a byte, and count every bit.

Beyond the core: zero points, the int32 words of three published formats, and rounding that makes up for its own
errors (GPTQ). Weights are (out_features, in_features); a group is `group_size` neighbouring columns of one row.
"""

from __future__ import annotations

import numpy as np

_CODES_PER_WORD = 8
_AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)  # nibble i of an AWQ word holds output channel _AWQ_ORDER[i] of its eight


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
    w = _matrix(w, "w")
    groups = w.reshape(len(w), _group_count(w.shape[1], group_size), -1)
    # subtle: 0 belongs to the range, or the zero point of an all-positive group would be no code at all.
    lowest = np.minimum(groups.min(axis=2), 0).astype(np.float64)
    scale = _stored_scale(np.maximum(groups.max(axis=2), 0) - lowest, 15)
    step = scale.astype(np.float32)
    zero_point = np.clip(np.rint(-lowest / step), 0, 15).astype(np.uint8)
    steps = np.rint(groups / step[:, :, None]) + zero_point[:, :, None]
    return np.clip(steps, 0, 15).astype(np.uint8).reshape(w.shape), scale, zero_point


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
    return _words(_stored_nibbles(q, axis=1))


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
    return _codes(words)


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
    return np.ascontiguousarray(_words(_stored_nibbles(q, axis=1)).T)


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
    return _codes(np.asarray(words).T)


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
    eights = _stored_nibbles(q, axis=0).T.reshape(np.shape(q)[1], -1, _CODES_PER_WORD)
    return _words(eights[:, :, _AWQ_ORDER].reshape(len(eights), -1))


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
    eights = _codes(words).reshape(*np.shape(words), _CODES_PER_WORD)
    rows = np.empty_like(eights)
    rows[:, :, _AWQ_ORDER] = eights  # subtle: assigning through the order undoes it; indexing would apply it twice
    return np.ascontiguousarray(rows.reshape(len(eights), -1).T)


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
    w = _matrix(w, "w")
    if bits not in range(2, 9):
        raise ValueError(f"bits must be a whole number from 2 to 8, got {bits}")
    qmax = 2 ** (int(bits) - 1) - 1
    groups = w.reshape(len(w), _group_count(w.shape[1], group_size), -1)
    peaks = np.abs(groups).max(axis=2)
    scale = _stored_scale(peaks, qmax)
    share = _share_of_earlier_errors(x, w.shape[1], damping)
    columns = np.array(w.T, np.float32, order="C")  # a column of w is a row here: numpy walks rows fastest
    steps = np.where(peaks > 0, scale, np.finfo(np.float32).max).T  # a step that nobody takes: zero groups stay zero
    goals, errors, q = columns.copy(), np.empty_like(columns), np.empty(columns.shape, np.int8)

    def settle(first: int, last: int) -> None:
        """Round the columns first .. last - 1, whose goals know of every error before first."""
        if last - first == 1:
            step = steps[first // group_size]
            rounded = np.clip(np.rint(goals[first] / step), -qmax, qmax)
            q[first] = rounded
            errors[first] = columns[first] - rounded * step  # subtle: against the original weight, not against the goal
            return
        middle = (first + last) // 2
        settle(first, middle)
        goals[middle:last] += share[first:middle, middle:last].T @ errors[first:middle]  # many columns in one product
        settle(middle, last)

    settle(0, len(columns))
    return np.ascontiguousarray(q.T), scale


def _share_of_earlier_errors(x: np.ndarray, columns: int, damping: float) -> np.ndarray:
    """share[k, j], k < j: how much of the error of column k column j has to make up for.

    With H = R @ R.T and R upper triangular, the squared output error of d = w - w_hat is |R.T @ d|**2, and entry j
    of R.T @ d knows d[0] .. d[j] only. Whatever the earlier columns have left, sum of R[k, j] * d[k], column j brings
    to zero by being larger by sum of R[k, j] / R[j, j] * d[k], up to its own rounding.
    """
    x = np.asarray(x)
    if x.ndim == 0 or x.shape[-1] != columns or x.size == 0:
        raise ValueError(f"x has shape {x.shape}; its last axis must be {columns}, the columns of w")
    if not 0 <= damping < np.inf:
        raise ValueError(f"damping must be finite and not negative, got {damping}")
    # numpy's Cholesky factor is the lower one. Of H with its columns counted backwards, and counted backwards
    # again, it is the upper one.
    x = x.reshape(-1, columns)[:, ::-1].astype(np.float64)
    loudest = max(x.max(), -x.min())
    if not np.isfinite(loudest):
        raise ValueError("x holds NaN or inf")
    x /= loudest or 1  # the loudness of x changes nothing, so that its squares need not overflow
    hessian = x.T @ x
    hessian[np.diag_indices(columns)] += damping * (np.diagonal(hessian).mean() or 1)
    try:
        r = np.linalg.cholesky(hessian).astype(np.float32)[::-1, ::-1]
    except np.linalg.LinAlgError:
        raise ValueError("damping is too small: x has fewer independent samples than columns") from None
    return r / np.diagonal(r)


def _stored_nibbles(q: np.ndarray, axis: int) -> np.ndarray:
    """Codes as unsigned nibbles, code + 8; eight along `axis` will share a word."""
    q = _matrix(q, "q")
    if q.dtype.kind not in "iu":
        raise ValueError(f"q must hold integer codes, got {q.dtype}")
    if q.shape[axis] % _CODES_PER_WORD:
        raise ValueError(f"q has shape {q.shape}; eight codes share a word, so 8 must divide its axis {axis}")
    if q.min() < -8 or q.max() > 7:
        raise ValueError(f"q holds codes in [{q.min()}, {q.max()}]; four bits hold -8 to 7")
    return (q.astype(np.int16) + 8).astype(np.uint32)


def _words(nibbles: np.ndarray) -> np.ndarray:
    eights = nibbles.reshape(len(nibbles), -1, _CODES_PER_WORD)
    shifts = np.arange(0, 32, 4, dtype=np.uint32)
    return np.bitwise_or.reduce(eights << shifts, axis=2).view(np.int32)  # subtle: unsigned to the end, then reread


def _codes(words: np.ndarray) -> np.ndarray:
    words = np.ascontiguousarray(_matrix(words, "words"))
    if words.dtype != np.int32:
        raise ValueError(f"words must be int32, got {words.dtype}")
    # subtle: a negative int32 shifted right brings in ones; read as unsigned it brings in zeros
    nibbles = words.view(np.uint32)[:, :, None] >> np.arange(0, 32, 4, dtype=np.uint32) & 0xF
    return nibbles.astype(np.int8).reshape(len(words), -1) - np.int8(8)


def _matrix(array: np.ndarray, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be a non-empty matrix of two axes, got shape {array.shape}")
    return array


def _group_count(columns: int, group_size: int) -> int:
    if group_size < 1 or columns % group_size:
        raise ValueError(f"group_size must be a positive divisor of the {columns} columns of w, got {group_size}")
    return columns // int(group_size)


def _stored_scale(span: np.ndarray, steps: int = 7) -> np.ndarray:
    """span / steps in float16: what is kept, and so what everything after must use."""
    with np.errstate(over="ignore"):
        scale = np.maximum(span.astype(np.float64) / steps, 2.0**-24).astype(np.float16)
    if not np.isfinite(scale).all():  # NaN and inf in w come through max, so one look at the scales suffices
        raise ValueError("w holds NaN, inf or values whose scale is beyond float16, which ends at 65504")
    return scale
