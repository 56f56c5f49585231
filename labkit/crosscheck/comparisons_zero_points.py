"""int4 in groups with zero points: lab 03 against three libraries' rules, asked as in comparisons_int4."""

from __future__ import annotations

import numpy as np

from labkit.crosscheck.comparing import compare, near_a_tie, numpy, part, tensor
from labkit.crosscheck.comparisons_int4 import TINY, by_compressed_tensors, by_torchao, group_args, over, reach, spread


@compare(
    "03", "quantize_groupwise_asymmetric", "compressed-tensors", "quantize (group), given our scales and zero points",
    "same",
    en="Codes less 8. Theirs rounds w / scale + zero point, ours w / scale: at a tie that may go the other way.",
    es="Códigos menos 8. Allí se redondea w / escala + punto cero, aquí w / escala: en un empate puede diferir.",
)  # fmt: skip
def zero_points_codes_compressed_tensors(lab):
    from compressed_tensors.quantization.lifecycle.forward import quantize

    def one(w, size):
        import torch

        q, scale, zero = lab.quantize_groupwise_asymmetric(w, size)
        shifted = tensor(zero.astype(np.int8) - np.int8(8))
        step = tensor(scale.astype(np.float32))
        theirs = quantize(tensor(w), step, shifted, group_args(size, False), dtype=torch.int8)
        tie = near_a_tie(w, spread(scale, size))
        return {"codes": part(q.astype(np.int8) - np.int8(8), numpy(theirs), {"tie": tie})}

    return over(one)


@compare(
    "03", "quantize_groupwise_asymmetric", "compressed-tensors", "calculate_qparams(symmetric=False), quantize (group)",
    "other",
    en="Float32 scale where ours is stored in float16; codes and zero points 8 lower (added here); a zero group's"
    " zero point comes from 0 / 0.",
    es="Escala en float32 donde la nuestra se guarda en float16; códigos y puntos cero 8 menores (aquí sumados); el"
    " punto cero de un grupo nulo sale de 0 / 0.",
)  # fmt: skip
def zero_points_compressed_tensors(lab):
    def one(w, size):
        q, scale, zero = lab.quantize_groupwise_asymmetric(w, size)
        theirs, found, shifted = by_compressed_tensors(w, size, symmetric=False)
        low, high = reach(w, size)
        rule = (high - low) / np.float32(15)
        point = np.rint(np.clip(np.float32(-8) - low / rule, -8, 7))
        point = np.where(rule == 0, 0, point)
        rule = np.where(rule == 0, np.float32(2.0**-23), rule)
        codes = np.rint(np.clip(w / spread(rule, size) + np.repeat(point, size, axis=1).astype(np.float32), -8, 7))
        return {
            "codes": part(q.astype(np.int8), theirs + np.int8(8), applied=codes.astype(np.int8) + np.int8(8)),
            "zero points": part(zero.astype(np.int8), shifted + np.int8(8), applied=point.astype(np.int8) + np.int8(8)),
            "scales": part(scale.astype(np.float32), found, applied=rule.astype(np.float32)),
        }

    return over(one)


@compare(
    "03", "quantize_groupwise_asymmetric", "torchao", "choose_qparams_affine(ASYMMETRIC, 0, 15), quantize_affine",
    "other",
    en="Float32 scale where ours is stored in float16; multiplied by 1 / scale.",
    es="Escala en float32 donde la nuestra se guarda en float16; multiplica por 1 / escala.",
)  # fmt: skip
def zero_points_torchao(lab):
    def one(w, size):
        q, scale, zero = lab.quantize_groupwise_asymmetric(w, size)
        theirs, found, points = by_torchao(w, size, "ASYMMETRIC", 0, 15)
        low, high = reach(w, size)
        rule = np.maximum((high - low) / np.float32(15), TINY)
        point = np.clip(-np.rint(low / rule), 0, 15)
        steps = np.rint(w * (np.float32(1) / spread(rule, size))) + np.repeat(point, size, axis=1)
        return {
            "codes": part(q, theirs, applied=np.clip(steps, 0, 15).astype(np.uint8)),
            "zero points": part(zero.astype(np.int8), points, applied=point.astype(np.int8)),
            "scales": part(scale.astype(np.float32), found, applied=rule.astype(np.float32)),
        }

    return over(one)


@compare(
    "03", "quantize_groupwise_asymmetric", "optimum-quanto", "MaxOptimizer, quantize_weight(qint4)", "other",
    en="(max - min) / 15 with 0 not forced into the range; no zero point but a float shift, -min; a constant group has"
    " the scale 0.",
    es="(máx - mín) / 15 sin forzar el 0 dentro; en vez de punto cero un desplazamiento real, -mín; un grupo"
    " constante tiene escala 0.",
)  # fmt: skip
def zero_points_quanto(lab):
    import optimum.quanto as quanto

    def one(w, size):
        q, scale, _ = lab.quantize_groupwise_asymmetric(w, size)
        found, shift = quanto.MaxOptimizer()(tensor(w), quanto.qint4, 0, size)
        made = quanto.quantize_weight(tensor(w), quanto.qint4, 0, found, shift, size)
        groups = w.reshape(-1, size)
        low = groups.min(axis=1, keepdims=True)
        rule = (groups.max(axis=1, keepdims=True) - low) / np.float32(15)
        steps = np.clip(np.rint((groups - low) / rule), 0, 15)
        codes = np.where(np.isnan(steps), 0, steps).astype(np.uint8)  # 0 / 0 becomes 0 in the cast
        return {
            "codes": part(q.reshape(-1, size), numpy(made._data.unpack()).reshape(-1, size), applied=codes),
            "scales": part(scale.astype(np.float32).reshape(-1, 1), numpy(found), applied=rule),
        }

    return over(one)
