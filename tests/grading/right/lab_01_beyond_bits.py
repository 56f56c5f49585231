"""Right in another way: FP8 through float32's own bits, sums in int64, lists of two for tuples."""

import numpy as np

NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635]
NF4 += [-0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725]
NF4 += [0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]


def _check(array, name, *ranks):
    array = np.asarray(array)
    if ranks and array.ndim not in ranks:
        raise ValueError(f"{name} must have {ranks} axes")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or inf")
    return array


def int8_linear(x, q, scale, bias=None):
    x, q, scale = _check(x, "x"), _check(q, "q", 2), np.asarray(_check(scale, "scale", 0, 1))
    if scale.ndim and len(scale) != len(q) or not (scale > 0).all():
        raise ValueError("scale")
    if not x.ndim or x.shape[-1] != q.shape[1]:
        raise ValueError("x and q")
    if bias is not None and np.asarray(bias).shape != (len(q),):
        raise ValueError("bias")
    rows = x.reshape(-1, x.shape[-1]).astype(np.float64)
    step = np.float32(np.abs(rows).max(axis=1) / 127)
    step = np.where(step > 0, step, np.float32(1))
    codes = np.clip(np.round(rows / step[:, None]), -127, 127).astype(np.int8)
    sums = np.einsum("ti,oi->to", codes.astype(np.int64), q.astype(np.int64))
    y = np.float32(sums) * np.outer(step, np.broadcast_to(scale, len(q)))
    y = y if bias is None else y + np.asarray(bias)
    return y.reshape(x.shape[:-1] + (len(q),)).astype(np.float32)


def quantize_fp8_e4m3(w):
    w = _check(w, "w", 2).astype(np.float64)
    scale = np.abs(w).max(axis=1) / 448
    if (scale > np.finfo(np.float32).max).any():
        raise ValueError("w: scale beyond float32")
    scale = scale.astype(np.float32)
    scale[scale == 0] = 1e-3
    r = np.clip((w / scale[:, None]).astype(np.float32), -448, 448)
    bits = np.abs(r).view(np.uint32).astype(np.int64)
    # Normal: keep 3 of 23 bits of the mantissa, half to even, and move the exponent's bias from 127 to 7.
    normal = ((bits + (1 << 19) - 1 + (bits >> 20 & 1)) >> 20) - (120 << 3)
    small = np.round(np.abs(r) * 512)
    codes = np.where(np.abs(r) < 2.0**-6, small, normal).astype(np.uint8)
    return [codes | np.signbit(r).astype(np.uint8) << 7, scale]  # -0 is 0x80


def dequantize_fp8_e4m3(codes, scale):
    codes, scale = _check(codes, "codes", 2), _check(scale, "scale", 1)
    if len(scale) != len(codes) or (scale <= 0).any():
        raise ValueError("scale")
    if np.isin(codes, [127, 255]).any():
        raise ValueError("NaN in codes")
    # As the upper bits of a float16, whose bias is 15: 2**8 too small, and subnormals come along.
    half = (codes.astype(np.uint16) & 0x80) << 8 | (codes.astype(np.uint16) & 0x7F) << 7
    return half.view(np.float16).astype(np.float32) * np.float32(256) * scale.astype(np.float32).reshape(-1, 1)


def quantize_nf4(w, block_size=64):
    w = _check(w, "w", 2)
    blocks, rest = divmod(w.size, block_size)
    if rest:
        raise ValueError(f"w has {w.size} values, block_size is {block_size}")
    flat = w.astype(np.float64).flatten().reshape(blocks, block_size)
    absmax = np.float32(np.amax(np.abs(flat), axis=1))
    x = np.divide(flat, absmax[:, None], out=np.zeros_like(flat), where=absmax[:, None] > 0)
    codes = np.zeros(flat.shape, np.uint8)
    for low, high in zip(NF4, NF4[1:]):
        codes += x > (low + high) / 2
    return [codes.flatten(), absmax]


def dequantize_nf4(codes, absmax, shape):
    codes, absmax = _check(codes, "codes", 1), _check(absmax, "absmax", 1)
    rows, columns = shape
    if rows * columns != len(codes) or len(codes) % len(absmax):
        raise ValueError("shape, codes and absmax do not fit")
    out = np.empty(len(codes), np.float32)
    size = len(codes) // len(absmax)
    for b, peak in enumerate(absmax):
        out[b * size : (b + 1) * size] = [NF4[c] * peak for c in codes[b * size : (b + 1) * size]]
    return out.reshape(rows, columns)
