"""Right in another way: Python loops and the round of Python itself."""

import math

import numpy as np


def _check(w, bits):
    if w.ndim != 2:
        raise ValueError(f"w: expected 2-D (out, in), got {w.shape}")
    if not isinstance(bits, int) or bits < 2 or bits > 8:
        raise ValueError("bits must lie in 2..8")
    for row in w:
        for v in row:
            if not math.isfinite(float(v)):
                raise ValueError("w must be finite")
    return 2 ** (bits - 1) - 1


def _s(rows, qmax):
    m = 0.0
    for row in rows:
        for v in row:
            m = max(m, abs(float(v)))
    s = m / qmax
    if s > 3.4e38:
        raise ValueError("w is too large for a float32 scale")
    s = np.float32(s)
    return s if s > 0 else np.float32(1)


def _codes(rows, s, qmax):
    return [[max(-qmax, min(qmax, round(float(v) / float(s)))) for v in row] for row in rows]


def quantize_per_tensor(w, bits=8):
    w = np.asarray(w)
    qmax = _check(w, bits)
    s = _s(w, qmax)
    return np.array(_codes(w, s, qmax), dtype=np.int8), s


def quantize_per_channel(w, bits=8):
    w = np.asarray(w)
    qmax = _check(w, bits)
    scale = np.array([_s([row], qmax) for row in w], np.float32)
    q = np.empty(w.shape, np.int8)
    for i, row in enumerate(w):
        q[i] = _codes([row], scale[i], qmax)[0]
    return q, scale


def dequantize(q, scale):
    q = np.asarray(q)
    scale = np.asarray(scale)
    if q.ndim != 2:
        raise ValueError("q must be a matrix")
    if scale.ndim > 1 or (scale.ndim == 1 and len(scale) != len(q)):
        raise ValueError("scale does not fit q")
    out = np.zeros(q.shape, np.float32)
    for i in range(q.shape[0]):
        s = float(scale) if scale.ndim == 0 else float(scale[i])
        if not (s > 0 and math.isfinite(s)):
            raise ValueError(f"scale[{i}] = {s}")
        for j in range(q.shape[1]):
            out[i, j] = int(q[i, j]) * s
    return out


def quant_linear(x, q, scale, bias=None):
    w = dequantize(q, scale).astype(np.float64)
    x = np.asarray(x)
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise ValueError("x does not fit")
    if not np.isfinite(x).all():
        raise ValueError("x not finite")
    if bias is not None and np.asarray(bias).shape != (len(w),):
        raise ValueError("bias has a wrong shape")
    out = np.zeros(x.shape[:-1] + (len(w),), np.float32)
    for idx in np.ndindex(*x.shape[:-1]):
        for o in range(len(w)):
            t = 0.0 if bias is None else float(bias[o])
            for i in range(w.shape[1]):
                t += float(x[idx + (i,)]) * w[o, i]
            out[idx + (o,)] = t
    return out


def memory_bytes(w):
    if np.ndim(w) != 2:
        raise ValueError("w is not 2-D")
    return w.shape[0] * w.shape[1] * w.dtype.itemsize


def memory_bytes_quant(q, scale):
    if np.ndim(q) != 2:
        raise ValueError("q is not 2-D")
    return q.size * q.dtype.itemsize + np.size(scale) * np.asarray(scale).dtype.itemsize


def _fin(**k):
    for n, v in k.items():
        if not np.isfinite(v).all():
            raise ValueError(f"{n} has NaN or inf")


def relative_error(reference, approximation):
    if np.shape(reference) != np.shape(approximation):
        raise ValueError("reference and approximation differ in shape")
    _fin(reference=reference, approximation=approximation)
    n = d = 0.0
    for r, a in zip(np.ravel(reference).tolist(), np.ravel(approximation).tolist()):
        n += (r - a) ** 2
        d += r**2
    if d == 0:
        return 0.0 if n == 0 else math.inf
    return math.sqrt(n / d)


def row_relative_error(reference, approximation):
    if np.ndim(reference) != 2:
        raise ValueError("reference must be 2-D")
    if np.shape(reference) != np.shape(approximation):
        raise ValueError("reference and approximation differ in shape")
    _fin(reference=reference, approximation=approximation)
    return np.array([relative_error(r, a) for r, a in zip(reference, approximation)], dtype=np.float32)
