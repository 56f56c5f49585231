"""int4 in groups, with and without zero points: lab 03 against three libraries' rules.

Two questions each: what comes out if the library chooses the scales (another convention, by how much it differs),
and whether its codes are ours if it is given our scales (then they must be).
"""

from __future__ import annotations

import numpy as np

from labkit.crosscheck import inputs
from labkit.crosscheck.comparing import add, compare, near_a_tie, numpy, part, tensor

GROUP_SIZES = (32, 128)
LOUDEST = 1e5  # times a bell: the scales of quantize_groupwise end at float16's 65504
TINY = np.float32(2.0**-126)


def over(run):
    """The sum of `run(w, group_size)` over weights and group sizes."""
    with np.errstate(all="ignore"):
        return add([run(w, size) for size in GROUP_SIZES for w in inputs.weights(huge=LOUDEST).values()])


def in_groups(w, size) -> np.ndarray:
    return w.reshape(len(w), -1, size)


def spread(scale, size) -> np.ndarray:
    """A scale for each column, float32."""
    return np.repeat(scale.astype(np.float32), size, axis=1)


def reach(w, size) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest weight of each group, 0 included."""
    groups = in_groups(w, size)
    return np.minimum(groups.min(axis=2), 0), np.maximum(groups.max(axis=2), 0)


def absmax(w, size) -> np.ndarray:
    return np.abs(in_groups(w, size)).max(axis=2)


def group_args(size, symmetric):
    from compressed_tensors.quantization import QuantizationArgs

    return QuantizationArgs(num_bits=4, symmetric=symmetric, strategy="group", group_size=size)


def by_compressed_tensors(w, size, symmetric):
    """Codes, scales and zero points as the library chooses them, as arrays."""
    from compressed_tensors.quantization.lifecycle.forward import quantize
    from compressed_tensors.quantization.utils import calculate_qparams

    args, groups = group_args(size, symmetric), tensor(in_groups(w, size))
    scale, zero = calculate_qparams(groups.amin(-1), groups.amax(-1), args)
    q = quantize(tensor(w), scale, zero, args, dtype=args.pytorch_dtype())
    return numpy(q), numpy(scale), numpy(zero).astype(np.int8)


def by_torchao(w, size, mapping, low, high):
    """Codes, scales and zero points as the library chooses them, as arrays."""
    import torch
    from torchao.quantization import quant_primitives as primitives

    dtype = torch.int8 if low < 0 else torch.uint8
    kind = getattr(primitives.MappingType, mapping)
    scale, zero = primitives.choose_qparams_affine(tensor(w), kind, (1, size), dtype, low, high)
    q = primitives.quantize_affine(tensor(w), (1, size), scale, zero, dtype, low, high)
    shape = (len(w), -1)
    return numpy(q), numpy(scale).reshape(shape), numpy(zero).reshape(shape).astype(np.int8)


@compare(
    "03", "quantize_groupwise", "compressed-tensors", "quantize (group), given our scales", "same",
    en="Codes of the scale as stored, division, half to even.",
    es="Códigos con la escala tal como se guarda, división, mitad al par.",
)  # fmt: skip
def int4_codes_compressed_tensors(lab):
    from compressed_tensors.quantization.lifecycle.forward import quantize

    def one(w, size):
        import torch

        q, scale = lab.quantize_groupwise(w, size)
        args, step = group_args(size, True), tensor(scale.astype(np.float32))
        theirs = quantize(tensor(w), step, torch.zeros_like(step), args, dtype=torch.int8)
        return {"codes": part(q, numpy(theirs))}

    return over(one)


@compare(
    "03", "quantize_groupwise", "torchao", "quantize_affine(-7, 7), given our scales", "same",
    en="Codes of the scale as stored; torchao multiplies by 1 / scale.",
    es="Códigos con la escala tal como se guarda; torchao multiplica por 1 / escala.",
)  # fmt: skip
def int4_codes_torchao(lab):
    from torchao.quantization import quant_primitives as primitives

    def one(w, size):
        import torch

        q, scale = lab.quantize_groupwise(w, size)
        step = tensor(scale.astype(np.float32))
        zero = torch.zeros_like(step)
        theirs = primitives.quantize_affine(tensor(w), (1, size), step, zero, torch.int8, -7, 7)
        return {"codes": part(q, numpy(theirs), {"tie": near_a_tie(w, spread(scale, size))})}

    return over(one)


@compare(
    "03", "quantize_groupwise", "compressed-tensors", "calculate_qparams, quantize (group)", "other",
    en="absmax / 7.5 in float32 (2⁻²³ for a zero group), codes from -8, clipped before they are rounded.",
    es="absmax / 7.5 en float32 (2⁻²³ en un grupo nulo), códigos desde -8, recorta antes de redondear.",
)  # fmt: skip
def int4_groups_compressed_tensors(lab):
    def one(w, size):
        q, scale = lab.quantize_groupwise(w, size)
        theirs, found, _ = by_compressed_tensors(w, size, symmetric=True)
        rule = absmax(w, size) / np.float32(7.5)
        rule = np.where(rule == 0, np.float32(2.0**-23), rule)
        codes = np.rint(np.clip(w / spread(rule, size), -8, 7)).astype(np.int8)
        return {
            "codes": part(q, theirs, applied=codes),
            "scales": part(scale.astype(np.float32), found, applied=rule),
        }

    return over(one)


@compare(
    "03", "quantize_groupwise", "torchao", "choose_qparams_affine(SYMMETRIC), quantize_affine", "other",
    en="absmax / 7.5 in float32, codes from -8, multiplied by 1 / scale.",
    es="absmax / 7.5 en float32, códigos desde -8, multiplica por 1 / escala.",
)  # fmt: skip
def int4_groups_torchao(lab):
    def one(w, size):
        q, scale = lab.quantize_groupwise(w, size)
        theirs, found, _ = by_torchao(w, size, "SYMMETRIC", -8, 7)
        rule = np.maximum(absmax(w, size) / np.float32(7.5), TINY)
        codes = np.clip(np.rint(w * (np.float32(1) / spread(rule, size))), -8, 7).astype(np.int8)
        return {
            "codes": part(q, theirs, applied=codes),
            "scales": part(scale.astype(np.float32), found, applied=rule),
        }

    return over(one)


@compare(
    "03", "quantize_groupwise", "torchao", "choose_qparams_affine(SYMMETRIC_NO_CLIPPING_ERR), quantize_affine", "other",
    en="The larger of max / 7 and -min / 8: a negative extreme gets the code -8, and nothing is clipped.",
    es="El mayor de máx / 7 y -mín / 8: un extremo negativo recibe el código -8, y nada se recorta.",
)  # fmt: skip
def int4_groups_torchao_no_clipping(lab):
    def one(w, size):
        q, scale = lab.quantize_groupwise(w, size)
        theirs, found, _ = by_torchao(w, size, "SYMMETRIC_NO_CLIPPING_ERR", -8, 7)
        low, high = reach(w, size)
        rule = np.maximum(np.maximum(low / np.float32(-8), high / np.float32(7)), TINY)
        codes = np.clip(np.rint(w * (np.float32(1) / spread(rule, size))), -8, 7).astype(np.int8)
        return {
            "codes": part(q, theirs, applied=codes),
            "scales": part(scale.astype(np.float32), found, applied=rule),
        }

    return over(one)


@compare(
    "03", "dequantize_groupwise", "compressed-tensors", "dequantize (group)", "same",
    en="Code times the scale of its group, in float32.",
    es="Código por la escala de su grupo, en float32.",
)  # fmt: skip
def int4_values_compressed_tensors(lab):
    from compressed_tensors.quantization.lifecycle.forward import dequantize

    def one(w, size):
        q, scale = lab.quantize_groupwise(w, size)
        theirs = dequantize(tensor(q), tensor(scale.astype(np.float32)), args=group_args(size, True))
        return {"values": part(lab.dequantize_groupwise(q, scale), numpy(theirs))}

    return over(one)
