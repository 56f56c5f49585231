"""Layers and searches: int32 sums bit for bit; methods that are free in their codes by the error of their outputs."""

from __future__ import annotations

import logging

import numpy as np

from labkit.crosscheck import inputs
from labkit.crosscheck.comparing import Ratios, add, compare, numpy, part, tensor

SEEDS = range(8)
ROWS, OUT, IN, GROUP_SIZE = 512, 96, 256, 64


def _error(w_hat, w, x) -> float:
    """Squared error of the outputs that w_hat gives on x."""
    return float(np.square(x.astype(np.float64) @ (w_hat.astype(np.float64) - w).T).sum())


def _int_mm(x_codes, w_codes) -> np.ndarray:
    import torch

    return numpy(torch._int_mm(tensor(x_codes.astype(np.int8)), tensor(w_codes.astype(np.int8).T)))


def _codes(a, absmax, dtype):
    """int8 codes and their scale by the definition, the scale held in `dtype`; zero where absmax is."""
    scale = (absmax.astype(np.float64) / 127).astype(dtype)
    scale = np.where(scale == 0, dtype(1), scale)
    return np.clip(np.rint(a / scale), -127, 127), scale


@compare(
    "01", "int8_linear", "torch", "_int_mm", "same",
    en="int32 sums of a token's and a row's codes, times both scales in float64.",
    es="Sumas int32 de los códigos de un token y de una fila, por ambas escalas en float64.",
)  # fmt: skip
def int8_linear_torch(lab):
    w = inputs.layer(0, OUT, inputs.COLUMNS)
    q, scale = lab.quantize_per_channel(w)
    bias = np.linspace(-1, 1, OUT, dtype=np.float32)

    def one(x):
        codes, step = _codes(x, np.abs(x).max(axis=1, keepdims=True), np.float32)
        theirs = (_int_mm(codes, q).astype(np.float64) * step * scale).astype(np.float32)
        return {
            "outputs": part(lab.int8_linear(x, q, scale), theirs),
            "outputs with a bias": part(lab.int8_linear(x, q, scale, bias), theirs + bias),
        }

    return add([one(x) for x in inputs.weights().values()])


@compare(
    "04", "w8a8_linear", "torch", "_int_mm", "same",
    en="One activation scale for x, one a row of w; int32 sums, times both in float64.",
    es="Una escala de activación para x, una por fila de w; sumas int32, por ambas en float64.",
)  # fmt: skip
def w8a8_linear_torch(lab):
    w = inputs.layer(1, OUT, inputs.COLUMNS)
    w[3] = 0

    def one(x):
        codes, step = _codes(x, np.abs(x).max(), np.float64)
        w_codes, w_step = _codes(w, np.abs(w).max(axis=1, keepdims=True), np.float64)
        theirs = _int_mm(codes, w_codes) * (step * w_step[:, 0])
        return {"outputs": part(lab.w8a8_linear(x, w), theirs.astype(np.float32))}

    return add([one(x) for x in inputs.weights().values()])


@compare(
    "01", "int8_linear", "torchao", "Int8DynamicActivationInt8WeightConfig", "outputs",
    en="Per token and per row as ours, but absmax / 127.5 and float32 rescaling. Error against the float layer.",
    es="Por token y por fila como la nuestra, pero absmax / 127.5 y reescala en float32. Error frente a la capa real.",
)  # fmt: skip
def int8_linear_torchao(lab):
    import torch
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

    ratios = []
    for seed in SEEDS:
        w, (x, _) = inputs.layer(seed, OUT, IN), inputs.correlated_inputs(seed, ROWS, IN)
        linear = torch.nn.Linear(IN, OUT, bias=False)
        linear.weight = torch.nn.Parameter(tensor(w), requires_grad=False)
        model = torch.nn.Sequential(linear)
        quantize_(model, Int8DynamicActivationInt8WeightConfig(version=2))
        with torch.no_grad():
            theirs = numpy(model(tensor(x)))
        exact = x.astype(np.float64) @ w.T
        ours = lab.int8_linear(x, *lab.quantize_per_channel(w))
        ratios.append(float(np.square(ours - exact).sum() / np.square(theirs - exact).sum()))
    return Ratios(ratios, 0.95, 1.05)


