"""Grids that are not evenly spaced: FP8 E4M3FN and NF4, lab 01's beyond exercises."""

from __future__ import annotations

import numpy as np

from labkit.crosscheck import inputs
from labkit.crosscheck.comparing import NEAR_A_TIE, add, compare, numpy, part, tensor

BLOCK_SIZES = (32, 64, 256)
_QUIET = np.float32(2.0**-126)  # below it a float32 scale has lost digits, and 1 / scale overflows


def _over(run):
    with np.errstate(all="ignore"):
        return add([run(w) for w in inputs.weights().values()])


def _real_codes() -> np.ndarray:
    codes = np.arange(256, dtype=np.uint8)
    return codes[codes % 128 != 127]


def _check_nan_codes(lab) -> None:
    """The two codes that are NaN are refused by the solution, so that no comparison has to know how."""
    for code in (0x7F, 0xFF):
        try:
            lab.dequantize_fp8_e4m3(np.array([[code]], np.uint8), np.ones(1, np.float32))
        except ValueError:
            continue
        raise AssertionError(f"the code {code:#x} is NaN and was decoded")


def _zero_sign(ours, theirs) -> dict[str, np.ndarray]:
    return {"sign": (ours % 128 == 0) & (theirs % 128 == 0)}


def _float16_row() -> np.ndarray:
    """Every float16 that needs no clip, as one row; 448 is among them, so that the scale is 1."""
    return inputs.float16_values(448.0)[None]


def _as_ml_dtypes(ratio) -> np.ndarray:
    import ml_dtypes

    return ratio.astype(ml_dtypes.float8_e4m3fn).view(np.uint8)


def _as_torch(ratio) -> np.ndarray:
    import torch

    return numpy(tensor(ratio).to(torch.float8_e4m3fn).view(torch.uint8))


def _encode(lab, cast):
    """Every float16 in range, then weights over their scale, clipped before the cast."""
    row = _float16_row()
    q, scale = lab.quantize_fp8_e4m3(row)
    theirs = cast(row.astype(np.float32))
    parts = [{"codes": part(q, theirs, _zero_sign(q, theirs)), "scales": part(scale, np.ones(1, np.float32))}]

    def one(w):
        q, scale = lab.quantize_fp8_e4m3(w)
        rule = np.abs(w).max(axis=1) / np.float32(448)
        rule = np.where(rule == 0, np.float32(1), rule)
        theirs = cast(np.clip(w / rule[:, None], -448, 448))
        return {"codes": part(q, theirs, _zero_sign(q, theirs)), "scales": part(scale, rule)}

    return add([*parts, _over(one)])


@compare(
    "01", "quantize_fp8_e4m3", "ml_dtypes", "astype(float8_e4m3fn)", "same",
    en="All float16 values up to 448, and weights over max / 448, clipped first: beyond 464 ml_dtypes gives NaN.",
    es="Todo float16 hasta 448, y pesos entre máx / 448, recortados antes: más allá de 464 ml_dtypes da NaN.",
)  # fmt: skip
def fp8_codes_ml_dtypes(lab):
    return _encode(lab, _as_ml_dtypes)


@compare(
    "01", "quantize_fp8_e4m3", "torch", "Tensor.to(float8_e4m3fn)", "same",
    en="All float16 values up to 448, and weights over max / 448; beyond it torch 2.13 saturates, older ones give NaN.",
    es="Todo float16 hasta 448, y pesos entre máx / 448; más allá torch 2.13 satura, y los anteriores dan NaN.",
)  # fmt: skip
def fp8_codes_torch(lab):
    return _encode(lab, _as_torch)


@compare(
    "01", "quantize_fp8_e4m3", "optimum-quanto", "AbsmaxOptimizer, quantize_weight(qfloat8_e4m3fn)", "same",
    en="absmax / 448 a row; a zero row has the scale 0 there, and its codes are 0 / 0: NaN.",
    es="absmax / 448 por fila; allí una fila nula tiene escala 0 y sus códigos son 0 / 0: NaN.",
)  # fmt: skip
def fp8_rows_quanto(lab):
    import optimum.quanto as quanto
    import torch

    def one(w):
        q, scale = lab.quantize_fp8_e4m3(w)
        found = quanto.AbsmaxOptimizer()(tensor(w), quanto.qfloat8_e4m3fn, 0)
        theirs = numpy(quanto.quantize_weight(tensor(w), quanto.qfloat8_e4m3fn, 0, found)._data.view(torch.uint8))
        zero = ~np.abs(w).max(axis=1).astype(bool)
        quiet = np.abs(w).max(axis=1) / np.float32(448) < _QUIET
        return {
            "codes": part(q, theirs, _zero_sign(q, theirs) | {"zero": zero[:, None], "quiet": quiet[:, None]}),
            "scales": part(scale, numpy(found)[:, 0], {"zero": zero, "quiet": quiet}),
        }

    return _over(one)


