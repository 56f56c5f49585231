"""Right in another way: multiplies by a float32 reciprocal."""

import numpy as np


def quantize_per_tensor(w, bits=8):
    w = np.asarray(w)
    if w.ndim != 2:
        raise ValueError("w must be 2-D (out, in)")
    if not np.isfinite(w).all():
        raise ValueError("w holds NaN or inf")
    if bits not in range(2, 9):
        raise ValueError("bits must be 2 to 8")
    qmax = 2 ** (bits - 1) - 1
    w = w.astype(np.float32)
    scale = np.float32(np.abs(w).max() / qmax)
    if not np.isfinite(scale):
        raise ValueError("w has a scale beyond float32")
    if scale == 0:
        scale = np.float32(1)
    q = np.clip(np.rint(w * (np.float32(1) / scale)), -qmax, qmax).astype(np.int8)
    return q, scale


def quantize_per_channel(w, bits=8):
    w = np.asarray(w)
    if w.ndim != 2:
        raise ValueError("w must be 2-D (out, in)")
    if not np.isfinite(w).all():
        raise ValueError("w holds NaN or inf")
    if bits not in range(2, 9):
        raise ValueError("bits must be 2 to 8")
    qmax = 2 ** (bits - 1) - 1
    w = w.astype(np.float32)
    scale = (np.abs(w).max(axis=1) / qmax).astype(np.float32)
    if not np.isfinite(scale).all():
        raise ValueError("w has a scale beyond float32")
    scale[scale == 0] = 1
    q = np.clip(np.rint(w * (np.float32(1) / scale)[:, None]), -qmax, qmax).astype(np.int8)
    return q, scale


def dequantize(q, scale):
    q = np.asarray(q)
    scale = np.asarray(scale)
    if q.ndim != 2:
        raise ValueError("q must be 2-D (out, in)")
    if scale.shape not in ((), (q.shape[0],)):
        raise ValueError("scale must have shape () or (out,)")
    if not np.isfinite(scale).all():
        raise ValueError("scale must be finite")
    if (scale <= 0).any():
        raise ValueError("scale must be positive")
    if scale.ndim == 1:
        scale = scale[:, None]
    return (q.astype(np.float32) * scale).astype(np.float32)


def quant_linear(x, q, scale, bias=None):
    x = np.asarray(x)
    q = np.asarray(q)
    scale = np.asarray(scale)
    if q.ndim != 2:
        raise ValueError("q must be 2-D (out, in)")
    if scale.shape not in ((), (q.shape[0],)):
        raise ValueError("scale must have shape () or (out,)")
    if not np.isfinite(scale).all():
        raise ValueError("scale must be finite")
    if (scale <= 0).any():
        raise ValueError("scale must be positive")
    if x.ndim < 1:
        raise ValueError("x needs an axis")
    if x.shape[-1] != q.shape[1]:
        raise ValueError("x last axis")
    if not np.isfinite(x).all():
        raise ValueError("x has NaN or inf")
    if bias is not None and np.shape(bias) != (q.shape[0],):
        raise ValueError("bias must be (out,)")
    w = q.astype(np.float32) * (scale[:, None] if scale.ndim else scale)
    y = x.astype(np.float32) @ w.T
    if bias is not None:
        y = y + bias
    return y.astype(np.float32)


def memory_bytes(w):
    if w.ndim != 2:
        raise ValueError("w must be 2-D")
    return int(w.size * w.itemsize)


def memory_bytes_quant(q, scale):
    if q.ndim != 2:
        raise ValueError("q must be 2-D")
    return int(q.nbytes + np.asarray(scale).nbytes)


def relative_error(reference, approximation):
    r = np.asarray(reference, np.float64)
    a = np.asarray(approximation, np.float64)
    if r.shape != a.shape:
        raise ValueError("approximation has another shape than reference")
    if not np.isfinite(r).all():
        raise ValueError("reference not finite")
    if not np.isfinite(a).all():
        raise ValueError("approximation not finite")
    num = np.sqrt(((r - a) ** 2).sum())
    den = np.sqrt((r**2).sum())
    if den == 0:
        return 0.0 if num == 0 else float("inf")
    return float(num / den)


def row_relative_error(reference, approximation):
    r = np.asarray(reference, np.float64)
    a = np.asarray(approximation, np.float64)
    if r.ndim != 2:
        raise ValueError("reference must be 2-D")
    if r.shape != a.shape:
        raise ValueError("approximation has another shape than reference")
    if not np.isfinite(r).all():
        raise ValueError("reference not finite")
    if not np.isfinite(a).all():
        raise ValueError("approximation not finite")
    num = np.sqrt(((r - a) ** 2).sum(axis=1))
    den = np.sqrt((r**2).sum(axis=1))
    with np.errstate(all="ignore"):
        e = np.where(den == 0, np.where(num == 0, 0.0, np.inf), num / den)
    return e.astype(np.float32)
