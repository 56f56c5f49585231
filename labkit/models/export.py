"""Write a trained model as the files transformers and vLLM load, with its training record."""

import copy
import dataclasses
import importlib.metadata
import json
import platform
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from labkit.models import corpus
from labkit.models import recipe as recipes
from labkit.models.evaluate import exact_match_by_task, perplexity
from labkit.models.recipe import Recipe

VERSIONS_OF = ("torch", "transformers", "tokenizers", "safetensors", "numpy")
# How the figures of a model card are taken: 250 prompts a task, 1200 documents of text.
PROMPTS, DOCUMENTS, EVALUATION_SEED = 250, 1200, 0


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def model_config(config) -> dict:
    """``config.json`` by hand: the keys that both transformers 4 and 5, and vLLM, read."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": config.bos_token_id,
        "eos_token_id": config.eos_token_id,
        "pad_token_id": config.pad_token_id,
        "dtype": "bfloat16",
        "torch_dtype": "bfloat16",  # the name before transformers 5
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "hidden_size": config.hidden_size,
        "initializer_range": config.initializer_range,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_position_embeddings,
        "mlp_bias": False,
        "num_attention_heads": config.num_attention_heads,
        "num_hidden_layers": config.num_hidden_layers,
        "num_key_value_heads": config.num_key_value_heads,
        "rms_norm_eps": config.rms_norm_eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "rope_theta": 10000.0,  # the place before transformers 5
        "tie_word_embeddings": True,
        "use_cache": True,
        "vocab_size": config.vocab_size,
    }


def stored_tensors(model: LlamaForCausalLM) -> dict[str, torch.Tensor]:
    """The tensors of the file: bfloat16, and the tied output head left out as transformers does."""
    return {
        name: tensor.detach().to(torch.bfloat16).contiguous()
        for name, tensor in model.state_dict().items()
        if name != "lm_head.weight"
    }


def write_files(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Config, generation config, weights in bfloat16 and tokenizer, five files in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config
    _write_json(folder / "config.json", model_config(config))
    ids = {k: getattr(config, k) for k in ("bos_token_id", "eos_token_id", "pad_token_id")}
    _write_json(folder / "generation_config.json", ids | {"do_sample": False, "max_new_tokens": 64})
    save_file(stored_tensors(model), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # safetensors writes it for its owner alone
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": tokenizer.bos_token,
            "eos_token": tokenizer.eos_token,
            "pad_token": tokenizer.pad_token,
            "add_bos_token": True,
            "clean_up_tokenization_spaces": False,
            "model_max_length": config.max_position_embeddings,
        },
    )


def cpu_model() -> str:
    """The processor's name where the system tells it, else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def figures(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast) -> tuple[dict, float]:
    """``(exact match by task, perplexity)`` as the model card reports them."""
    scores = exact_match_by_task(model, tokenizer, PROMPTS, EVALUATION_SEED)
    text = corpus.heldout_text(DOCUMENTS, EVALUATION_SEED)
    return scores, perplexity(model, tokenizer, text)


def as_stored(model: LlamaForCausalLM) -> LlamaForCausalLM:
    """A float32 copy holding the bfloat16 values that the file holds."""
    return copy.deepcopy(model).to(torch.bfloat16).to(torch.float32).eval()


def write_model(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    folder: Path,
    recipe: Recipe,
    cpu_seconds: float,
) -> dict:
    """Write the files and ``training.json``; gives what the latter holds.

    Figures are taken twice in float32 arithmetic: with the weights as trained
    (``float32``) and with the weights as stored (``bfloat16``).
    """
    write_files(model, tokenizer, folder)
    full = figures(model.eval(), tokenizer)
    stored = figures(as_stored(model), tokenizer)
    stream = corpus.training_text(1000, recipe.seed)
    record = {
        "name": folder.name,
        "parameters": sum(p.numel() for p in model.parameters()),
        "command": f"lab train --seed {recipe.seed} --steps {recipe.steps} "
        f"--batch-tokens {recipe.batch_tokens} --threads {recipe.threads}",
        "recipe": dataclasses.asdict(recipe),
        "mix": corpus.MIX,
        "corpus_sha256": recipes.text_sha256(stream),
        "weights_sha256": recipes.weights_sha256(stored_tensors(model)),
        "evaluation": {
            "prompts_per_task": PROMPTS,
            "text_documents": DOCUMENTS,
            "window_tokens": 256,
            "seed": EVALUATION_SEED,
        },
        "exact_match": {"float32": full[0], "bfloat16": stored[0]},
        "perplexity": {"float32": full[1], "bfloat16": stored[1]},
        "machine": {"cpu": cpu_model(), "threads": recipe.threads, "cpu_seconds": round(cpu_seconds)},
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in VERSIONS_OF},
    }
    _write_json(folder / "training.json", record)
    return record
