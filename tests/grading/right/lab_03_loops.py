"""Right in another way: loops in Python floats."""

import numpy as np


def quantize_groupwise(w, group_size=128):
    w = np.asarray(w)
    if w.ndim != 2:
        raise ValueError("w must be 2-D")
    if group_size <= 0 or w.shape[1] % group_size != 0:
        raise ValueError("group_size must divide")
    if not np.isfinite(w).all():
        raise ValueError("w not finite")
    q = np.zeros(w.shape, np.int8)
    s = np.zeros((w.shape[0], w.shape[1] // group_size), np.float16)
    for i in range(w.shape[0]):
        for k in range(s.shape[1]):
            g = [float(v) for v in w[i, k * group_size : (k + 1) * group_size]]
            m = max(abs(v) for v in g)
            if m == 0:
                s[i, k] = 1.0
                continue
            v = m / 7
            if v >= 65520:
                raise ValueError("w too loud for float16")
            s[i, k] = v
            if s[i, k] == 0:
                s[i, k] = 2**-24
            f = float(s[i, k])
            for j, x in enumerate(g):
                q[i, k * group_size + j] = max(-7, min(7, round(x / f)))
    return [q, s]


def dequantize_groupwise(q, scale):
    q = np.asarray(q)
    scale = np.asarray(scale)
    if q.ndim != 2:
        raise ValueError("q rank")
    if scale.ndim != 2 or scale.shape[0] != q.shape[0] or q.shape[1] % scale.shape[1]:
        raise ValueError("scale")
    if not np.all(np.isfinite(scale)) or np.any(scale <= 0):
        raise ValueError("scale")
    g = q.shape[1] // scale.shape[1]
    out = np.empty(q.shape, np.float32, order="F")
    for i in range(q.shape[0]):
        for j in range(q.shape[1]):
            out[i, j] = int(q[i, j]) * float(scale[i, j // g])
    return out


def pack_int4(q):
    if q.ndim != 2 or q.shape[1] % 2:
        raise ValueError("q shape")
    if not np.issubdtype(q.dtype, np.integer):
        raise ValueError("q dtype")
    if (q < -8).any() or (q > 7).any():
        raise ValueError("q range")
    out = np.zeros((q.shape[0], q.shape[1] // 2), np.uint8)
    for i in range(q.shape[0]):
        for j in range(q.shape[1] // 2):
            out[i, j] = (int(q[i, 2 * j]) % 16) + 16 * (int(q[i, 2 * j + 1]) % 16)
    return out


def unpack_int4(packed):
    if packed.ndim != 2:
        raise ValueError("packed")
    out = np.empty((packed.shape[0], packed.shape[1] * 2), np.int8)
    t = list(range(8)) + list(range(-8, 0))
    for i in range(packed.shape[0]):
        for j in range(packed.shape[1]):
            b = int(packed[i, j])
            out[i, 2 * j], out[i, 2 * j + 1] = t[b % 16], t[b // 16]
    return out


def int4_linear(x, packed, scale, bias=None):
    w = dequantize_groupwise(unpack_int4(packed), scale).astype(np.float64)
    x = np.asarray(x, dtype=np.float64)
    if x.shape[-1] != w.shape[1]:
        raise ValueError("x does not fit packed")
    if not np.isfinite(x).all():
        raise ValueError("x")
    if bias is not None and np.shape(bias) != (w.shape[0],):
        raise ValueError("bias")
    y = np.einsum("...i,oi->...o", x, w)
    if bias is not None:
        y = y + bias
    return np.float32(y)


def memory_bytes_int4(packed, scale):
    return float(packed.size * packed.itemsize + scale.size * scale.itemsize)


def bits_per_weight(group_size, scale_bits=16, zero_point_bits=0):
    if group_size <= 0:
        raise ValueError("group_size")
    return np.float64((4 * group_size + scale_bits + zero_point_bits) / group_size)
