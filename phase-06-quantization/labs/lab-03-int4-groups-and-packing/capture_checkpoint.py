"""What compressed-tensors itself writes for the course's model, kept for the page to verify by hand.

    pip install compressed-tensors==0.20.0
    python phase-06-quantization/labs/lab-03-int4-groups-and-packing/capture_checkpoint.py

The library quantizes the model (its own scheme W4A16: int4, groups of 128, symmetric), compresses it and saves it;
the folder is read with nothing but the definition of safetensors. Kept in library-checkpoint.json, beside this file:
config, the names, dtypes and shapes of all tensors, the sizes of the files, and one row of one layer.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

from labkit import course, provenance

MODEL = course.ROOT / "data/models/clerk-2m"
STORED = Path(__file__).with_name("library-checkpoint.json")
LAYER, ROW = "model.layers.0.mlp.down_proj", 5  # 512 inputs: four groups


def write_with_the_library(out: Path) -> None:
    """The model, quantized and saved by compressed-tensors and transformers; none of our code takes part."""
    import torch
    from compressed_tensors.compressors import ModelCompressor
    from compressed_tensors.quantization import QuantizationConfig, QuantizationStatus, apply_quantization_config
    from compressed_tensors.quantization.utils import calculate_qparams
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.bfloat16)
    config = QuantizationConfig(config_groups={"W4A16": ["Linear"]}, ignore=["lm_head"])
    apply_quantization_config(model, config)
    for module in model.modules():
        scheme = getattr(module, "quantization_scheme", None)
        if scheme is not None:
            groups = module.weight.data.unflatten(-1, (-1, scheme.weights.group_size))
            scale, _ = calculate_qparams(groups.amin(-1), groups.amax(-1), scheme.weights)
            module.weight_scale.data.copy_(scale)
            module.quantization_status = QuantizationStatus.FROZEN
    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    model.save_pretrained(out)
    compressor.update_config(out)


def read_safetensors(file: Path) -> tuple[dict, bytes]:
    """(name -> dtype, shape, data_offsets; the data): eight bytes of length, JSON, bytes."""
    raw = file.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    return header, raw[8 + length :]


def _row(header: dict, data: bytes, name: str, row: int, dtype: str) -> str:
    """One row of a tensor, each number as the hexadecimal digits of its bits."""
    begin, end = header[name]["data_offsets"]
    values = np.frombuffer(data[begin:end], dtype).reshape(header[name]["shape"])[row]
    return " ".join(f"{value:0{2 * values.itemsize}X}" for value in values)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        write_with_the_library(out)
        config = json.loads((out / "config.json").read_text(encoding="utf-8"))
        header, data = read_safetensors(out / "model.safetensors")
        size = (out / "model.safetensors").stat().st_size
    before, weights = read_safetensors(MODEL / "model.safetensors")
    stored = {
        "source": provenance.provenance(
            f"python {course.show_path(Path(__file__))}",
            packages=("numpy", "torch", "transformers", "compressed-tensors"),
        ),
        "quantization_config": config["quantization_config"],
        "tensors": {name: f"{entry['dtype']} {entry['shape']}" for name, entry in sorted(header.items())},
        "bytes": {"model.safetensors": size, "before": (MODEL / "model.safetensors").stat().st_size},
        "row": {
            "layer": LAYER,
            "row": ROW,
            "weight_packed": _row(header, data, f"{LAYER}.weight_packed", ROW, "<u4"),
            "weight_scale": _row(header, data, f"{LAYER}.weight_scale", ROW, "<u2"),
            "original weight": _row(before, weights, f"{LAYER}.weight", ROW, "<u2"),
        },
    }
    STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(f"{STORED.name}: {len(header)} tensors, {size:,} bytes")


if __name__ == "__main__":
    main()
