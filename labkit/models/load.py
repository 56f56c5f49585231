"""Read a model folder, or say in one message what is wrong with it."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

DEFAULT_MODEL = Path(__file__).resolve().parents[2] / "data" / "models" / "clerk-2m"


class ModelError(Exception):
    """A model folder that cannot be used; the message names the file and the mend."""


def _config(folder: Path) -> LlamaConfig:
    path = folder / "config.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder} has no config.json; give a folder that `lab train` wrote") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not valid JSON ({error}); restore the file") from None
    named = raw.get("architectures") if isinstance(raw, dict) else None
    if named != ["LlamaForCausalLM"]:
        raise ModelError(f"{path} names the architecture {named}; this course reads ['LlamaForCausalLM'] only")
    if raw.get("quantization_config"):
        raise ModelError(f"{path} has a quantization_config; give the full-precision folder it was made from")
    try:
        return LlamaConfig(**raw)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{path} is not a Llama configuration ({error}); restore the file") from None


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    path = folder / "model.safetensors"
    if not path.is_file():
        raise ModelError(f"{folder} has no model.safetensors; restore it, or train one with `lab train`")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is damaged or cut short ({error}); restore the file") from None


def load_tokenizer(path: str | Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a model folder; ``ModelError`` if it is missing or damaged."""
    folder = Path(path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}; restore the file")
    try:
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # noqa: BLE001 - what tokenizers raises on a damaged file
        raise ModelError(f"{folder / 'tokenizer.json'} cannot be read ({error}); restore it") from None


def load_model(
    path: str | Path = DEFAULT_MODEL, dtype: torch.dtype = torch.float32
) -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """``(model, tokenizer)`` of a model folder, ready to evaluate (``eval()``, no gradients).

    The files hold bfloat16; float32, the default, holds the same values exactly and is
    what the labs quantize. Raises ``ModelError`` for a folder or file that is missing,
    cut short, of another architecture or of other sizes than its config says.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ModelError(f"{folder} is not a folder; give a folder that `lab train` wrote")
    config = _config(folder)
    tensors = _weights(folder)
    tokenizer = load_tokenizer(folder)
    model = LlamaForCausalLM(config)
    if config.tie_word_embeddings:
        tensors.setdefault("lm_head.weight", tensors.get("model.embed_tokens.weight"))
    # Strict and by hand: from_pretrained would fill a missing matrix with random numbers.
    wanted = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    given = {name: tuple(t.shape) for name, t in tensors.items() if t is not None}
    wrong = sorted(n for n in wanted.keys() | given.keys() if wanted.get(n) != given.get(n))
    if wrong:
        raise ModelError(
            f"{folder / 'model.safetensors'} does not fit config.json: {wrong[0]} is "
            f"{given.get(wrong[0], 'absent')}, not {wanted.get(wrong[0], 'wanted')}"
            f" ({len(wrong)} such); restore both files from the same model"
        )
    model.load_state_dict(tensors)
    model.to(dtype).requires_grad_(False)
    return model.eval(), tokenizer