@compare(
    "03", "gptq_quantize", "torch", "llm-compressor 0.14's steps, restated", "outputs",
    en="Held-out error on correlated inputs, half of the seeds with dead columns; one scale a group, of the original"
    " weight, in both. Codes are not compared: a rounding at a tie moves all that follow.",
    es="Error en datos no vistos con entradas correlacionadas, la mitad de las semillas con columnas muertas; en ambos"
    " una escala por grupo, la del peso original. No se comparan códigos: un redondeo en un empate mueve los demás.",
)  # fmt: skip
def gptq_llm_compressor(lab):
    from labkit.crosscheck.gptq_steps import llm_compressor

    ratios = []
    for seed in SEEDS:
        w, (x, held_out) = inputs.layer(seed, OUT, IN), inputs.correlated_inputs(seed, ROWS, IN)
        if seed % 2:
            x[:, 5::50] = held_out[:, 5::50] = 0
        q, scale = lab.gptq_quantize(w, x, GROUP_SIZE)
        step = np.repeat(scale.astype(np.float32), GROUP_SIZE, axis=1)
        theirs = numpy(llm_compressor(tensor(w), tensor(x), tensor(step)))
        ratios.append(_error(q * step, w, held_out) / _error(theirs, w, held_out))
    return Ratios(ratios, 0.97, 1.03)


@compare(
    "04", "llm_int8_linear", "bitsandbytes", "nn.Linear8bitLt (threshold 6), on the CPU", "outputs",
    en="Error against the float layer. Theirs works in float16, keeps the outlier columns' weights as int8 codes, and"
    " finds a token's scale with the quiet values of the outlier columns in.",
    es="Error respecto a la capa real. El suyo trabaja en float16, guarda en int8 los pesos de las columnas atípicas y"
    " halla la escala de un token contando los valores bajos de esas columnas.",
)  # fmt: skip
def llm_int8_bitsandbytes(lab):
    import bitsandbytes
    import torch

    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    ratios, applied = [], []
    for seed in SEEDS:
        w, x = _float16(inputs.layer(seed, OUT, IN)), _outliers(seed)
        linear = bitsandbytes.nn.Linear8bitLt(IN, OUT, bias=False, has_fp16_weights=False, threshold=6.0)
        linear.weight = bitsandbytes.nn.Int8Params(tensor(w), requires_grad=False, has_fp16_weights=False)
        linear = linear.to("cpu").eval()
        with torch.no_grad():
            theirs = numpy(linear(tensor(x).half()).float())
        exact = x.astype(np.float64) @ w.T
        ours, rule = lab.llm_int8_linear(x, w, 6.0), _bitsandbytes_rule(x, w, 6.0)
        ratios.append(float(np.square(ours - exact).sum() / np.square(theirs - exact).sum()))
        applied.append(float(np.square(rule - exact).sum() / np.square(theirs - exact).sum()))
    return Ratios(ratios, 0.1, 0.3, applied)


def _bitsandbytes_rule(x, w, threshold) -> np.ndarray:
    loud = np.abs(x) >= threshold
    outlier = loud.any(axis=0)
    codes, step = _codes(x, np.where(loud, 0, np.abs(x)).max(axis=1, keepdims=True), np.float64)
    w_codes, w_step = _codes(w, np.abs(w).max(axis=1, keepdims=True), np.float64)
    on_codes = np.where(outlier, 0, codes) @ w_codes.T * step * w_step[:, 0]
    in_float = x[:, outlier].astype(np.float64) @ (w_codes * w_step)[:, outlier].T
    return (on_codes + in_float).astype(np.float16).astype(np.float64)


