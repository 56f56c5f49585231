"""Right in another way: Python integers, lists for tuples, one least-squares solve a column."""

import math

import numpy as np

SHUFFLED = {0: 0, 2: 1, 4: 2, 6: 3, 1: 4, 3: 5, 5: 6, 7: 7}  # code of eight -> its nibble


def quantize_groupwise_asymmetric(w, group_size=128):
    if w.ndim != 2:
        raise ValueError("w: two axes")
    if group_size <= 0 or w.shape[1] % group_size:
        raise ValueError("group_size")
    if not np.isfinite(w).all():
        raise ValueError("w: finite")
    groups = w.shape[1] // group_size
    q, scale, zero = np.zeros(w.shape, np.uint8), np.zeros((len(w), groups), np.float16), np.zeros((len(w), groups))
    for i in range(len(w)):
        for k in range(groups):
            values = [float(v) for v in w[i, k * group_size : (k + 1) * group_size]]
            low, high = min(0.0, *values), max(0.0, *values)
            if (high - low) / 15 >= 65520:
                raise ValueError("w: scale beyond float16")
            scale[i, k] = max((high - low) / 15, 2.0**-24)
            s = float(scale[i, k])
            z = min(15, max(0, round(-low / ((high - low) / 15 or 1))))  # with the exact scale
            zero[i, k] = z
            for j, v in enumerate(values):
                q[i, k * group_size + j] = min(15, max(0, round(v / s) + z))
    return [q, scale, zero.astype(np.uint8)]


def _fits(q, axis):
    if q.ndim != 2:
        raise ValueError("q: two axes")
    if q.shape[axis] % 8:
        raise ValueError("q: eights")
    if any(not -8 <= int(v) <= 7 for v in q.ravel()):
        raise ValueError("q: four bits")


def _signed(word):
    return word - 2**32 if word >= 2**31 else word


def pack_compressed_tensors(q):
    _fits(q, 1)
    out = np.empty((q.shape[0], q.shape[1] // 8), np.int32)
    for r in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[r, k] = _signed(sum((int(q[r, 8 * k + i]) + 8) * 16**i for i in range(8)))
    return out


def pack_gptq(q):
    _fits(q, 1)
    out = np.empty((q.shape[1] // 8, q.shape[0]), np.int32, order="F")
    for k in range(out.shape[0]):
        for r in range(out.shape[1]):
            out[k, r] = _signed(sum((int(q[r, 8 * k + i]) + 8) * 16**i for i in range(8)))
    return out


def pack_awq(q):
    _fits(q, 0)
    out = np.empty((q.shape[1], q.shape[0] // 8), np.int32)
    for c in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[c, k] = _signed(sum((int(q[8 * k + i, c]) + 8) << 4 * n for i, n in SHUFFLED.items()))
    return out


def _two_axes(words):
    if words.ndim != 2:
        raise ValueError("words: two axes")


def unpack_compressed_tensors(words):
    _two_axes(words)
    return np.array([[int(word) % 2**32 // 16**i % 16 - 8 for word in row for i in range(8)] for row in words], np.int8)


def unpack_gptq(words):
    _two_axes(words)
    q = np.empty((words.shape[1], 8 * words.shape[0]), np.int8)
    for k in range(words.shape[0]):
        for r in range(words.shape[1]):
            for i in range(8):
                q[r, 8 * k + i] = (int(words[k, r]) >> 4 * i & 15) - 8
    return q


def unpack_awq(words):
    _two_axes(words)
    q = np.empty((8 * words.shape[1], words.shape[0]), np.int8)
    for c in range(words.shape[0]):
        for k in range(words.shape[1]):
            for i, n in SHUFFLED.items():
                q[8 * k + i, c] = (int(words[c, k]) >> 4 * n & 15) - 8
    return q


def gptq_quantize(w, x, group_size=128, damping=0.01):
    if w.ndim != 2:
        raise ValueError("w: two axes")
    if group_size <= 0 or w.shape[1] % group_size:
        raise ValueError("group_size")
    if x.shape[-1] != w.shape[1]:
        raise ValueError("x: columns")
    if not (np.isfinite(w).all()):
        raise ValueError("w: finite")
    if not (np.isfinite(x).all()):
        raise ValueError("x: finite")
    w = w.astype(np.float64)
    x = x.astype(np.float64).reshape(-1, w.shape[1])
    h = np.einsum("si,sj->ij", x, x)
    h += damping * np.trace(h) / len(h) * np.identity(len(h))
    groups = w.shape[1] // group_size
    scale = np.empty((len(w), groups), np.float16)
    for k in range(groups):
        peak = np.abs(w[:, k * group_size : (k + 1) * group_size]).max(1)
        scale[:, k] = [max(p / 7, 2.0**-24) if p else 1 for p in peak]
    q = np.zeros(w.shape, np.int8)
    for j in range(w.shape[1]):
        s = scale[:, j // group_size].astype(np.float64)
        q[:, j] = [max(-7, min(7, math.floor(v + 0.5) if v % 1 != 0.5 else round(v))) for v in w[:, j] / s]
        error = w[:, j] - q[:, j] * s
        if j + 1 < len(h):
            w[:, j + 1 :] += np.outer(error, np.linalg.solve(h[j + 1 :, j + 1 :], h[j + 1 :, j]))
    return [q, scale]
