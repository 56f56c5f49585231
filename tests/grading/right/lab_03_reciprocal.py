"""Right in another way: a float32 reciprocal and a Fortran layout."""

import numpy as np


def quantize_groupwise(w, group_size=128):
    w = np.array(w, dtype=np.float32 if np.asarray(w).dtype != np.float64 else np.float64, order="F")
    if w.ndim != 2:
        raise ValueError(f"w {w.shape}")
    if group_size <= 0 or w.shape[1] % group_size:
        raise ValueError(f"group_size {group_size}")
    if not np.isfinite(w).all():
        raise ValueError("w must be finite")
    scale = np.stack(
        [np.abs(p).max(axis=1) for p in np.split(w, w.shape[1] // group_size, axis=1)], axis=1
    ) * np.float32(1 / 7)
    if (scale > 65504).any():
        raise ValueError("w: scale beyond float16")
    s16 = np.maximum(scale.astype(np.float16), np.float16(2**-24))
    inv = np.repeat(1 / s16.astype(np.float32), group_size, axis=1)
    q = np.rint(np.clip(w * inv, -7, 7)).astype(np.int8)
    return q, s16


def dequantize_groupwise(q, scale):
    if q.ndim != 2:
        raise ValueError("q")
    if scale.ndim != 2 or scale.shape[0] != q.shape[0] or q.shape[1] % scale.shape[1]:
        raise ValueError("scale")
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise ValueError("scale")
    g = q.shape[1] // scale.shape[1]
    return (q.astype(np.float64) * np.kron(scale.astype(np.float64), np.ones((1, g)))).astype(np.float32)


def pack_int4(q):
    if q.ndim != 2:
        raise ValueError("q")
    if q.dtype.kind not in "iu" or q.min() < -8 or q.max() > 7:
        raise ValueError("q")
    if q.shape[1] % 2:
        raise ValueError("q")
    u = np.ascontiguousarray(q.astype(np.int8)).view(np.uint8)
    return np.bitwise_or(u[:, ::2] & 15, np.left_shift(u[:, 1::2], 4)).copy(order="F")


def unpack_int4(packed):
    if packed.ndim != 2 or packed.dtype != np.uint8:
        raise ValueError("packed")
    p = (
        packed.astype(np.uint8).view(np.int8)
        if packed.flags.c_contiguous
        else np.ascontiguousarray(packed).view(np.int8)
    )
    out = np.empty((p.shape[0], 2 * p.shape[1]), np.int8)
    out[:, ::2] = np.left_shift(p, 4) >> 4
    out[:, 1::2] = p >> 4
    return out


def int4_linear(x, packed, scale, bias=None):
    q = unpack_int4(packed)
    if scale.shape[0] != q.shape[0] or scale.ndim != 2 or q.shape[1] % scale.shape[1]:
        raise ValueError("scale")
    x = np.asarray(x)
    if x.ndim < 1 or x.shape[-1] != q.shape[1]:
        raise ValueError("x")
    if not np.isfinite(x).all():
        raise ValueError("x")
    g = scale.shape[1]
    xg = x.astype(np.float32).reshape(*x.shape[:-1], g, -1)
    y = np.einsum("...gi,ogi,og->...o", xg, q.reshape(q.shape[0], g, -1).astype(np.float32), scale.astype(np.float32))
    if bias is not None:
        if np.asarray(bias).shape != (len(q),):
            raise ValueError("bias")
        y = y + np.asarray(bias, dtype=np.float32)
    return y.astype(np.float32)


def memory_bytes_int4(packed, scale):
    return np.int64(packed.nbytes + scale.nbytes)


def bits_per_weight(group_size, scale_bits=16, zero_point_bits=0):
    if group_size <= 0:
        raise ValueError("group_size must be positive")
    return 4.0 + scale_bits / group_size + zero_point_bits / group_size
