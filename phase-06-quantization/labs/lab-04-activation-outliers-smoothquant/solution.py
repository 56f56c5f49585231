"""Lab 04: quantize the activations too, tame their outlier channels, and see what it buys.

Does not handle zero points, static (calibrated) activation scales or scales per token.
Weights are (out_features, in_features), activations (..., in_features); an input channel is a column of both.
"""

from __future__ import annotations

import numpy as np


def channel_absmax(x: np.ndarray) -> np.ndarray:
    """The loudest magnitude that each channel reaches, over every token: what calibration records.

    Args:
        x: float16, float32 or float64 activations, shape (..., in), finite; any number of leading axes, also none.
    Returns:
        float32, shape (in,).
    Raises:
        ValueError: naming `x` (no axis at all, NaN, inf).

    Example: x = [[1, -8, 0], [-2, 4, 0]] gives [2, 8, 0].
    """
    x = _activations(x)
    return np.abs(x).max(axis=tuple(range(x.ndim - 1)))  # axis=() for one vector: nothing to reduce


def smoothing_scales(act_absmax: np.ndarray, w: np.ndarray, alpha: float = 0.5) -> np.ndarray:
    """SmoothQuant's scale of each input channel: how much of its loudness moves from activations to weights.

    s[j] = act_absmax[j]**alpha / wmax[j]**(1 - alpha), where wmax[j] = max|w[:, j]| over the outputs
    (Xiao et al. 2023, equation 4). alpha = 0 leaves the activations alone with weights of equal loudness,
    alpha = 1 makes all activation channels equally loud.

    Args:
        act_absmax: loudest magnitude of each activation channel, shape (in,), finite, 0 or larger.
        w: weight, shape (out, in), finite.
        alpha: 0 to 1, both included.
    Returns:
        float32, shape (in,), never below 1e-5; a dead channel, whose act_absmax or wmax is 0, gets 1.
    Raises:
        ValueError: naming `act_absmax` (shape, NaN, inf, negative), `w` (rank, shape, NaN, inf) or `alpha`.

    Example: act_absmax = [64, 1, 0], w = [[0.25, 1, 3], [-1, 4, 2]] give s = [8, 0.5, 1]:
    sqrt(64 / 1), sqrt(1 / 4), and 1 for the dead channel.
    """
    act, w = np.asarray(act_absmax), _weight(w)
    if act.shape != w.shape[1:]:
        raise ValueError(f"act_absmax has shape {act.shape}; for w {w.shape} it must be {w.shape[1:]}, one a column")
    if not (np.isfinite(act).all() and (act >= 0).all()):
        raise ValueError("act_absmax must be finite and 0 or larger: it holds magnitudes")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be 0 to 1, got {alpha!r}")
    act, wmax = act.astype(np.float64), np.abs(w).max(axis=0).astype(np.float64)
    dead = (act == 0) | (wmax == 0)
    act, wmax = np.where(dead, 1.0, act), np.where(dead, 1.0, wmax)  # 1 / 1 is the 1 that a dead channel gets
    return _float32(np.maximum(act**alpha / wmax ** (1 - alpha), 1e-5), "act_absmax")


