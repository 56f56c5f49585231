"""Right in another way: masks and zeros for the split, a Gram matrix for the search, einsum for the cache."""

import numpy as np


def _f(x, n):
    x = np.asarray(x, np.float32).astype(float)
    if not np.isfinite(x).all():
        raise ValueError(f"{n}: nan or inf")
    return x


def _fake(a, axis, top=127.0):
    s = np.abs(a).max(axis=axis, keepdims=True) / top
    s = s + (s == 0)
    return np.rint(a * (1 / s)), s


def llm_int8_linear(x, w, threshold=6.0):
    x, w = _f(x, "x"), _f(w, "w")
    if w.ndim != 2 or x.shape[-1] != w.shape[-1]:
        raise ValueError("w is (out, in) and x (..., in)")
    keep = np.abs(x).max(axis=tuple(range(x.ndim - 1))) < threshold
    (xq, xs), (wq, ws) = _fake(x * keep, -1), _fake(w * keep, 1)
    out = np.einsum("...j,ij->...i", xs * xq, ws * wq) + np.einsum("...j,ij->...i", x * ~keep, w)
    return out.astype("f4")


def awq_scales(x, w, group_size=128, grid=20):
    x, w = _f(x, "x"), _f(w, "w")
    if w.ndim != 2 or x.shape[-1] != w.shape[-1]:
        raise ValueError("w is (out, in) and x (..., in)")
    out, width = w.shape
    if group_size < 1 or width % group_size:
        raise ValueError("group_size")
    x = x.reshape(-1, width)
    h = x.T @ x
    loud = np.sqrt(np.diag(h) / len(x))  # the root mean square
    loud = np.where(loud == 0, loud.min(where=loud > 0, initial=1.0), loud)

    def loss(s):
        q, unit = _fake((w * s).reshape(out, -1, group_size), -1, 7.0)
        d = (q * unit).reshape(out, width) / s - w
        return np.trace(d @ h @ d.T)

    s = min((loud**a for a in np.linspace(0, 1, grid + 1)), key=loss)
    return (s / s.mean()).astype("f4")


def quantize_kv(k, v, bits=8):
    if bits not in (2, 3, 4, 5, 6, 7, 8):
        raise ValueError("bits is 2 to 8")
    k, v = _f(k, "k"), _f(v, "v")
    if min(k.ndim, v.ndim) < 2:
        raise ValueError("k and v are (..., tokens, channels)")
    (kq, ks), (vq, vs) = (_fake(a, axis, 2.0 ** (bits - 1) - 1) for a, axis in ((k, -2), (v, -1)))
    return kq.astype("i1"), np.einsum("...oc->...c", ks).astype("f4"), vq.astype("i1"), vs[..., 0].astype("f4")
