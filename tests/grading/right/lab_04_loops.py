"""Right in another way: loops with Python integers."""

import math

import numpy as np


def _f(x, n):
    x = np.array(x, dtype=np.float64)
    if not np.all(np.isfinite(x)):
        raise ValueError(n + " nan or inf")
    return x


def channel_absmax(x):
    x = _f(x, "x")
    if x.ndim < 1:
        raise ValueError("x rank")
    out = np.zeros(x.shape[-1], np.float32)
    for row in x.reshape(-1, x.shape[-1]):
        for j, v in enumerate(row):
            out[j] = max(out[j], abs(v))
    return out


def smoothing_scales(act_absmax, w, alpha=0.5):
    a, w = _f(act_absmax, "act_absmax"), _f(w, "w")
    if w.ndim != 2:
        raise ValueError("w rank")
    if a.shape != (w.shape[1],):
        raise ValueError("act_absmax shape")
    if (a < 0).any():
        raise ValueError("act_absmax negative")
    if alpha < 0 or alpha > 1:
        raise ValueError("alpha")
    s = []
    for j in range(len(a)):
        wm = max(abs(v) for v in w[:, j])
        if a[j] == 0 or wm == 0:
            s.append(1.0)
        else:
            s.append(max(math.exp(alpha * math.log(a[j]) - (1 - alpha) * math.log(wm)), 1e-5))
    return np.array(s, dtype=np.float32)


def _s(s):
    s = _f(s, "s")
    if s.ndim != 1 or not (s > 0).all():
        raise ValueError("s bad")
    return s


def smooth(x, w, s):
    x, w, s = _f(x, "x"), _f(w, "w"), _s(s)
    if w.ndim != 2:
        raise ValueError("w")
    if x.shape[-1] != w.shape[1] or s.shape != (w.shape[1],):
        raise ValueError("x, w, s shapes")
    return [
        np.einsum("...j,j->...j", x, 1 / s).astype(np.float32),
        np.asfortranarray(np.einsum("ij,j->ij", w, s)).astype(np.float32),
    ]


def fold_into_norm(gain, s):
    g, s = _f(gain, "gain"), _s(s)
    if g.shape != s.shape:
        raise ValueError("gain and s")
    return np.array([np.float32(a / b) for a, b in zip(g, s)], dtype=np.float32)


def w8a8_linear(x, w, bias=None):
    x, w = _f(x, "x"), _f(w, "w")
    if w.ndim != 2 or x.ndim < 1 or x.shape[-1] != w.shape[1]:
        raise ValueError("x or w shape")
    if bias is not None and np.shape(bias) != (len(w),):
        raise ValueError("bias")
    m = np.abs(x).max()
    xs = m / 127 if m > 0 else 1.0
    rows = x.reshape(-1, x.shape[-1])
    xq = [[int(round(v / xs)) for v in r] for r in rows]
    y = np.zeros((len(rows), len(w)))
    for i, r in enumerate(w):
        m = np.abs(r).max()
        ws = m / 127 if m > 0 else 1.0
        wq = [int(round(v / ws)) for v in r]
        for t, q in enumerate(xq):
            y[t, i] = sum(a * b for a, b in zip(q, wq)) * xs * ws + (0 if bias is None else float(bias[i]))
    return y.reshape(*x.shape[:-1], len(w)).astype(np.float32)


def outlier_channels(x, factor=20.0):
    a = channel_absmax(x)
    order = sorted(float(v) for v in a)
    n = len(order)
    med = (order[n // 2] + order[(n - 1) // 2]) / 2
    return np.array([j for j in range(n) if a[j] > factor * med], dtype=int)
