"""Right in another way: tables of all values, float32 throughout, reciprocals, fake quantization for the layer."""

import numpy as np

F = np.float32
_C = np.arange(256)
_E, _M = _C >> 3 & 15, _C & 7
VALUES = np.where(_E == 0, _M / 8 * 2.0**-6, (1 + _M / 8) * 2.0 ** (_E - 7)) * np.where(_C < 128, 1, -1)
VALUES[[127, 255]] = np.nan
VALUES = VALUES.astype(F)
NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635]
NF4 += [-0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725]
NF4 += [0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]
NF4 = np.array(NF4, F)


def _float32(a, name, ndim=None):
    with np.errstate(over="ignore"):
        a = np.asarray(a).astype(F)
    if ndim is not None and a.ndim != ndim:
        raise ValueError(name + ": rank")
    if not np.isfinite(a).all():
        raise ValueError(name + " is not finite in float32")
    return a


def int8_linear(x, q, scale, bias=None):
    """The dequantized codes multiplied in float32: the same numbers but for float32's rounding."""
    x, w, scale = _float32(x, "x"), _float32(q, "q", 2), _float32(scale, "scale")
    if scale.shape not in ((), w.shape[:1]):
        raise ValueError("scale: shape")
    if not (scale > 0).all():
        raise ValueError("scale is not positive")
    if x.ndim < 1 or x.shape[-1] != w.shape[1]:
        raise ValueError("x: last axis")
    peak = np.max(np.abs(x), axis=-1, keepdims=True)
    step = peak / F(127)
    with np.errstate(all="ignore"):
        x_q = np.where(peak > 0, np.clip(np.rint(x * (F(1) / step)), -127, 127), 0)
    y = np.einsum("...i,oi->...o", x_q * step, w * (scale[:, None] if scale.ndim else scale))
    if bias is not None:
        bias = _float32(bias, "bias", 1)
        if bias.shape != w.shape[:1]:
            raise ValueError("bias: shape")
        y = y + bias
    return y.astype(F)


def quantize_fp8_e4m3(w):
    w = _float32(w, "w", 2)
    peak = np.abs(w).max(axis=1)
    scale = peak * F(1 / 448)
    scale[scale == 0] = 3  # any positive number is right
    with np.errstate(all="ignore"):
        r = np.clip(w * (F(1) / scale)[:, None], F(-448), F(448))
    good = np.concatenate([np.arange(127), np.arange(129, 255)])  # without NaN and -0
    distance = np.abs(r[..., None] - VALUES[good])
    distance[..., good % 2 == 1] *= F(1 + 1e-7)  # at a tie the even one is nearer
    return good[distance.argmin(axis=-1)].astype(np.uint8), scale


def dequantize_fp8_e4m3(codes, scale):
    codes = np.asarray(codes)
    if codes.ndim != 2:
        raise ValueError("codes: rank")
    scale = _float32(scale, "scale", 1)
    if scale.shape[0] != codes.shape[0]:
        raise ValueError("scale: shape")
    if not (scale > 0).all():
        raise ValueError("scale is not positive")
    values = VALUES[codes]
    if np.isnan(values).any():
        raise ValueError("codes: NaN")
    return np.asfortranarray(values * scale[:, None])


def quantize_nf4(w, block_size=64):
    w = _float32(w, "w", 2).copy(order="C")
    if w.size % block_size != 0:
        raise ValueError("block_size: w.size is no multiple of it")
    blocks = w.reshape(w.size // block_size, block_size)
    absmax = np.abs(blocks).max(axis=1)
    with np.errstate(all="ignore"):
        x = np.nan_to_num(blocks * (F(1) / absmax)[:, None], nan=0.0)
    return np.abs(x.reshape(-1, 1) - NF4).argmin(axis=1).astype(np.uint8), absmax


def dequantize_nf4(codes, absmax, shape):
    codes, absmax = np.asarray(codes), _float32(absmax, "absmax", 1)
    if codes.ndim != 1 or codes.size != np.prod(shape):
        raise ValueError("codes and shape do not fit")
    if codes.size % absmax.size:
        raise ValueError("codes and absmax do not fit")
    return np.take(NF4, codes).reshape(shape) * np.repeat(absmax, codes.size // absmax.size).reshape(shape)
