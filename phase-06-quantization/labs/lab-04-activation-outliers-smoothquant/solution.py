"""Lab 04: quantize the activations too, tame their outlier channels, and see what it buys.

Does not handle zero points or static (calibrated) activation scales.
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


def llm_int8_linear(x: np.ndarray, w: np.ndarray, threshold: float = 6.0) -> np.ndarray:
    """A linear layer split in two: the columns that hold outliers in float, the rest on int8 codes; the two are added.

    An input channel is an outlier column if any |x| in it, over all tokens, is `threshold` or more. Its activations
    and its weights stay in float. What remains is quantized with one scale a token, max|x[..., rest]| / 127, and one
    an output channel, max|w[i]| / 127 (over row i with or without the outlier columns); codes are rounded half to
    even, in [-127, 127], their products summed in int32 (Dettmers et al. 2022, section 3.2; bitsandbytes).

    Args:
        x: activations, shape (..., in), finite; any number of leading axes, also none.
        w: weight, shape (out, in), finite.
        threshold: the magnitude that makes an outlier, larger than 0; exactly that loud counts.
    Returns:
        float32, shape (..., out). No outliers: all of it on codes. Nothing but outliers: all of it in float.
    Raises:
        ValueError: naming `x` (last axis, NaN, inf) or `w` (rank, NaN, inf).

    Example: x = [127, -6, 2.3, 1], w = [[1, 0.5, 127, 2]]: channels 0 and 1 stay in float, 127 * 1 - 6 * 0.5 = 124.
    The rest, [2.3, 1], has scale 2.3 / 127 and codes [127, 55]; [127, 2] has scale 1. y = 124 + 16239 * 2.3 / 127
    = 418.09 (exact: 418.1). Had the outliers set the scale, 2.3 would be code 2, and the weight 0.5 code 0: y = 383.
    """
    w = _weight(w)
    x = _activations(x, w)
    outlier = (np.abs(x) >= threshold).reshape(-1, x.shape[-1]).any(axis=0)
    x_rest, w_rest = x[..., ~outlier], w[:, ~outlier]
    # subtle: the outliers leave before the scales are found; that is what they are taken out for
    x_q, x_scale = _quantize(x_rest, np.abs(x_rest).max(axis=-1, keepdims=True, initial=0))
    w_q, w_scale = _quantize(w_rest, np.abs(w_rest).max(axis=1, keepdims=True, initial=0))
    on_codes = (x_q @ w_q.T) * x_scale * w_scale[:, 0]  # the sums are int32's integers, see w8a8_linear
    return (on_codes + x[..., outlier].astype(np.float64) @ w[:, outlier].T).astype(np.float32)


def awq_scales(x: np.ndarray, w: np.ndarray, group_size: int = 128, grid: int = 20, bits: int = 4) -> np.ndarray:
    """AWQ's scale of each input channel, found by search: the s whose quantized layer has the smallest output error.

    The weights w * s become codes in [-qmax, qmax], qmax = 2**(bits - 1) - 1, with one scale, absmax / qmax, for every
    `group_size` inputs of a row; the activations x / s stay in float. Tried is s[j] = mean|x[..., j]|**alpha for
    alpha = 0, 1 / grid, ... (grid - 1) / grid; kept is the s whose output on x is closest to x @ w.T, in squared error.
    alpha = 0 is s = 1, so the result is never worse than no scale (Lin et al. 2024, section 3.2, equations 4 and 5).

    Args:
        x: calibration activations, shape (..., in), finite; the mean runs over every leading axis.
        w: weight, shape (out, in), finite.
        group_size: a positive divisor of in.
        grid: how many alphas are tried, 1 or more.
        bits: 2 to 8, of the weights' codes.
    Returns:
        float32, shape (in,), positive and finite, also for a channel that is silent in x. Any overall factor is right:
        it changes no code.
    Raises:
        ValueError: naming `x` (last axis, NaN, inf), `w` (rank, NaN, inf) or `group_size`.

    Example: x = [[1, -32], [-1, 32]], w = [[1, 0.2]], one group of 2, grid=4: y is -5.4 and 5.4.
    alpha = 0: w has the step 1 / 7 and becomes [1, 1 / 7]; y is off by 32 * (0.2 - 1 / 7) = 1.83.
    alpha = 0.5: s = [1, 5.66], w * s = [1, 1.13], step 0.162, codes [6, 7]; y is off by 0.03.
    0.25 is off by 0.51 and 0.75 by 0.76, so s = [1, 5.66], or any multiple of it.
    """
    w = _weight(w).astype(np.float64)
    x = _activations(x, w).reshape(-1, w.shape[1]).astype(np.float64)
    if group_size < 1 or w.shape[1] % group_size:
        raise ValueError(f"group_size must be a positive divisor of in_features = {w.shape[1]}, got {group_size!r}")
    if grid < 1:
        raise ValueError(f"grid must be 1 or more, got {grid!r}")
    loudness, qmax = np.abs(x).mean(axis=0), _qmax(bits)
    alive = loudness > 0
    loudness = np.where(alive, loudness, loudness[alive].min(initial=np.inf) if alive.any() else 1.0)
    best, smallest = np.ones_like(loudness), np.inf
    for alpha in np.arange(grid) / grid:
        s = loudness**alpha
        groups = (w * s).reshape(len(w), -1, group_size)
        codes, scale = _quantize(groups, np.abs(groups).max(axis=-1, keepdims=True), qmax)
        w_hat = (codes * scale).reshape(w.shape) / s  # as if x / s met the codes of w * s
        error = np.square(x @ (w_hat - w).T).sum()  # subtle: on the output; the weights' own error hardly sees s
        if error < smallest:
            best, smallest = s, error
    return (best / np.sqrt(best.max() * best.min())).astype(np.float32)  # into the middle of float32's range


def quantize_kv(k: np.ndarray, v: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Codes for a KV cache: keys with one scale a channel, values with one scale a token.

    Keys have loud channels, the same ones at every token, so a channel shares a scale; values have none, and a token's
    values are written, and read, together (Liu et al. 2024, KIVI, section 3). Symmetric: scale = absmax / qmax with
    qmax = 2**(bits - 1) - 1, codes rounded half to even, in [-qmax, qmax].

    Args:
        k: keys, shape (..., tokens, channels), finite; leading axes such as batch and heads, or none.
        v: values, shape (..., tokens, channels), finite; its channels may be more or fewer than those of k.
        bits: 2 to 8.
    Returns:
        k_q: int8, like k.
        k_scale: float32, shape (..., channels), positive and finite: of each channel over the tokens.
        v_q: int8, like v.
        v_scale: float32, shape (..., tokens), positive and finite: of each token over the channels.
        What is all zero gives codes of 0.
    Raises:
        ValueError: naming `k`, `v` (rank, NaN, inf, tokens that do not agree) or `bits`.

    Example: k = [[127, 1], [-2, 0.5]] has the channel scales [1, 1 / 127] and codes [[127, 127], [-2, 64]] (63.5 is a
    tie and goes to the even 64). As v, the same numbers have the token scales [1, 2 / 127] and codes
    [[127, 1], [-127, 32]].
    """
    qmax, k, v = _qmax(bits), _cache(k, "k"), _cache(v, "v")
    if k.shape[:-1] != v.shape[:-1]:
        raise ValueError(f"k has shape {k.shape}, v has {v.shape}: all axes but the last must agree")
    return *_cache_codes(k, -2, qmax), *_cache_codes(v, -1, qmax)


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


