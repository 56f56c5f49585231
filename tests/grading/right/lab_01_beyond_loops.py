"""Right in another way: Python loops and Python numbers, the nearest of a list."""

import numpy as np

VALUES = [m * 2.0**-9 if e == 0 else (1 + m / 8) * 2.0 ** (e - 7) for e in range(16) for m in range(8)][:127]
NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635]
NF4 += [-0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725]
NF4 += [0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]


def _finite(array, name, ndim):
    array = np.asarray(array)
    if ndim and array.ndim != ndim:
        raise ValueError(f"{name} has {array.ndim} axes")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} is not finite")
    return array


def int8_linear(x, q, scale, bias=None):
    x, q, scale = _finite(x, "x", 0), _finite(q, "q", 2), _finite(scale, "scale", 0)
    rows, columns = q.shape
    if scale.shape not in ((), (rows,)) or (scale <= 0).any():
        raise ValueError("scale does not fit q, or is not positive")
    if x.ndim == 0 or x.shape[-1] != columns:
        raise ValueError("x does not fit q")
    if bias is not None and np.shape(bias) != (rows,):
        raise ValueError("bias does not fit q")
    y = []
    for token in x.reshape(-1, columns).tolist():
        step = max(abs(value) for value in token) / 127 or 1.0
        codes = [max(-127, min(127, round(value / step))) for value in token]
        for row in range(rows):
            total = sum(a * b for a, b in zip(codes, q[row].tolist()))
            s = float(scale[row] if scale.ndim else scale)
            y.append(total * step * s + (0.0 if bias is None else float(bias[row])))
    return np.array(y, np.float32).reshape(*x.shape[:-1], rows)


def quantize_fp8_e4m3(w):
    w = _finite(w, "w", 2)
    codes, scales = [], []
    for row in w.astype(np.float64).tolist():
        scale = max(abs(value) for value in row) / 448 or 1.0
        if scale > 3.4e38:
            raise ValueError("w is beyond float32")
        scale = float(np.float32(scale)) or 1.0
        scales.append(scale)
        for value in row:
            size = min(abs(value / scale), 448.0)
            best = min(range(127), key=lambda code: (abs(VALUES[code] - size), code % 2))
            codes.append(best + (128 if value < 0 and best else 0))  # never -0
    return np.array(codes, np.uint8).reshape(w.shape), np.array(scales, np.float32)


def dequantize_fp8_e4m3(codes, scale):
    codes, scale = _finite(codes, "codes", 2), _finite(scale, "scale", 1)
    if scale.shape != codes.shape[:1] or (scale <= 0).any():
        raise ValueError("scale does not fit codes, or is not positive")
    rows = []
    for row, s in zip(codes.tolist(), scale.tolist()):
        if any(code % 128 == 127 for code in row):
            raise ValueError("codes hold NaN")
        rows.append([(-1 if code > 127 else 1) * VALUES[code % 128] * s for code in row])
    return np.array(rows, np.float32)


def quantize_nf4(w, block_size=64):
    w = _finite(w, "w", 2)
    flat = [float(value) for row in w for value in row]
    if block_size < 1 or len(flat) % block_size:
        raise ValueError("block_size does not divide w")
    codes, peaks = [], []
    for start in range(0, len(flat), block_size):
        block = flat[start : start + block_size]
        peak = max(abs(value) for value in block)
        peaks.append(peak)
        for value in block:
            codes.append(min(range(16), key=lambda code: abs(NF4[code] - value / (peak or 1))))
    return np.array(codes, np.uint8), np.array(peaks, np.float32)


def dequantize_nf4(codes, absmax, shape):
    codes, absmax = _finite(codes, "codes", 1), _finite(absmax, "absmax", 1)
    if codes.size != shape[0] * shape[1]:
        raise ValueError("shape does not fit codes")
    if codes.size % absmax.size:
        raise ValueError("absmax does not fit codes")
    size = codes.size // absmax.size
    return np.array([NF4[c] * float(absmax[i // size]) for i, c in enumerate(codes)], np.float32).reshape(shape)
