"""Eight 4-bit codes in one int32 word, in the three orders that published checkpoints use.

Codes are int8 ``(out, in)`` in [-8, 7] and are stored as ``code + 8``, an unsigned nibble 0..15.
Nibble ``i`` of a word is its bits ``4 i`` to ``4 i + 3``, the lowest first.

=====================  =============  ==================================================================
function               words (int32)  nibble ``i`` of a word holds
=====================  =============  ==================================================================
compressed-tensors     (out, in/8)    word [r, k]: row r, column 8k + i
GPTQ                   (in/8, out)    word [k, r]: row r, column 8k + i
AWQ                    (in, out/8)    word [c, k]: row 8k + AWQ_ORDER[i], column c
=====================  =============  ==================================================================

Sources: compressed-tensors 0.17.0 ``pack_to_int32``; gptqmodel 7.6.0 ``PackableQuantLinear.pack_original``;
autoawq 0.2.9 ``WQLinear_GEMM.from_linear``. ``lab capture-packing`` records what those functions give.
"""

from __future__ import annotations

import numpy as np

CODES_PER_WORD = 8
OFFSET = 8  # a stored nibble is code + 8
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
GPTQ_ZERO_WORD = 0x77777777  # eight zero points of 8: GPTQ files (version 1) store each zero point less one

_SHIFTS = np.arange(CODES_PER_WORD, dtype=np.uint32) * 4


def pack_compressed_tensors(q: np.ndarray) -> np.ndarray:
    """Words int32 ``(out, in // 8)`` of codes int8 ``(out, in)`` in [-8, 7]; ValueError otherwise."""
    return _words(_nibbles(q, "in"))


def unpack_compressed_tensors(words: np.ndarray) -> np.ndarray:
    """Codes int8 ``(out, in)`` of words int32 ``(out, in // 8)``."""
    return _codes(_checked(words))


def pack_gptq(q: np.ndarray) -> np.ndarray:
    """Words int32 ``(in // 8, out)`` of codes int8 ``(out, in)`` in [-8, 7]; ValueError otherwise."""
    return np.ascontiguousarray(_words(_nibbles(q, "in")).T)


def unpack_gptq(words: np.ndarray) -> np.ndarray:
    """Codes int8 ``(out, in)`` of words int32 ``(in // 8, out)``."""
    return _codes(_checked(words).T)


def pack_awq(q: np.ndarray) -> np.ndarray:
    """Words int32 ``(in, out // 8)`` of codes int8 ``(out, in)`` in [-8, 7]; ValueError otherwise."""
    eights = _nibbles(q, "out").T.reshape(q.shape[1], -1, CODES_PER_WORD)
    return _words(eights[:, :, AWQ_ORDER].reshape(q.shape[1], -1))


def unpack_awq(words: np.ndarray) -> np.ndarray:
    """Codes int8 ``(out, in)`` of words int32 ``(in, out // 8)``."""
    words = _checked(words)
    eights = _codes(words).reshape(*words.shape, CODES_PER_WORD)
    rows = np.empty_like(eights)
    rows[:, :, AWQ_ORDER] = eights  # subtle: assigning through the order undoes it; indexing would apply it twice
    return np.ascontiguousarray(rows.reshape(len(words), -1).T)


def _nibbles(q: np.ndarray, packed_axis: str) -> np.ndarray:
    """Codes as unsigned nibbles, uint32 ``(out, in)``."""
    q = np.asarray(q)
    if q.ndim != 2 or q.size == 0 or q.dtype != np.int8:
        raise ValueError(f"q must be a non-empty int8 matrix (out, in), got {q.dtype} {q.shape}")
    size = q.shape[1 if packed_axis == "in" else 0]
    if size % CODES_PER_WORD:
        raise ValueError(f"q has {packed_axis} = {size}; eight codes share a word, so it must be a multiple of 8")
    if q.min() < -8 or q.max() > 7:
        raise ValueError(f"q holds codes in [{q.min()}, {q.max()}]; four bits hold -8 to 7")
    return (q.astype(np.int16) + OFFSET).astype(np.uint32)


def _words(nibbles: np.ndarray) -> np.ndarray:
    eights = nibbles.reshape(len(nibbles), -1, CODES_PER_WORD)
    # subtle: unsigned until the end; in int32 the eighth nibble would be shifted into the sign
    return np.bitwise_or.reduce(eights << _SHIFTS, axis=2).view(np.int32)


def _checked(words: np.ndarray) -> np.ndarray:
    words = np.asarray(words)
    if words.ndim != 2 or words.size == 0 or words.dtype != np.int32:
        raise ValueError(f"words must be a non-empty int32 matrix, got {words.dtype} {words.shape}")
    return words


def _codes(words: np.ndarray) -> np.ndarray:
    words = np.ascontiguousarray(words).view(np.uint32)
    nibbles = words[:, :, None] >> _SHIFTS & 0xF
    return (nibbles.astype(np.int8) - np.int8(OFFSET)).reshape(len(words), -1)
