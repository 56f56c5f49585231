"""The model that a plan is about: one of lab 02's published models, or a config.json on this machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import yaml

from labkit import course

OWN = course.ROOT / "data" / "models" / "clerk-2m"
# What lab 02's count_parameters counts to the last digit; other layers have other matrices.
COUNTED = ("llama", "mistral", "qwen2")
_SIZES = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
_OPTIONAL = ("num_key_value_heads", "head_dim", "sliding_window")
# Fields by which a config says that lab 02's cost model is not about it.
_OTHERS = {
    "num_local_experts": "a mixture of experts",
    "num_experts": "a mixture of experts",
    "n_routed_experts": "a mixture of experts",
    "kv_lora_rank": "latent attention",
}


class ModelError(ValueError):
    """A model that no plan can be made for; the message is one line and says what would do."""


@dataclass(frozen=True)
class Model:
    """A name to show and the fields of the config.json."""

    name: str
    config: dict
    asked: str  # what --model would be given to get it again; never with a machine's own path

    @property
    def own(self) -> bool:
        """Whether it is the model whose quality was captured."""
        return self.config == _read(OWN / "config.json")

    @property
    def window(self) -> int | None:
        """Tokens beyond which the cache no longer grows in every layer; None where it always does."""
        if self.config.get("use_sliding_window") is False:
            return None
        return self.config.get("sliding_window")

    @property
    def widest_input(self) -> int:
        """Numbers a token in the largest input of a quantized layer."""
        heads, hidden = self.config["num_attention_heads"], self.config["hidden_size"]
        head_dim = self.config.get("head_dim") or hidden // heads
        return max(hidden, heads * head_dim, self.config["intermediate_size"])


def published() -> dict[str, dict]:
    """name -> fields, of lab 02's published-models.yaml."""
    file = course.find("02").folder / "published-models.yaml"
    models = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    return {name: model["config"] for name, model in models.items()}


def find(name: str | None) -> Model:
    """The model called `name`: a published one in any case, clerk-2m (also for None), or a path.

    A path is a config.json or a folder that holds one. ModelError says in one line what is wrong.
    """
    if name is None or name.lower() == OWN.name:
        return _checked(OWN.name, _read(OWN / "config.json"), OWN.name)
    known = published()
    for model, config in known.items():
        if name.lower() == model.lower():
            return _checked(model, config, model)
    path = Path(name)
    if not os.path.exists(path):  # false for whatever cannot be a path at all
        raise ModelError(
            f"no model is called {name!r}; there are: {', '.join([OWN.name, *known])}; "
            "or give the path of a config.json, or of a checkpoint's folder"
        )
    file = path / "config.json" if path.is_dir() else path
    shown = file.resolve().parent.name if file.name == "config.json" else file.stem
    inside = path.resolve().is_relative_to(course.ROOT)
    return _checked(shown, _read(file), course.show_path(path.resolve()) if inside else f".../{path.resolve().name}")


def _read(file: Path) -> dict:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{course.show_path(file)} is missing: a checkpoint's folder holds a config.json") from None
    except OSError as error:
        raise ModelError(f"{course.show_path(file)} cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise ModelError(
            f"{course.show_path(file)}, line {error.lineno}: not JSON ({error.msg}); a config.json is wanted"
        ) from None
    except (ValueError, RecursionError):  # bytes that are no text, a number of thousands of digits
        raise ModelError(f"{course.show_path(file)} is no config.json: it is not JSON text") from None
    if not isinstance(config, dict):
        raise ModelError(f"{course.show_path(file)} is no config.json: it holds no fields")
    return config


def _checked(name: str, config: dict, asked: str) -> Model:
    for field, what in _OTHERS.items():
        if config.get(field):
            raise ModelError(f"{name} has {what} ({field}): lab 02's cost model does not count that")
    kind = config.get("model_type")
    if kind is not None and kind not in COUNTED:
        raise ModelError(f"{name} has model_type {kind!r}: lab 02's cost model counts {', '.join(COUNTED)}")
    for field in (*_SIZES, *_OPTIONAL):
        value = config.get(field)
        if value is None and field in _OPTIONAL:
            continue
        if type(value) is not int or value < 1:
            says = "lacks" if value is None else f"has {value!r} as"
            raise ModelError(f"the config of {name} {says} {field}; a positive whole number is wanted")
    if not config.get("head_dim") and config["hidden_size"] < config["num_attention_heads"]:
        raise ModelError(f"the config of {name} has more heads than hidden_size, and no head_dim")
    return Model(name, config, asked)
