"""Right in another way: GPTQ as the paper has it, the upper factor of the inverse, in float32 and in blocks."""

import numpy as np

ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def gptq_quantize(w, x, group_size=128, damping=0.01):
    w, x = np.asarray(w), np.asarray(x)
    if w.ndim != 2:
        raise ValueError("w must be 2-D")
    if x.shape[-1] != w.shape[1]:
        raise ValueError("x must have as many columns as w")
    if group_size < 1 or w.shape[1] % group_size:
        raise ValueError("group_size must divide the columns of w")
    if not np.isfinite(w).all():
        raise ValueError("w holds NaN or inf")
    if not np.isfinite(x).all():
        raise ValueError("x holds NaN or inf")
    weight = w.astype(np.float32)
    x = x.astype(np.float32).reshape(-1, x.shape[-1])
    rows, columns = weight.shape
    h = 2 * (x.T @ x) / len(x)
    dead = np.diag(h) == 0
    h[dead, dead] = 1
    weight[:, dead] = 0
    h += damping * np.diag(h).mean() * np.eye(columns, dtype=np.float32)
    upper = np.linalg.cholesky(np.linalg.inv(h)).T
    q = np.zeros((rows, columns), np.int8)
    scales = np.ones((rows, columns // group_size), np.float16)
    for first in range(0, columns, 128):
        last = min(first + 128, columns)
        block, errors = weight[:, first:last].copy(), np.zeros((rows, last - first), np.float32)
        for i in range(last - first):
            column = first + i
            if column % group_size == 0:  # the scale of the weights as updated; what lies beyond the block is not yet
                end = column + group_size
                ahead = weight[:, last:end] - errors @ upper[first:last, last:end] if end > last else None
                now = block[:, i : i + group_size]
                now = now if ahead is None else np.hstack([now, ahead])
                peak = np.abs(now).max(1)
                scales[:, column // group_size] = np.where(peak > 0, np.maximum(peak / 7, 2.0**-24), 1)
            scale = scales[:, column // group_size].astype(np.float32)
            q[:, column] = np.clip(np.round(block[:, i] / scale), -7, 7)
            error = (block[:, i] - q[:, column] * scale) / upper[column, column]
            block[:, i:] -= np.outer(error, upper[column, column:last])
            errors[:, i] = error
        weight[:, last:] -= errors @ upper[first:last, last:]
    return q, scales


def quantize_groupwise_asymmetric(w, group_size=128):
    w = np.asarray(w)
    if w.ndim != 2:
        raise ValueError("w must be 2-D")
    if group_size < 1 or w.shape[1] % group_size:
        raise ValueError("group_size must divide the columns of w")
    if not np.isfinite(w).all():
        raise ValueError("w holds NaN or inf")
    groups = w.astype(np.float32).reshape(w.shape[0], -1, group_size)
    low, high = groups.clip(max=0).min(-1), groups.clip(min=0).max(-1)
    with np.errstate(over="ignore"):
        scale = ((high - low) * np.float32(1 / 15)).astype(np.float16)
    if np.isinf(scale).any():
        raise ValueError("w is too loud for a float16 scale")
    scale[high == low] = 1
    scale = np.maximum(scale, np.float16(2.0**-24))
    inverse = 1 / scale.astype(np.float32)
    zero = np.rint(-low * inverse).clip(0, 15)
    q = np.rint(groups * inverse[..., None] + zero[..., None]).clip(0, 15)
    return q.reshape(w.shape).astype(np.uint8), scale, zero.astype(np.uint8)


def _check(q, axis):
    if q.ndim != 2 or q.shape[axis] % 8 or q.min() < -8 or q.max() > 7:
        raise ValueError("q must hold codes in [-8, 7], eight to a word")


def _check_words(words):
    if words.ndim != 2:
        raise ValueError("words must have two axes")


def pack_compressed_tensors(q):
    _check(q, 1)
    words = np.zeros((q.shape[0], q.shape[1] // 8), np.uint32)
    for i in range(8):
        words |= (q[:, i::8].astype(np.int32) + 8).astype(np.uint32) << np.uint32(4 * i)
    return words.view(np.int32)


def unpack_compressed_tensors(words):
    _check_words(words)
    q = np.zeros((words.shape[0], words.shape[1] * 8), np.int8)
    for i in range(8):
        q[:, i::8] = ((words >> (4 * i)) & 15) - 8
    return q


def pack_gptq(q):
    _check(q, 1)
    return pack_compressed_tensors(q).T


def unpack_gptq(words):
    _check_words(words)
    return unpack_compressed_tensors(words.T)


def pack_awq(q):
    _check(q, 0)
    words = np.zeros((q.shape[1], q.shape[0] // 8), np.uint32)
    for i, row in enumerate(ORDER):
        words |= (q[row::8].T.astype(np.int32) + 8).astype(np.uint32) << np.uint32(4 * i)
    return words.view(np.int32)


def unpack_awq(words):
    _check_words(words)
    q = np.zeros((words.shape[1] * 8, words.shape[0]), np.int8)
    for i, row in enumerate(ORDER):
        q[row::8] = (((words >> (4 * i)) & 15) - 8).T
    return q
