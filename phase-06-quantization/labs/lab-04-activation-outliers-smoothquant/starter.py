"""Lab 04: quantize the activations too, tame their outlier channels, and see what it buys.

Fill in the functions. Each raises NotImplementedError until you do; they can be written in any order,
and none needs another one of this file (you may use them all the same).
Use numpy and nothing else.

Grade yourself at any moment, from the repository's root:

    LAB_IMPL=starter pytest phase-06-quantization/labs/lab-04-activation-outliers-smoothquant -q
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
    raise NotImplementedError("Lab 04 · exercise 1: channel_absmax is not written yet")


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
    raise NotImplementedError("Lab 04 · exercise 2: smoothing_scales is not written yet")


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
    raise NotImplementedError("Lab 04 · exercise 3: smooth is not written yet")


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
    raise NotImplementedError("Lab 04 · exercise 4: fold_into_norm is not written yet")


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
    raise NotImplementedError("Lab 04 · exercise 5: w8a8_linear is not written yet")


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
    raise NotImplementedError("Lab 04 · exercise 6: outlier_channels is not written yet")
