"""Read a quantized checkpoint back to float32 matrices, by the definition of its format alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from labkit.models import packing


def dequantized(folder: str | Path) -> dict[str, np.ndarray]:
    """Each quantized layer's name -> its weight as a reader of the files gets it, float32 (out, in).

    Reads what `lab checkpoint` writes; ValueError for another format.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("quantization_config", {})
    form = config.get("format") or config.get("quant_method")
    if form not in _READERS:
        raise ValueError(f"{folder}/config.json names the format {form!r}; known are {', '.join(_READERS)}")
    mark, read = _READERS[form]
    tensors = load_file(folder / "model.safetensors")
    layers = [name.removesuffix(mark) for name in tensors if name.endswith(mark)]
    return {layer: read({n[len(layer) + 1 :]: t for n, t in tensors.items() if n.startswith(layer + ".")})
            for layer in layers}  # fmt: skip


def _plain(t: dict[str, torch.Tensor]) -> np.ndarray:
    return t["weight"].float().numpy() * t["weight_scale"].float().numpy()


def _pack_quantized(t: dict[str, torch.Tensor]) -> np.ndarray:
    q = packing.unpack_compressed_tensors(t["weight_packed"].numpy())
    return _grouped(q, t["weight_scale"])


def _awq(t: dict[str, torch.Tensor]) -> np.ndarray:
    q, zero = packing.unpack_awq(t["qweight"].numpy()), packing.unpack_awq(t["qzeros"].numpy())
    # Both are 8 less than stored, which the difference does not see.
    return _grouped(q - np.repeat(zero, q.shape[1] // zero.shape[1], axis=1), t["scales"].T)


def _gptq(t: dict[str, torch.Tensor]) -> np.ndarray:
    q, scale = packing.unpack_gptq(t["qweight"].numpy()), t["scales"].T.float().numpy()
    stored = packing.unpack_compressed_tensors(t["qzeros"].numpy()).T  # in natural order, less 8 and less one
    zero = stored + 1
    group = t["g_idx"].numpy()
    return (q - zero[:, group]).astype(np.float32) * scale[:, group]


def _grouped(q: np.ndarray, scale: torch.Tensor) -> np.ndarray:
    scale = scale.float().numpy()
    return q.astype(np.float32) * np.repeat(scale, q.shape[1] // scale.shape[1], axis=1)


_READERS = {  # format -> the tensor that marks a quantized layer, how to read it
    "int-quantized": (".weight_scale", _plain),
    "float-quantized": (".weight_scale", _plain),
    "pack-quantized": (".weight_packed", _pack_quantized),
    "awq": (".qweight", _awq),
    "gptq": (".qweight", _gptq),
}
