"""The schemes that the labs' "beyond" exercises make possible: one entry each, as in ``schemes``.

GPTQ and AWQ see the layer's inputs on held-in text, as the full-precision model has them; AWQ's scale is divided out of
the weight again here, where a served model folds it into what stands before the layer, so it takes no bytes.
"""

from __future__ import annotations

import numpy as np

from labkit.models.methods import AWQ_ROWS
from labkit.models.quantize import Layer, Quantized, Rule, Scheme, code_bytes


def _fp8(layer: Layer) -> Quantized:
    w, call = layer.weight, layer.learner.call
    codes, scale = call("01", "quantize_fp8_e4m3", w, gives=(w.shape, w.shape[:1]))
    w_hat = call("01", "dequantize_fp8_e4m3", codes, scale, gives=(w.shape,))
    return Quantized(codes.nbytes + scale.nbytes, w_hat)


def _nf4(layer: Layer) -> Quantized:
    w, call = layer.weight, layer.learner.call
    codes, absmax = call("01", "quantize_nf4", w, gives=((w.size,), (w.size // 64,)))
    w_hat = call("01", "dequantize_nf4", codes, absmax, w.shape, gives=(w.shape,))
    return Quantized(codes.size / 2 + absmax.nbytes, w_hat)


def _int8_linear(layer: Layer) -> Quantized:
    w, call = layer.weight, layer.learner.call
    q, scale = call("01", "quantize_per_channel", w, gives=(w.shape, w.shape[:1]))
    return Quantized(
        q.nbytes + scale.nbytes,
        forward=lambda x: call("01", "int8_linear", x, q, scale, gives=((len(x), len(w)),)),
    )


def _llm_int8(layer: Layer) -> Quantized:
    """The function quantizes the weight inside; a file would hold the codes, the scales, and no float column."""
    w, call = layer.weight, layer.learner.call
    return Quantized(
        w.size + 4 * len(w),
        forward=lambda x: call("04", "llm_int8_linear", x, w, gives=((len(x), len(w)),)),
    )


def _zero_points(layer: Layer) -> Quantized:
    w, call = layer.weight, layer.learner.call
    groups = (w.shape[0], w.shape[1] // 128)
    q, scale, zero = call("03", "quantize_groupwise_asymmetric", w, group_size=128, gives=(w.shape, groups, groups))
    steps = q.reshape(*groups, 128).astype(np.float32) - zero[..., None].astype(np.float32)
    w_hat = (steps * scale[..., None].astype(np.float32)).reshape(w.shape)
    return Quantized(q.size / 2 + scale.nbytes + zero.size / 2, w_hat)


def _bits(bits: int) -> dict[str, int]:
    """4 bits are the exercise; another number is asked for by name."""
    return {} if bits == 4 else {"bits": bits}


def _gptq(bits: int, group_size: int) -> Rule:
    def rule(layer: Layer) -> Quantized:
        w, call = layer.weight, layer.learner.call
        shapes = (w.shape, (w.shape[0], w.shape[1] // group_size))
        q, scale = call("03", "gptq_quantize", w, layer.inputs(), group_size=group_size, **_bits(bits), gives=shapes)
        w_hat = call("03", "dequantize_groupwise", q, scale, gives=(w.shape,))
        return Quantized(code_bytes("03", "gptq_quantize", q, bits) + scale.nbytes, w_hat)

    return rule


def _awq(bits: int, group_size: int) -> Rule:
    def rule(layer: Layer) -> Quantized:
        w, call = layer.weight, layer.learner.call
        x = layer.inputs()
        x = x[:: -(-len(x) // AWQ_ROWS)]
        s = call("04", "awq_scales", x, w, group_size=group_size, **_bits(bits), gives=(w.shape[1:],))
        scaled = w * s
        if bits == 4:
            shapes = (w.shape, (w.shape[0], w.shape[1] // group_size))
            q, scale = call("03", "quantize_groupwise", scaled, group_size=group_size, gives=shapes)
            w_hat = call("03", "dequantize_groupwise", q, scale, gives=(w.shape,))
            held = code_bytes("03", "quantize_groupwise", q, bits)
        else:  # lab 01's rows on groups, as in ``schemes.rows_rule``; float16 scales, as the other rows have them
            rows = scaled.reshape(-1, group_size)
            q, scale = call("01", "quantize_per_channel", rows, bits=bits, gives=(rows.shape, rows.shape[:1]))
            w_hat = call("01", "dequantize", q, scale, gives=(rows.shape,)).reshape(w.shape)
            held = code_bytes("01", "quantize_per_channel", q, bits)
        return Quantized(held + scale.nbytes, w_hat / s)

    return rule


def _calibrated(method: str, lab: str, function: str, rule, bits: int, size: int, more: tuple) -> Scheme:
    return Scheme(
        f"{method.lower()}-int{bits}-g{size}",
        {"en": f"{method} int{bits}, groups of {size}", "es": f"{method} int{bits}, grupos de {size}"},
        ((lab, function), *more), rule(bits, size), group_size=size,
    )  # fmt: skip


def gptq(bits: int, size: int) -> Scheme:
    """Lab 03's gptq_quantize on the layer's inputs."""
    return _calibrated("GPTQ", "03", "gptq_quantize", _gptq, bits, size, (("03", "dequantize_groupwise"),))


def awq(bits: int, size: int) -> Scheme:
    """Lab 04's awq_scales around lab 03's groups, or around lab 01's at another number of bits than 4."""
    quantizer = ("03", "quantize_groupwise") if bits == 4 else ("01", "quantize_per_channel")
    return _calibrated("AWQ", "04", "awq_scales", _awq, bits, size, (quantizer,))


SCHEMES: tuple[Scheme, ...] = (
    Scheme(
        "fp8-channel", {"en": "FP8 E4M3, one scale a row", "es": "FP8 E4M3, una escala por fila"},
        (("01", "quantize_fp8_e4m3"), ("01", "dequantize_fp8_e4m3")), _fp8,
    ),
    Scheme(
        "int8-linear", {"en": "W8A8 in whole int32 sums, per token", "es": "W8A8 con sumas int32, por token"},
        (("01", "int8_linear"), ("01", "quantize_per_channel")), _int8_linear, activations=True,
    ),
    Scheme(
        "llm-int8", {"en": "LLM.int8, outlier columns in float", "es": "LLM.int8, columnas atípicas en float"},
        (("04", "llm_int8_linear"),), _llm_int8, activations=True,
    ),
    Scheme(
        "nf4-b64", {"en": "NF4, blocks of 64", "es": "NF4, bloques de 64"},
        (("01", "quantize_nf4"), ("01", "dequantize_nf4")), _nf4, group_size=64,
    ),
    Scheme(
        "int4-zp-g128", {"en": "int4 with zero points, groups of 128", "es": "int4 con puntos cero, grupos de 128"},
        (("03", "quantize_groupwise_asymmetric"),), _zero_points, group_size=128,
    ),
    gptq(4, 128),
    awq(4, 128),
    gptq(3, 64),
    awq(3, 64),
)  # fmt: skip