@compare(
    "01", "quantize_fp8_e4m3", "compressed-tensors", "calculate_qparams, quantize (float, channel)", "same",
    en="absmax / 448 a row; a zero row's scale is 2⁻²³ there.",
    es="absmax / 448 por fila; la escala de una fila nula es allí 2⁻²³.",
)  # fmt: skip
def fp8_rows_compressed_tensors(lab):
    import torch
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import quantize
    from compressed_tensors.quantization.utils import calculate_qparams

    args = QuantizationArgs(num_bits=8, type="float", symmetric=True, strategy="channel")

    def one(w):
        q, scale = lab.quantize_fp8_e4m3(w)
        t = tensor(w)
        found, zero_point = calculate_qparams(t.amin(1, keepdim=True), t.amax(1, keepdim=True), args)
        theirs = quantize(t, found, zero_point, args, dtype=args.pytorch_dtype())
        theirs = numpy(theirs.view(torch.uint8))
        zero = ~np.abs(w).max(axis=1).astype(bool)
        quiet = np.abs(w).max(axis=1) / np.float32(448) < _QUIET
        return {
            "codes": part(q, theirs, _zero_sign(q, theirs) | {"quiet": quiet[:, None]}),
            "scales": part(scale, numpy(found)[:, 0], {"zero": zero, "quiet": quiet}),
        }

    return _over(one)


def _decode(lab, back):
    _check_nan_codes(lab)
    codes = _real_codes()[None]
    return {"values": part(lab.dequantize_fp8_e4m3(codes, np.ones(1, np.float32))[0], back(codes[0]))}


@compare(
    "01", "dequantize_fp8_e4m3", "ml_dtypes", "view(float8_e4m3fn)", "same",
    en="Every code but 0x7F and 0xFF, which are NaN there and refused here.",
    es="Todos los códigos menos 0x7F y 0xFF, que allí son NaN y aquí se rechazan.",
)  # fmt: skip
def fp8_values_ml_dtypes(lab):
    import ml_dtypes

    return _decode(lab, lambda codes: codes.view(ml_dtypes.float8_e4m3fn).astype(np.float32))


@compare(
    "01", "dequantize_fp8_e4m3", "torch", "Tensor.view(float8_e4m3fn)", "same",
    en="Every code but the two that are NaN.",
    es="Todos los códigos menos los dos que son NaN.",
)  # fmt: skip
def fp8_values_torch(lab):
    import torch

    return _decode(lab, lambda codes: numpy(tensor(codes).view(torch.float8_e4m3fn).float()))


@compare(
    "01", "quantize_nf4", "bitsandbytes", "functional.quantize_4bit(nf4), get_4bit_type", "same",
    en="Blocks of 32, 64 and 256, and the table; ours divides by absmax, theirs multiplies by 1 / absmax.",
    es="Bloques de 32, 64 y 256, y la tabla; el nuestro divide entre absmax, el suyo multiplica por 1 / absmax.",
)  # fmt: skip
def nf4_codes_bitsandbytes(lab):
    import bitsandbytes.functional as functional

    table = numpy(functional.get_4bit_type("nf4", device="cpu"))
    middles = (table[1:].astype(np.float64) + table[:-1]) / 2

    def one(w, block_size):
        q, absmax = lab.quantize_nf4(w, block_size)
        packed, state = functional.quantize_4bit(tensor(w), blocksize=block_size, quant_type="nf4")
        theirs = _nibbles(numpy(packed))
        peaks = np.repeat(absmax.astype(np.float64), block_size)
        ratio = w.ravel() / np.where(peaks == 0, 1, peaks)
        near = np.abs(ratio[:, None] - middles).min(axis=1) < NEAR_A_TIE
        quiet = peaks < _QUIET
        return {
            "codes": part(q, theirs, {"quiet": quiet, "tie": near}),
            "scales": part(absmax, numpy(state.absmax)),
        }

    total = add([_over(lambda w, size=size: one(w, size)) for size in BLOCK_SIZES])
    return total | {"table": part(lab.NF4, table)}


@compare(
    "01", "dequantize_nf4", "bitsandbytes", "functional.dequantize_4bit(nf4)", "same",
    en="Their codes and absmax, decoded by both.",
    es="Sus códigos y su absmax, decodificados por ambos.",
)  # fmt: skip
def nf4_values_bitsandbytes(lab):
    import bitsandbytes.functional as functional

    def one(w, block_size):
        packed, state = functional.quantize_4bit(tensor(w), blocksize=block_size, quant_type="nf4")
        ours = lab.dequantize_nf4(_nibbles(numpy(packed)), numpy(state.absmax), w.shape)
        return {"values": part(ours, numpy(functional.dequantize_4bit(packed, state)))}

    return add([_over(lambda w, size=size: one(w, size)) for size in BLOCK_SIZES])


def _nibbles(packed: np.ndarray) -> np.ndarray:
    """One code a byte; bitsandbytes puts the even one into the high nibble."""
    packed = packed.ravel()
    return np.stack([packed >> 4, packed & 15], axis=1).ravel()