def _float16(a) -> np.ndarray:
    """Values that float16 holds, as float32: what casting to float16 leaves alone."""
    return a.astype(np.float16).astype(np.float32)


def _outliers(seed) -> np.ndarray:
    """Quiet activations with three channels of 10 to 40."""
    rng = np.random.default_rng(seed)
    x = np.clip(rng.standard_normal((ROWS, IN)), -5, 5)
    x[:, rng.permutation(IN)[:3]] *= [10, 20, 40]
    return _float16(x)


@compare(
    "04", "smoothing_scales", "torchao", "prototype.smoothquant SmoothQuantObserver", "outputs",
    en="The scale furthest from theirs, over theirs, at alpha 0.25, 0.5 and 0.75. Theirs adds 2⁻²³ to both maxima,"
    " which is all it has against a dead channel, and has no floor.",
    es="La escala más alejada de la suya, entre la suya, con alpha 0.25, 0.5 y 0.75. La suya suma 2⁻²³ a ambos máximos,"
    " su única defensa ante un canal muerto, y no tiene mínimo.",
)  # fmt: skip
def smoothing_torchao(lab):
    from torchao.prototype.smoothquant.core import SmoothQuantObserver

    ratios = []
    for seed in SEEDS:
        w, (x, _) = inputs.layer(seed, OUT, IN), inputs.correlated_inputs(seed, ROWS, IN, loud=4)
        for alpha in (0.25, 0.5, 0.75):
            observer = SmoothQuantObserver(tensor(w), alpha)
            observer(tensor(x))
            theirs = numpy(observer.calculate_qparams()[0])
            ratio = lab.smoothing_scales(np.abs(x).max(axis=0), w, alpha) / theirs.astype(np.float64)
            ratios.append(float(ratio[np.argmax(np.abs(ratio - 1))]))
    return Ratios(ratios, 1 - 1e-5, 1 + 1e-5)


@compare(
    "04", "awq_scales", "torchao", "prototype.awq AWQObserver (IntxWeightOnlyConfig)", "outputs",
    en="Held-out error with each one's scales, on both grids, added. The same twenty alphas are tried; theirs judges"
    " them on absmax / 7.5, ours on absmax / 7.",
    es="Error en datos no vistos con las escalas de cada uno, en ambas rejillas, sumado. Se prueban los mismos veinte"
    " alphas; la suya los juzga con absmax / 7.5, la nuestra con absmax / 7.",
)  # fmt: skip
def awq_torchao(lab):
    import torch
    from torchao.prototype.awq.core import AWQObserver
    from torchao.quantization import IntxWeightOnlyConfig, PerGroup

    config = IntxWeightOnlyConfig(weight_dtype=torch.int4, granularity=PerGroup(GROUP_SIZE))
    ratios = []
    for seed in SEEDS:
        w, (x, held_out) = inputs.layer(seed, OUT, IN), inputs.correlated_inputs(seed, ROWS, IN, loud=4)
        observer = AWQObserver(tensor(w), None, config)
        observer(tensor(x), None)
        ours, theirs = lab.awq_scales(x, w, GROUP_SIZE), numpy(observer.calculate_qparams())
        ratios.append(_on_both_grids(w, ours, held_out) / _on_both_grids(w, theirs, held_out))
    return Ratios(ratios, 0.8, 1.1)


def _on_both_grids(w, s, x) -> float:
    """Squared output error of int4 codes of w * s, on our grid (absmax / 7) and on torchao's (absmax / 7.5), added.

    Each side searched on its own; on one grid alone the judge would be partial.
    """
    groups, error = (w.astype(np.float64) * s).reshape(len(w), -1, GROUP_SIZE), 0.0
    for steps, low in ((7, -7), (7.5, -8)):
        step = np.abs(groups).max(axis=2, keepdims=True) / steps
        w_hat = (np.clip(np.rint(groups / step), low, 7) * step).reshape(w.shape) / s
        error += _error(w_hat, w, x)
    return error
