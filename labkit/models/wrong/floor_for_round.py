"""Codes are rounded down instead of to the nearest: every weight loses half a step on average, all in one direction."""

import numpy as np


def quantize_per_tensor(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / qmax or 1)
    return np.floor(np.clip(w / scale, -qmax, qmax)).astype(np.int8), scale


def quantize_per_channel(w, bits=8):
    qmax = 2 ** (bits - 1) - 1
    scale = np.abs(w).max(axis=1) / qmax
    scale = np.where(scale == 0, 1, scale).astype(np.float32)
    return np.floor(np.clip(w / scale[:, None], -qmax, qmax)).astype(np.int8), scale


def quantize_groupwise(w, group_size=128):
    groups = w.reshape(len(w), -1, group_size)
    scale = np.maximum(np.abs(groups).max(axis=2) / 7, 2.0**-24).astype(np.float16)
    q = np.floor(np.clip(groups / scale[:, :, None].astype(np.float32), -7, 7))
    return q.astype(np.int8).reshape(w.shape), scale


def w8a8_linear(x, w, bias=None):
    x_scale = np.abs(x).max() / 127 or 1
    w_scale = np.abs(w).max(axis=1) / 127
    w_scale = np.where(w_scale == 0, 1, w_scale)
    y = np.floor(x / x_scale) @ np.floor(w / w_scale[:, None]).T * (x_scale * w_scale)
    return (y if bias is None else y + bias).astype(np.float32)