def _cache(a: np.ndarray, name: str) -> np.ndarray:
    a = np.asarray(a)
    if a.ndim < 2 or a.size == 0:
        raise ValueError(f"{name} must be a non-empty array (..., tokens, channels), got shape {a.shape}")
    return _float32(a, name)


def _cache_codes(a: np.ndarray, shared: int, qmax: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 codes and float32 scales, one scale for all that lies along the axis `shared`."""
    _, scale = _quantize(a, np.abs(a).max(axis=shared, keepdims=True), qmax)
    scale = np.maximum(scale.astype(np.float32), np.float32(2.0**-149))  # the smallest that float32 holds
    q = np.clip(np.rint(a / scale.astype(np.float64)), -qmax, qmax)  # with the scale as it is stored
    return q.astype(np.int8), scale.squeeze(shared)


def _qmax(bits: int) -> int:
    if bits not in range(2, 9):
        raise ValueError(f"bits must be 2 to 8, got {bits!r}")
    return 2 ** (int(bits) - 1) - 1


def _quantize(a: np.ndarray, absmax: np.ndarray, qmax: int = 127) -> tuple[np.ndarray, np.ndarray]:
    """Codes, held in float64 for the product, and their scale; absmax 0 gives scale 1 and codes 0."""
    scale = np.where(absmax == 0, 1.0, absmax / np.float64(qmax))
    return np.clip(np.rint(a / scale), -qmax, qmax), scale
