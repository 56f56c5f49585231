"""The checkpoint formats: for each, the tensors of one linear layer and the quantization_config.

Per linear layer P, weight (out, in), group size 128; G = in / 128:

======  ===================  ===============  ================  ==============================================
scheme  tensor               dtype            shape             holds
======  ===================  ===============  ================  ==============================================
w8a8    P.weight             int8             (out, in)         codes
        P.weight_scale       float32          (out, 1)          one scale a row
fp8     P.weight             float8_e4m3fn    (out, in)         codes
        P.weight_scale       float32          (out, 1)          one scale a row
w4a16   P.weight_packed      int32            (out, in / 8)     codes + 8, along a row
        P.weight_scale       float16          (out, G)
        P.weight_shape       int64            (2,)              out, in
awq     P.qweight            int32            (in, out / 8)     codes, in AWQ's order
        P.qzeros             int32            (G, out / 8)      zero points, in AWQ's order
        P.scales             float16          (G, out)
gptq    P.qweight            int32            (in / 8, out)     codes + 8, down a column
        P.qzeros             int32            (G, out / 8)      zero points less one: every word 0x77777777
        P.scales             float16          (G, out)
        P.g_idx              int32            (in,)             the group of each column, column // 128
======  ===================  ===============  ================  ==============================================

Sources: compressed-tensors 0.17.0 (compressors/naive_quantized, compressors/pack_quantized), autoawq 0.2.9
(modules/linear/gemm.py), gptqmodel 7.6.0 (nn_modules/qlinear), and what vLLM 0.32.0 creates for each to load.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from labkit.models.codes import GROUP_SIZE, Codes
from labkit.models.packing import GPTQ_ZERO_WORD


def _w8a8(w: np.ndarray, codes: Codes) -> dict[str, torch.Tensor]:
    q, scale = codes.int8_per_channel(w)
    return {"weight": _tensor(q), "weight_scale": _tensor(scale[:, None])}


def _fp8(w: np.ndarray, codes: Codes) -> dict[str, torch.Tensor]:
    q, scale = codes.fp8_per_channel(w)
    return {"weight": _tensor(q).view(torch.float8_e4m3fn), "weight_scale": _tensor(scale[:, None])}


def _w4a16(w: np.ndarray, codes: Codes) -> dict[str, torch.Tensor]:
    q, scale = codes.int4_groups(w)
    words = codes.pack("compressed_tensors", q)
    return {"weight_packed": _tensor(words), "weight_scale": _tensor(scale), "weight_shape": torch.tensor(w.shape)}


def _awq(w: np.ndarray, codes: Codes) -> dict[str, torch.Tensor]:
    q, scale, zero_point = codes.int4_groups_with_zero_points(w)
    qweight, qzeros = codes.pack("awq", q), codes.pack("awq", zero_point)
    return {"qweight": _tensor(qweight), "qzeros": _tensor(qzeros), "scales": _tensor(scale.T)}


def _gptq(w: np.ndarray, codes: Codes) -> dict[str, torch.Tensor]:
    q, scale = codes.int4_groups(w)
    return {
        "qweight": _tensor(codes.pack("gptq", q)),
        "qzeros": torch.full((scale.shape[1], len(w) // 8), GPTQ_ZERO_WORD, dtype=torch.int32),
        "scales": _tensor(scale.T),
        "g_idx": torch.arange(w.shape[1], dtype=torch.int32) // GROUP_SIZE,
    }


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(array, order="C"))


def _compressed_tensors(form: str, weights: dict, activations: dict | None) -> dict:
    """The `quantization_config` that compressed-tensors writes, without what it would default to."""
    every = {"symmetric": True, "dynamic": False}
    group = {"targets": ["Linear"], "weights": every | weights, "input_activations": None, "output_activations": None}
    if activations:
        group["input_activations"] = every | {"strategy": "token", "dynamic": True} | activations
    return {
        "quant_method": "compressed-tensors",
        "format": form,
        "quantization_status": "compressed",
        "config_groups": {"group_0": group},
        "ignore": ["lm_head"],
        "kv_cache_scheme": None,
    }


_INT8, _FP8 = {"num_bits": 8, "type": "int"}, {"num_bits": 8, "type": "float"}
_INT4_GROUPS = {"num_bits": 4, "type": "int", "strategy": "group", "group_size": GROUP_SIZE}


@dataclass(frozen=True)
class Format:
    """One way of writing a quantized model; its key in FORMATS is the scheme's name on the command line."""

    title: str
    tensors: Callable[[np.ndarray, Codes], dict[str, torch.Tensor]]  # of one linear layer
    config: dict  # goes into config.json as quantization_config
    int4: bool = False
    packs_outputs: bool = False  # eight output channels share a word


FORMATS: dict[str, Format] = {
    "w8a8": Format(
        "compressed-tensors, int8 weights per channel, int8 activations per token",
        _w8a8, _compressed_tensors("int-quantized", _INT8 | {"strategy": "channel"}, _INT8),
    ),
    "w4a16": Format(
        "compressed-tensors, int4 weights in groups of 128",
        _w4a16, _compressed_tensors("pack-quantized", _INT4_GROUPS, None), int4=True,
    ),
    "fp8": Format(
        "compressed-tensors, FP8 (E4M3) weights per channel, FP8 activations per token",
        _fp8, _compressed_tensors("float-quantized", _FP8 | {"strategy": "channel"}, _FP8),
    ),
    "awq": Format(
        "AWQ's file format, int4 weights in groups of 128 with zero points", _awq,
        {"quant_method": "awq", "bits": 4, "group_size": GROUP_SIZE, "zero_point": True, "version": "gemm",
         "modules_to_not_convert": ["lm_head"]}, int4=True, packs_outputs=True,
    ),
    "gptq": Format(
        "GPTQ's file format, symmetric int4 weights in groups of 128", _gptq,
        {"quant_method": "gptq", "bits": 4, "group_size": GROUP_SIZE, "sym": True, "desc_act": False,
         "lm_head": False, "checkpoint_format": "gptq"}, int4=True, packs_outputs=True,
    ),
}  # fmt: skip
