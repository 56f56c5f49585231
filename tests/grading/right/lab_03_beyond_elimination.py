"""Right in another way: the inverse reduced column by column (as in OBQ), scales of the updated weights, lookups."""

import numpy as np

AWQ = np.array([0, 2, 4, 6, 1, 3, 5, 7])


def quantize_groupwise_asymmetric(w, group_size=128):
    w = np.asarray(w, dtype=np.float64)
    if w.ndim != 2 or not np.isfinite(w).all():
        raise ValueError("w must be a finite matrix")
    if group_size < 1 or w.shape[1] % group_size:
        raise ValueError(f"group_size {group_size}")
    g = np.pad(w.reshape(w.shape[0], -1, group_size), ((0, 0), (0, 0), (0, 1)))  # a zero in every group
    low, span = g.min(2), np.ptp(g, axis=2)
    if (span / 15 >= 65520).any():
        raise ValueError("w: the scale is beyond float16")
    scale = np.maximum(span / 15, 2.0**-24).astype(np.float16)
    step = scale.astype(np.float64)[:, :, None]
    zero = np.minimum(np.round(-low[:, :, None] / step), 15)
    q = np.clip(np.round(g[:, :, :-1] / step + zero), 0, 15)
    return q.reshape(w.shape).astype("u1"), scale, zero[:, :, 0].astype("u1")


def _nibbles(q, axis):
    q = np.asarray(q)
    if q.ndim != 2 or q.shape[axis] % 8 or ((q < -8) | (q > 7)).any():
        raise ValueError("q does not fit")
    return q.astype(np.int64) + 8


def _bytes_to_words(nibbles):
    pairs = (nibbles[..., 0::2] + 16 * nibbles[..., 1::2]).astype(np.uint8)
    return np.ascontiguousarray(pairs).view("<i4")[..., 0].astype(np.int32)


def _words_to_nibbles(words):
    words = np.asarray(words)
    if words.ndim != 2:
        raise ValueError("words must be 2-D")
    pairs = np.ascontiguousarray(words.astype("<i4"))[..., None].view(np.uint8)
    return np.stack([pairs % 16, pairs // 16], -1).reshape(*words.shape, 8).astype(np.int8)


def pack_compressed_tensors(q):
    return _bytes_to_words(_nibbles(q, 1).reshape(len(q), -1, 8))


def unpack_compressed_tensors(words):
    return _words_to_nibbles(words).reshape(len(words), -1) - np.int8(8)


def pack_gptq(q):
    return _bytes_to_words(_nibbles(q, 1).reshape(len(q), -1, 8).transpose(1, 0, 2))


def unpack_gptq(words):
    return _words_to_nibbles(words).transpose(1, 0, 2).reshape(words.shape[1], -1) - np.int8(8)


def pack_awq(q):
    return _bytes_to_words(_nibbles(q, 0).T.reshape(q.shape[1], -1, 8)[:, :, AWQ])


def unpack_awq(words):
    eights = _words_to_nibbles(words)[..., np.argsort(AWQ)]
    return eights.reshape(words.shape[0], -1).T - np.int8(8)


def gptq_quantize(w, x, group_size=128, damping=0.01):
    if np.ndim(w) != 2 or not np.isfinite(w).all():
        raise ValueError("w")
    if np.shape(x)[-1] != w.shape[1] or not np.isfinite(x).all():
        raise ValueError("x")
    if group_size < 1 or w.shape[1] % group_size:
        raise ValueError("group_size")
    now = np.asarray(w, np.float64).copy()
    flat = np.asarray(x, np.float64).reshape(-1, w.shape[1])
    h = flat.T @ flat / len(flat)
    inverse = np.linalg.inv(h + np.diag(np.full(len(h), damping * h.diagonal().mean())))
    q, scales = np.zeros(now.shape, np.int8), []
    for j in range(now.shape[1]):
        if j % group_size == 0:
            peak = np.abs(now[:, j : j + group_size]).max(axis=1)
            scales.append(np.maximum(peak / 7, 2.0**-24).astype(np.float16))
        s = scales[-1].astype(np.float64)
        q[:, j] = np.clip(np.rint(now[:, j] / s), -7, 7)
        now -= ((now[:, j] - q[:, j] * s) / inverse[j, j])[:, None] * inverse[j]
        inverse = inverse - np.outer(inverse[:, j], inverse[j]) / inverse[j, j]
        inverse[j] = inverse[:, j] = 0
    return q, np.stack(scales, axis=1)
