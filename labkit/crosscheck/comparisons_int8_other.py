"""int8 with one scale a row or a matrix where a library has another convention: its rule is restated and has to fit."""

from __future__ import annotations

import numpy as np

from labkit.crosscheck.comparing import compare, numpy, part, tensor
from labkit.crosscheck.comparisons_int8 import absmax, over

EPS = np.float32(2.0**-23)


def _rule(w, scale, low, reciprocal) -> np.ndarray:
    """int8 codes in [low, 127], by division or by multiplication with 1 / scale."""
    steps = w * (np.float32(1) / scale) if reciprocal else w / scale
    return np.clip(np.rint(steps), low, 127).astype(np.int8)


@compare(
    "01", "quantize_per_channel", "torchao", "Int8Tensor.from_hp(PerRow())", "other",
    en="absmax / 127.5 a row and at least 2⁻²³, codes from -128, multiplied by 1 / scale.",
    es="absmax / 127.5 por fila y como mínimo 2⁻²³, códigos desde -128, multiplica por 1 / escala.",
)  # fmt: skip
def int8_rows_torchao_tensor(lab):
    from torchao.quantization import Int8Tensor, PerRow

    def one(w):
        q, scale = lab.quantize_per_channel(w)
        theirs = Int8Tensor.from_hp(tensor(w), PerRow())
        rule = np.maximum(absmax(w) / np.float32(127.5), EPS)
        return {
            "codes": part(q, numpy(theirs.qdata), applied=_rule(w, rule[:, None], -128, True)),
            "scales": part(scale, numpy(theirs.scale)[:, 0], applied=rule),
        }

    return over(one)


@compare(
    "01", "quantize_per_tensor", "torchao", "Int8Tensor.from_hp(PerTensor())", "other",
    en="absmax / 127.5 of the matrix and at least 2⁻²³, codes from -128, multiplied by 1 / scale.",
    es="absmax / 127.5 de la matriz y como mínimo 2⁻²³, códigos desde -128, multiplica por 1 / escala.",
)  # fmt: skip
def int8_matrix_torchao_tensor(lab):
    from torchao.quantization import Int8Tensor, PerTensor

    def one(w):
        q, scale = lab.quantize_per_tensor(w)
        theirs = Int8Tensor.from_hp(tensor(w), PerTensor())
        rule = np.maximum(absmax(w, None) / np.float32(127.5), EPS)
        return {
            "codes": part(q, numpy(theirs.qdata), applied=_rule(w, rule, -128, True)),
            "scales": part(scale, numpy(theirs.scale).reshape(()), applied=rule),
        }

    return over(one)


@compare(
    "01", "quantize_per_channel", "compressed-tensors", "calculate_qparams, quantize (channel)", "other",
    en="absmax / 127.5 a row (2⁻²³ for a zero row), codes from -128, clipped before they are rounded.",
    es="absmax / 127.5 por fila (2⁻²³ en una fila nula), códigos desde -128, recorta antes de redondear.",
)  # fmt: skip
def int8_rows_compressed_tensors(lab):
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import quantize
    from compressed_tensors.quantization.utils import calculate_qparams

    args = QuantizationArgs(num_bits=8, symmetric=True, strategy="channel")

    def one(w):
        q, scale = lab.quantize_per_channel(w)
        t = tensor(w)
        found, zero = calculate_qparams(t.amin(1, keepdim=True), t.amax(1, keepdim=True), args)
        theirs = quantize(t, found, zero, args, dtype=args.pytorch_dtype())
        rule = absmax(w) / np.float32(127.5)
        rule = np.where(rule == 0, EPS, rule)
        codes = np.rint(np.clip(w / rule[:, None], -128, 127)).astype(np.int8)
        return {
            "codes": part(q, numpy(theirs), applied=codes),
            "scales": part(scale, numpy(found)[:, 0], applied=rule),
        }

    return over(one)


@compare(
    "01", "quantize_per_channel", "gguf", "quantize(Q8_0)", "other",
    en="A block of 32 as a row: 1 / scale, half away from zero, the scale kept in float16 after its codes are made."
    " Without the subnormals, where its 1 / scale overflows.",
    es="Un bloque de 32 como fila: 1 / escala, mitad hacia fuera, la escala pasa a float16 ya hechos los códigos."
    " Sin los subnormales, donde su 1 / escala se desborda.",
)  # fmt: skip
def int8_blocks_gguf(lab):
    import gguf

    def one(w):
        blocks = w.reshape(-1, 32)
        q, scale = lab.quantize_per_channel(blocks)
        made = gguf.quants.quantize(blocks, gguf.GGMLQuantizationType.Q8_0)
        theirs, found = made[:, 2:].view(np.int8), np.ascontiguousarray(made[:, :2]).view(np.float16)[:, 0]
        rule = absmax(blocks) / np.float32(127)
        steps = blocks * np.where(rule == 0, np.float32(0), np.float32(1) / rule)[:, None]
        size = np.abs(steps)
        away = np.sign(steps) * (np.floor(size) + np.floor(2 * (size - np.floor(size))))
        return {
            "codes": part(q, theirs, applied=away.astype(np.int8)),
            "scales": part(scale.astype(np.float16), found, applied=rule.astype(np.float16)),
        }

    return over(one, without=("subnormals",))  # 1 / scale overflows there


@compare(
    "01", "quantize_per_tensor", "compressed-tensors", "calculate_qparams, quantize (tensor)", "other",
    en="absmax / 127.5 of the matrix, codes from -128, division.",
    es="absmax / 127.5 de la matriz, códigos desde -128, división.",
)  # fmt: skip
def int8_matrix_compressed_tensors(lab):
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import quantize
    from compressed_tensors.quantization.utils import calculate_qparams

    args = QuantizationArgs(num_bits=8, symmetric=True, strategy="tensor")

    def one(w):
        q, scale = lab.quantize_per_tensor(w)
        t = tensor(w)
        found, zero = calculate_qparams(t.amin(), t.amax(), args)
        theirs = quantize(t, found, zero, args, dtype=args.pytorch_dtype())
        rule = absmax(w, None) / np.float32(127.5)
        return {
            "codes": part(q, numpy(theirs), applied=_rule(w, rule, -128, False)),
            "scales": part(scale, numpy(found).reshape(()), applied=rule),
        }

    return over(one)
