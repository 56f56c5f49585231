"""int8 with one scale a row or a matrix: lab 01's primitive, and lab 04's KV cache on it."""

from __future__ import annotations

import numpy as np

from labkit.crosscheck import inputs
from labkit.crosscheck.comparing import add, compare, near_a_tie, numpy, part, tensor

TINY = np.float32(2.0**-126)  # the smallest normal float32; a scale below it has lost digits


def over(run, **options):
    """The sum of `run(w)` over every weight."""
    with np.errstate(all="ignore"):
        return add([run(w) for w in inputs.weights(**options).values()])


def absmax(w, axis=1) -> np.ndarray:
    return np.abs(w).max(axis=axis).astype(np.float32)


def _no_scale(w) -> dict[str, np.ndarray]:
    """The rows whose scale a library may choose otherwise: zeros, and those with too quiet a scale for float32."""
    peaks = absmax(w, axis=-1)
    return {"zero": peaks == 0, "quiet": peaks / np.float32(127) < TINY}


def _reasons(w, scale) -> dict[str, np.ndarray]:
    """Where codes may differ: in such rows, and at ties."""
    return {why: where[..., None] for why, where in _no_scale(w).items()} | {"tie": near_a_tie(w, scale)}


@compare(
    "01", "quantize_per_channel", "optimum-quanto", "AbsmaxOptimizer, quantize_weight(qint8)", "same",
    en="absmax / 127 a row, division, half to even.",
    es="absmax / 127 por fila, división, mitad al par.",
)  # fmt: skip
def int8_rows_quanto(lab):
    import optimum.quanto as quanto

    def one(w):
        q, scale = lab.quantize_per_channel(w)
        found = quanto.AbsmaxOptimizer()(tensor(w), quanto.qint8, 0)
        theirs = quanto.quantize_weight(tensor(w), quanto.qint8, 0, found)
        return {
            "codes": part(q, numpy(theirs._data), _reasons(w, scale[:, None])),
            "scales": part(scale, numpy(theirs._scale)[:, 0], _no_scale(w)),
        }

    return over(one)


@compare(
    "01", "quantize_per_tensor", "optimum-quanto", "AbsmaxOptimizer, quantize_activation(qint8)", "same",
    en="absmax / 127 of the matrix, division, half to even.",
    es="absmax / 127 de la matriz, división, mitad al par.",
)  # fmt: skip
def int8_matrix_quanto(lab):
    import optimum.quanto as quanto

    def one(w):
        q, scale = lab.quantize_per_tensor(w)
        found = quanto.AbsmaxOptimizer()(tensor(w), quanto.qint8, None)
        theirs = quanto.quantize_activation(tensor(w), quanto.qint8, found)
        return {
            "codes": part(q, numpy(theirs._data), {"tie": near_a_tie(w, scale)}),
            "scales": part(scale, numpy(theirs._scale)),
        }

    return over(one)


@compare(
    "01", "quantize_per_channel", "torchao", "dynamically_quantize_per_channel(-127, 127)", "same",
    en="absmax / 127 a row; torchao multiplies by 1 / scale, which may round otherwise at a tie.",
    es="absmax / 127 por fila; torchao multiplica por 1 / escala, que en un empate puede redondear de otro modo.",
)  # fmt: skip
def int8_rows_torchao(lab):
    from torchao.quantization.utils import dynamically_quantize_per_channel

    def one(w):
        import torch

        q, scale = lab.quantize_per_channel(w)
        theirs, found, _ = dynamically_quantize_per_channel(tensor(w), -127, 127, torch.int8)
        return {
            "codes": part(q, numpy(theirs), _reasons(w, scale[:, None])),
            "scales": part(scale, numpy(found).reshape(-1), _no_scale(w)),
        }

    return over(one)


@compare(
    "01", "quantize_per_channel", "bitsandbytes", "functional.int8_vectorwise_quant", "same",
    en="Keeps absmax, which we divide by 127 here; codes are w · (127 / absmax).",
    es="Guarda absmax, que aquí dividimos entre 127; los códigos son w · (127 / absmax).",
)  # fmt: skip
def int8_rows_bitsandbytes(lab):
    import bitsandbytes.functional as functional

    def one(w):
        q, scale = lab.quantize_per_channel(w)
        theirs, absmax, _ = functional.int8_vectorwise_quant(tensor(w))
        return {
            "codes": part(q, numpy(theirs), _reasons(w, scale[:, None])),
            "scales": part(scale, numpy(absmax) / np.float32(127), _no_scale(w)),
        }

    return over(one)


@compare(
    "01", "dequantize", "optimum-quanto", "QBytesTensor.dequantize", "same",
    en="Code times scale, in float32.",
    es="Código por escala, en float32.",
)  # fmt: skip
def dequantize_quanto(lab):
    import optimum.quanto as quanto

    def one(w):
        q, scale = lab.quantize_per_channel(w)
        theirs = quanto.quantize_weight(tensor(w), quanto.qint8, 0, tensor(scale)[:, None])
        return {"values": part(lab.dequantize(numpy(theirs._data), scale), numpy(theirs.dequantize()))}

    return over(one)


@compare(
    "01", "dequantize", "compressed-tensors", "dequantize (channel)", "same",
    en="Code times scale, in float32.",
    es="Código por escala, en float32.",
)  # fmt: skip
def dequantize_compressed_tensors(lab):
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import dequantize

    args = QuantizationArgs(num_bits=8, symmetric=True, strategy="channel")

    def one(w):
        q, scale = lab.quantize_per_channel(w)
        theirs = dequantize(tensor(q), tensor(scale)[:, None], args=args)
        return {"values": part(lab.dequantize(q, scale), numpy(theirs))}

    return over(one)


@compare(
    "04", "quantize_kv", "optimum-quanto", "quantize_weight(qint8), keys on axis -1, values on axis 0", "same",
    en="absmax / 127 of each channel of the keys and of each token of the values.",
    es="absmax / 127 de cada canal de las claves y de cada token de los valores.",
)  # fmt: skip
def kv_cache_quanto(lab):
    import optimum.quanto as quanto

    def one(w):
        made = lab.quantize_kv(w, w)
        parts = {}
        for name, axis, q, scale in (("keys", -1, made[0], made[1]), ("tokens", 0, made[2], made[3])):
            found = quanto.AbsmaxOptimizer()(tensor(w), quanto.qint8, axis)
            theirs = quanto.quantize_weight(tensor(w), quanto.qint8, axis, found)
            turn = np.transpose if axis else np.asarray  # so that a scale belongs to a row
            rows, step = turn(w), scale[:, None]
            parts[name] = {
                "codes": part(turn(q), turn(numpy(theirs._data)), _reasons(rows, step)),
                "scales": part(scale, numpy(theirs._scale).reshape(-1), _no_scale(rows)),
            }
        return add(list(parts.values()))

    return over(one)