def smooth(x: np.ndarray, w: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move loudness from activations to weights: (x / s) @ (w * s).T is still x @ w.T.

    Args:
        x: activations, shape (..., in), finite.
        w: weight, shape (out, in), finite.
        s: positive and finite, shape (in,): one for each input channel.
    Returns:
        x_smooth: x / s, float32, shape (..., in).
        w_smooth: w * s, float32, shape (out, in).
    Raises:
        ValueError: naming `x` (last axis, NaN, inf), `w` (rank, NaN, inf) or `s` (shape, not positive, not finite).

    Example: x = [16, 1, 3], w = [[0.5, 2, 1]], s = [4, 0.5, 1] give [4, 2, 3] and [[2, 1, 1]];
    x @ w.T is 8 + 2 + 3 = 13 before, and 8 + 2 + 3 = 13 after.
    """
    w = _weight(w)
    x, s = _activations(x, w), _scales(s, w.shape[1], "w")
    return x / s, w * s  # subtle: (in,) lines up with the last axis, which is the input channel of both


def fold_into_norm(gain: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Where x / s lives in a real model: in the gain of the norm before the layer, so that it costs nothing.

    normalize(x) * gain / s is normalize(x) * (gain / s). A LayerNorm's bias is divided in the same way.

    Args:
        gain: the norm's gain (its weight), shape (in,), finite, any sign.
        s: positive and finite, shape (in,).
    Returns:
        float32, shape (in,).
    Raises:
        ValueError: naming `gain` (rank, NaN, inf) or `s` (shape, not positive, not finite).

    Example: gain = [2, -1, 0.5] with s = [4, 0.5, 1] gives [0.5, -2, 0.5].
    """
    gain = np.asarray(gain)
    if gain.ndim != 1:
        raise ValueError(f"gain must have shape (in,), got {gain.shape}")
    gain = _float32(gain, "gain")
    return gain / _scales(s, len(gain), "gain")


def w8a8_linear(x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """A linear layer computed on int8 codes on both sides: weights per output channel, activations per tensor.

    x_scale = max|x| / 127 over all of x, found at each call (dynamic); w_scale[i] = max|w[i]| / 127.
    Codes are rounded half to even, in [-127, 127]; their products are summed in int32. Then
    y[..., i] = sum * x_scale * w_scale[i] + bias[i], where the bias stays in float.

    Args:
        x: activations, shape (..., in), finite; any number of leading axes, also none.
        w: weight, shape (out, in), finite.
        bias: shape (out,) or None.
    Returns:
        float32, shape (..., out). An all-zero x or row of w contributes 0.
    Raises:
        ValueError: naming `x` (last axis, NaN, inf), `w` (rank, NaN, inf) or `bias` (shape).

    Example: x = [1.27, -0.5, 0.011], w = [[127, 2, 64]], bias = [1]: x has scale 0.01 and codes [127, -50, 1],
    w has scale 1; 127 * 127 - 50 * 2 + 1 * 64 = 16093, times 0.01, plus 1, is 161.93.
    """
    w = _weight(w)
    x = _activations(x, w)
    x_q, x_scale = _quantize(x, np.abs(x).max())
    w_q, w_scale = _quantize(w, np.abs(w).max(axis=1, keepdims=True))
    # subtle: int8 products do not fit int8, nor do their sums fit int16. The hardware sums in int32; a float64
    # product of the codes is that very integer (exact below 2**53), and numpy has a fast one.
    y = (x_q @ w_q.T) * (x_scale * w_scale[:, 0])
    if bias is not None:
        bias = np.asarray(bias)
        if bias.shape != w.shape[:1]:
            raise ValueError(f"bias has shape {bias.shape}; it must be {w.shape[:1]}, one a row of w")
        y = y + bias
    return y.astype(np.float32)


def outlier_channels(x: np.ndarray, factor: float = 20.0) -> np.ndarray:
    """Which channels are louder than `factor` times the median channel; loudness is the channel's max|x|.

    Args:
        x: activations, shape (..., in), finite.
        factor: how many times the median; exactly that loud is not louder.
    Returns:
        sorted integer indices, shape (number of outliers,); integer also when there are none.
    Raises:
        ValueError: naming `x` (no axis at all, NaN, inf).

    Example: x = [[1, -64, 2], [-2, 5, 1]] has loudness [2, 64, 2] and median 2: 64 > 20 * 2 gives [1].
    """
    loudness = np.abs(_activations(x)).reshape(-1, np.shape(x)[-1]).max(axis=0)
    return np.flatnonzero(loudness > factor * np.median(loudness))


def _float32(array: np.ndarray, name: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        array = np.asarray(array, np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN, inf or values beyond float32")
    return array


def _weight(w: np.ndarray) -> np.ndarray:
    w = np.asarray(w)
    if w.ndim != 2 or w.size == 0:
        raise ValueError(f"w must be a non-empty matrix (out, in), got shape {w.shape}")
    return _float32(w, "w")


def _activations(x: np.ndarray, w: np.ndarray | None = None) -> np.ndarray:
    x = np.asarray(x)
    if x.ndim == 0 or x.size == 0:
        raise ValueError(f"x must be a non-empty array (..., in), got shape {x.shape}")
    if w is not None and x.shape[-1] != w.shape[1]:
        raise ValueError(f"x has shape {x.shape}; its last axis must be in_features = {w.shape[1]} of w")
    return _float32(x, "x")


def _scales(s: np.ndarray, width: int, of: str) -> np.ndarray:
    s = np.asarray(s)
    if s.shape != (width,):
        raise ValueError(f"s has shape {s.shape}; it must be ({width},), one a channel of {of}")
    s = _float32(s, "s")
    if not (s > 0).all():
        raise ValueError("s must be positive: a channel divided by 0 or turned over cannot be undone")
    return s


def _quantize(a: np.ndarray, absmax: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 codes, held in float64 for the product, and their scale; absmax 0 gives scale 1 and codes 0."""
    scale = np.where(absmax == 0, 1.0, absmax / np.float64(127))
    return np.clip(np.rint(a / scale), -127, 127), scale
