"""The course's model as numpy arrays, read without torch: a safetensors file is a header in JSON and raw bytes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from labkit import course

MODEL = course.ROOT / "data" / "models" / "clerk-2m"
LINEAR = "_proj.weight"  # how the names of the quantized matrices end


def linear_weights(folder: Path = MODEL) -> dict[str, np.ndarray]:
    """name -> float32 (out, in) of every linear layer, the bfloat16 values exactly. OSError without the file."""
    data = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), memoryview(data)[8 + length :]
    found = {}
    for name, entry in header.items():
        if name.endswith(LINEAR) and entry["dtype"] == "BF16":
            begin, end = entry["data_offsets"]
            upper = np.frombuffer(body[begin:end], "<u2").astype(np.uint32)  # bfloat16 is the upper half of a float32
            found[name] = (upper << 16).view(np.float32).reshape(entry["shape"])
    return found
