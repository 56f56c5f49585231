"""A larger model with random weights, for the one meter that does not look at what they say: throughput.

The trained model's matrices are so small that a step is mostly bookkeeping; here they are what a step is made of.
The same size and seed give the same bytes.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from labkit.models.load import DEFAULT_MODEL

SIZES = {
    "full": {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8},  # 92 million weights
    "quick": {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 3},  # a third, for the tests
}
HEADS = {"num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 64}


def write(folder: Path, size: str = "full", seed: int = 0) -> dict:
    """Write the model of SIZES into `folder`, bfloat16, with the trained model's tokenizer; gives its config."""
    folder.mkdir(parents=True)
    config = json.loads((DEFAULT_MODEL / "config.json").read_text(encoding="utf-8")) | SIZES[size] | HEADS
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    q, kv = config["num_attention_heads"] * config["head_dim"], config["num_key_value_heads"] * config["head_dim"]
    draw = torch.Generator().manual_seed(seed)

    def matrix(out: int, width: int) -> torch.Tensor:
        return (torch.randn(out, width, generator=draw) * width**-0.5).to(torch.bfloat16)

    tensors = {"model.embed_tokens.weight": matrix(config["vocab_size"], hidden)}
    for layer in range(config["num_hidden_layers"]):
        name = f"model.layers.{layer}."
        shapes = {"self_attn.q_proj": (q, hidden), "self_attn.k_proj": (kv, hidden), "self_attn.v_proj": (kv, hidden),
                  "self_attn.o_proj": (hidden, q), "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
                  "mlp.down_proj": (hidden, inner)}  # fmt: skip
        tensors |= {f"{name}{part}.weight": matrix(*shape) for part, shape in shapes.items()}
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{name}{norm}.weight"] = torch.ones(hidden, dtype=torch.bfloat16)
    tensors["model.norm.weight"] = torch.ones(hidden, dtype=torch.bfloat16)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        shutil.copyfile(DEFAULT_MODEL / name, folder / name)
    return config
