"""Right in another way: scales as bitsandbytes takes them, AWQ as in llm-compressor, the cache by moving axes."""

import numpy as np

F = np.float32


def _f(a, name):
    with np.errstate(over="ignore"):
        a = np.asarray(a).astype(F)
    if not np.isfinite(a).all():
        raise ValueError(name + " nan or inf")
    return a


def _xw(x, w):
    x, w = _f(x, "x"), _f(w, "w")
    if w.ndim != 2 or x.shape[-1:] != w.shape[1:]:
        raise ValueError("x, w do not fit")
    return x, w


def llm_int8_linear(x, w, threshold=6.0):
    x, w = _xw(x, w)
    a = x.reshape(-1, x.shape[-1])
    loud = abs(a) >= threshold
    cols = np.argwhere(loud.any(0)).ravel()
    row = abs(np.where(loud, F(0), a)).max(1)  # what is quiet in an outlier column counts for the token's scale
    col = abs(w).max(1)
    ra, rw = (np.divide(F(127), m, out=np.zeros_like(m), where=m > 0) for m in (row, col))
    aq = np.rint(a * ra[:, None]).clip(-127, 127).astype(np.int8)
    wq = np.rint(w * rw[:, None]).astype(np.int8)
    aq[:, cols] = 0
    y = aq.astype(np.int32) @ wq.astype(np.int32).T
    y = y * (row[:, None] * col * F(1 / (127 * 127))) + a[:, cols] @ w[:, cols].T
    return y.reshape(*x.shape[:-1], -1).astype(F)


def awq_scales(x, w, group_size=128, grid=20):
    x, w = _xw(x, w)
    if group_size <= 0 or w.shape[1] % group_size != 0:
        raise ValueError("group_size")
    x = x.reshape(-1, x.shape[-1])
    y = x @ w.T
    xm = abs(x).mean(0)
    g = abs(w).reshape(len(w), -1, group_size)
    wm = (g / (g.max(-1, keepdims=True) + F(1e-6))).reshape(w.shape).mean(0)
    trials = [np.ones_like(xm)]
    for i in range(grid):
        r = i / max(grid - 1, 1)
        trials.append(np.clip(xm**r / (wm ** (1 - r) + F(1e-4)), 1e-4, None))
    errors = []
    for i, s in enumerate(trials):
        s = trials[i] = (s / np.sqrt(s.max() * s.min())).astype(F)
        v = (w * s).reshape(len(w), -1, group_size)
        step = np.maximum(abs(v).max(-1, keepdims=True) / F(7), F(1e-30))
        v = (np.clip(np.rint(v / step), -7, 7) * step).reshape(w.shape) / s
        errors.append(float(((x @ v.T - y) ** 2).mean()))
    return trials[int(np.argmin(errors))]


def quantize_kv(k, v, bits=8):
    k, v = _f(k, "k"), _f(v, "v")
    if k.ndim < 2 or v.ndim < 2 or k.shape != v.shape:
        raise ValueError("k, v shapes")
    if not 2 <= bits <= 8:
        raise ValueError("bits")
    q = F(2 ** (bits - 1) - 1)

    def rows(a):
        m = abs(a).max(-1)
        s = np.where(m > 0, m, F(1)) / q
        return np.rint(a / s[..., None]).clip(-q, q).astype(np.int8), s

    kq, ks = rows(np.moveaxis(k, -1, -2))
    return [np.moveaxis(kq, -1, -2), ks, *rows(v)]
