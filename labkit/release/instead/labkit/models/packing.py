"""Eight 4-bit codes in one int32 word, by the library that vLLM reads such files with.

What `lab checkpoint` uses for a packing exercise that you have not written yet, and to read a file back.
Codes are int8 ``(out, in)`` in [-8, 7] and are stored as ``code + 8``. How each layout orders them is what the
exercises of lab 03 are about; their docstrings say it.
"""

from __future__ import annotations

import numpy as np
import torch
from compressed_tensors.compressors import pack_to_int32, unpack_from_int32

GPTQ_ZERO_WORD = 0x77777777  # eight zero points of 8: GPTQ files (version 1) store each zero point less one
_AWQ = torch.tensor([0, 2, 4, 6, 1, 3, 5, 7])


def pack_compressed_tensors(q: np.ndarray) -> np.ndarray:
    """Words int32 ``(out, in // 8)``."""
    return pack_to_int32(torch.from_numpy(np.ascontiguousarray(q)), 4).numpy()


def unpack_compressed_tensors(words: np.ndarray) -> np.ndarray:
    """Codes int8 ``(out, in)``."""
    tensor = torch.from_numpy(np.ascontiguousarray(words))
    return unpack_from_int32(tensor, 4, torch.Size((len(words), 8 * words.shape[1]))).numpy()


def pack_gptq(q: np.ndarray) -> np.ndarray:
    """Words int32 ``(in // 8, out)``."""
    return np.ascontiguousarray(pack_compressed_tensors(q).T)


def unpack_gptq(words: np.ndarray) -> np.ndarray:
    """Codes int8 ``(out, in)``."""
    return unpack_compressed_tensors(words.T)


def pack_awq(q: np.ndarray) -> np.ndarray:
    """Words int32 ``(in, out // 8)``."""
    return pack_compressed_tensors(_reordered(q.T, _AWQ))


def unpack_awq(words: np.ndarray) -> np.ndarray:
    """Codes int8 ``(out, in)``."""
    return np.ascontiguousarray(_reordered(unpack_compressed_tensors(words), torch.argsort(_AWQ)).T)


def _reordered(q: np.ndarray, order: torch.Tensor) -> np.ndarray:
    codes = torch.from_numpy(np.ascontiguousarray(q))
    return codes.unflatten(1, (-1, 8)).index_select(2, order).flatten(1).numpy()
