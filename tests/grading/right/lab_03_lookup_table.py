"""Right in another way: a table of 256 bytes, float64 inside."""

import numpy as np

T = np.array([[(b % 16) - 16 * (b % 16 > 7), (b >> 4) - 16 * ((b >> 4) > 7)] for b in range(256)], dtype=np.int8)


def quantize_groupwise(w, group_size=128):
    w = np.asarray(w, dtype=np.float64)
    if w.ndim != 2 or not np.isfinite(w).all():
        raise ValueError("w")
    if group_size <= 0 or w.shape[1] % group_size:
        raise ValueError("group_size")
    rows, cols = w.shape
    flat = np.ascontiguousarray(w).reshape(-1, group_size)
    am = np.maximum(flat.max(axis=1), -flat.min(axis=1))
    with np.errstate(over="ignore"):
        s = np.where(am > 0, np.maximum(am / 7, 2.0**-24), 1.0).astype(np.float16)
    if not np.isfinite(s).all():
        raise ValueError("w overflows")
    q = np.minimum(np.maximum(np.round(flat / s.astype(np.float64)[:, None]), -7), 7)
    return q.reshape(rows, cols).astype(np.int8), s.reshape(rows, -1)


def dequantize_groupwise(q, scale):
    if q.ndim != 2:
        raise ValueError("q")
    if scale.ndim != 2 or scale.shape[0] != q.shape[0] or q.shape[1] % scale.shape[1]:
        raise ValueError("scale")
    if not np.isfinite(scale).all() or (scale <= 0).any():
        raise ValueError("scale")
    return np.einsum("ogi,og->ogi", q.reshape(*scale.shape, -1).astype(np.float32), scale.astype(np.float32)).reshape(
        q.shape
    )


def pack_int4(q):
    if q.ndim != 2 or q.shape[1] % 2 or q.dtype.kind not in "iu" or q.min() < -8 or q.max() > 7:
        raise ValueError("q")
    lo, hi = q[:, ::2].astype(np.int8), q[:, 1::2].astype(np.int8)
    return ((lo & 15) | (hi << 4)).astype(np.uint8)


def unpack_int4(packed):
    if packed.ndim != 2:
        raise ValueError("packed")
    return T[packed].reshape(packed.shape[0], -1)


def int4_linear(x, packed, scale, bias=None):
    w = dequantize_groupwise(unpack_int4(packed), scale)
    if x.shape[-1:] != w.shape[1:]:
        raise ValueError("x")
    if not np.isfinite(x).all():
        raise ValueError("x")
    b = 0.0
    if bias is not None:
        b = np.asarray(bias, np.float64)
        if b.shape != w.shape[:1]:
            raise ValueError("bias")
    return np.asarray(np.inner(np.float64(x), np.float64(w)) + b, dtype=np.float32)


def memory_bytes_int4(packed, scale):
    return sum(a.size * a.dtype.itemsize for a in (packed, scale))


def bits_per_weight(group_size, scale_bits=16, zero_point_bits=0):
    if group_size <= 0:
        raise ValueError("group_size")
    return np.float32(4 + (scale_bits + zero_point_bits) / group_size)
