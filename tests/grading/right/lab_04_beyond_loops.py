"""Right in another way: loops with Python integers."""

import math

import numpy as np


def _f(x, n):
    x = np.array(x, dtype=np.float64)
    if not np.all(np.isfinite(x)):
        raise ValueError(n + " nan or inf")
    return x


def _xw(x, w):
    x, w = _f(x, "x"), _f(w, "w")
    if w.ndim != 2 or x.ndim < 1 or x.shape[-1] != w.shape[1]:
        raise ValueError("x or w shape")
    return x, w


def _codes(values, top=127):
    loudest = max((abs(float(v)) for v in values), default=0.0)
    scale = loudest / top if loudest else 1.0
    return [round(float(v) / scale) for v in values], scale


def llm_int8_linear(x, w, threshold=6.0):
    x, w = _xw(x, w)
    rows = x.reshape(-1, x.shape[-1])
    loud = [any(abs(v) >= threshold for v in column) for column in rows.T]
    rest = [j for j, is_loud in enumerate(loud) if not is_loud]
    wq = [_codes(r[rest]) for r in w]
    y = np.zeros((len(rows), len(w)))
    for t, token in enumerate(rows):
        tq, ts = _codes(token[rest])
        for i, (q, s) in enumerate(wq):
            y[t, i] = sum(a * b for a, b in zip(tq, q)) * ts * s
            y[t, i] += math.fsum(token[j] * w[i, j] for j in range(len(loud)) if loud[j])
    return y.reshape(*x.shape[:-1], len(w)).astype(np.float32)


def awq_scales(x, w, group_size=128, grid=20):
    x, w = _xw(x, w)
    n = w.shape[1]
    if group_size not in [d for d in range(1, n + 1) if n % d == 0]:
        raise ValueError("group_size must divide in")
    x = x.reshape(-1, n)
    loud = [float(np.mean(np.abs(c))) or 1e-3 for c in x.T]
    best = None
    for step in range(grid):
        s = np.array([v ** (step / grid) for v in loud])
        hat = np.empty_like(w)
        for start in range(0, n, group_size):
            part = slice(start, start + group_size)
            scaled = w[:, part] * s[part]
            unit = np.abs(scaled).max(axis=1, keepdims=True).astype(np.float16).astype(np.float64) / 7 + 0.0
            unit[unit == 0] = 1.0
            hat[:, part] = np.clip(np.rint(scaled / unit), -7, 7) * unit / s[part]
        loss = sum(float(((token @ hat.T) - (token @ w.T)) @ ((token @ hat.T) - (token @ w.T))) for token in x)
        if best is None or loss < best[0]:
            best = (loss, s)
    return np.asfortranarray(best[1], dtype=np.float32)


def quantize_kv(k, v, bits=8):
    k, v = _f(k, "k"), _f(v, "v")
    if k.ndim < 2 or v.ndim < 2:
        raise ValueError("k, v need tokens and channels")
    if bits < 2 or bits > 8:
        raise ValueError(f"bits {bits}")
    top = 2 ** (bits - 1) - 1
    k_q, v_q = np.zeros(k.shape, np.int8), np.zeros(v.shape, np.int8)
    k_s = np.zeros(k.shape[:-2] + k.shape[-1:], np.float32)
    v_s = np.zeros(v.shape[:-1], np.float32)
    for head in np.ndindex(*k.shape[:-2]):
        for c in range(k.shape[-1]):
            q, k_s[(*head, c)] = _codes(k[(*head, slice(None), c)], top)
            k_q[(*head, slice(None), c)] = q
        for t in range(v.shape[-2]):
            v_q[(*head, t)], v_s[(*head, t)] = _codes(v[(*head, t)], top)
    return k_q, k_s, v_q, v_s
