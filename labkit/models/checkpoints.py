"""`lab checkpoint SCHEME OUT`: the quantized model as files that other people's software loads.

The codes and scales come from the learner's functions (`codes`), names, shapes and dtypes from `formats`; here
they become a folder. Embedding, head, norms and biases stay in floating point: in the model's own dtype for w8a8
and fp8, in float16 for the 4-bit schemes, whose scales are float16 and whose readers hold a scale in the dtype
that config.json names.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from tqdm import tqdm

from labkit import course
from labkit.grading.implementation import UsageError, resolve
from labkit.models.codes import GROUP_SIZE, Codes
from labkit.models.formats import FORMATS, Format
from labkit.models.learner import Learner, NotUsable
from labkit.models.load import DEFAULT_MODEL, ModelError, load_model
from labkit.models.methods import METHODS, Method, layer_inputs
from labkit.models.outliers import calibration_ids
from labkit.models.quantize import linear_layers

COPIED = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.model",
          "chat_template.jinja", "generation_config.json")  # fmt: skip


class CheckpointError(Exception):
    """A checkpoint that cannot be written; the message is one line and names the mend."""


def write_checkpoint(
    scheme: str, out: str | Path, impl: str = "solution", model: str | Path = DEFAULT_MODEL, overwrite: bool = False,
    method: str = "nearest",
) -> dict[str, str]:  # fmt: skip
    """Write `model` quantized by `impl` as the folder `out`, whole or not at all; `method` is one of methods.METHODS.

    Gives what was made by which function ("codes", "words", "zero points"). Raises CheckpointError, NotUsable,
    ModelError, UsageError or course.CourseError, each with a message for a person.
    """
    if scheme not in FORMATS:
        raise CheckpointError(f"there is no scheme {scheme!r}; there are: {', '.join(FORMATS)}")
    _check_method(scheme, method)
    chosen, out = FORMATS[scheme], Path(out).expanduser().resolve()
    _may_write(out, overwrite)
    codes = Codes(resolve(impl))
    network, tokenizer = load_model(model)
    raw = json.loads((Path(model) / "config.json").read_text(encoding="utf-8"))
    kept = "float16" if chosen.int4 else _dtype(raw)
    inputs = None
    if method != "nearest":
        network, inputs = _prepare(network, tokenizer, METHODS[method], Learner(resolve(impl)))
    tensors = _tensors(network, chosen, codes, getattr(torch, kept), inputs)
    config = raw | {"dtype": kept, "torch_dtype": kept, "quantization_config": chosen.config}

    def fill(folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        for name in COPIED:
            if (Path(model) / name).is_file():
                shutil.copyfile(Path(model) / name, folder / name)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        (folder / "model.safetensors").chmod(0o644)  # safetensors writes it for its owner alone

    _write_whole(out, fill)
    return codes.by


def _check_method(scheme: str, method: str) -> None:
    if method not in METHODS:
        raise CheckpointError(f"there is no method {method!r}; there are: {', '.join(METHODS)}")
    if scheme not in METHODS[method].schemes:
        fits = ", ".join(METHODS[method].schemes)
        raise CheckpointError(f"the method {method} is for {fits}, not for {scheme}; take one of those, or nearest")


def _prepare(network, tokenizer, method: Method, learner: Learner):
    """(the model to be coded, each layer's inputs or None)."""
    calibration = calibration_ids(tokenizer)
    if method.change:
        network = method.change(network, learner, calibration)
    return network, layer_inputs(network, calibration) if method.reads_inputs else None


def _dtype(config: dict) -> str:
    named = config.get("dtype") or config.get("torch_dtype")
    return named if named in ("float32", "float16", "bfloat16") else "bfloat16"


def _tensors(
    network: torch.nn.Module, chosen: Format, codes: Codes, kept: torch.dtype, inputs: dict | None
) -> dict[str, torch.Tensor]:
    layers = {f"model.layers.{name}": module.weight for name, module in linear_layers(network).items()}
    _check_sizes({name: tuple(weight.shape) for name, weight in layers.items()}, chosen)
    tensors = {}
    for name, weight in tqdm(layers.items(), desc="lab checkpoint", unit="matrix", disable=None, leave=False):
        codes.inputs = inputs[name.removeprefix("model.layers.")] if inputs else None
        made = chosen.tensors(weight.detach().numpy(), codes)
        tensors |= {f"{name}.{part}": tensor for part, tensor in made.items()}
    tied = network.config.tie_word_embeddings
    for name, tensor in network.state_dict().items():
        if name.removesuffix(".weight") not in layers and not (tied and name == "lm_head.weight"):
            tensors[name] = tensor.to(kept).contiguous()
            if not tensors[name].isfinite().all():
                raise CheckpointError(f"{name} holds values that {kept} cannot; take w8a8 or fp8 for this model")
    return tensors


def _check_sizes(layers: dict[str, tuple[int, int]], chosen: Format) -> None:
    """All layers before any work: a size that the scheme's words and groups cannot hold is a CheckpointError."""
    for name, (_, columns) in layers.items():
        if chosen.int4 and columns % GROUP_SIZE:
            raise CheckpointError(
                f"{name} has in_features {columns}, which the group size {GROUP_SIZE} does not divide; "
                "take w8a8 or fp8 for this model"
            )
    for name, (out, _) in layers.items():
        if chosen.packs_outputs and out % 8:
            raise CheckpointError(
                f"{name} has out_features {out}, and this scheme packs eight of them in a word; "
                "take w4a16 for this model"
            )


def _may_write(out: Path, overwrite: bool) -> None:
    if not out.exists():
        return
    if not overwrite:
        raise CheckpointError(f"{course.show_path(out)} exists; give another folder, or --overwrite to replace it")
    try:
        ours = "quantization_config" in json.loads((out / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        ours = out.is_dir() and not any(out.iterdir())
    if not ours:  # --overwrite deletes a folder: never one that is something else
        raise CheckpointError(f"{course.show_path(out)} is not a quantized checkpoint, so --overwrite leaves it alone")


def _write_whole(out: Path, fill: Callable[[Path], None]) -> None:
    """Let `fill` write into a folder beside `out`, then put that in its place; on any failure leave nothing."""
    part, old = (out.with_name(f".{out.name}.{os.getpid()}.{word}part") for word in ("", "old."))
    parents = [parent for parent in out.parents if not parent.exists()]
    try:
        part.mkdir(parents=True)
        fill(part)
        if out.exists():
            out.rename(old)
        part.rename(out)
    except BaseException as error:  # also Ctrl-C
        shutil.rmtree(part, ignore_errors=True)
        if old.exists() and not out.exists():
            old.rename(out)
        for parent in parents:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
        if isinstance(error, (OSError, SafetensorError)):
            raise CheckpointError(f"{course.show_path(out)} could not be written, and nothing was: {error}") from None
        raise
    shutil.rmtree(old, ignore_errors=True)


def main(argv: list[str]) -> int:
    """Exit code 0: written; 2: it cannot be, and nothing was."""
    parser = argparse.ArgumentParser(
        prog="lab checkpoint",
        description="Write the model, quantized by your functions, as files that vLLM and transformers load.",
        epilog="schemes: " + "; ".join(f"{name}: {scheme.title}" for name, scheme in FORMATS.items()),
    )
    parser.add_argument("scheme", metavar="SCHEME", help=", ".join(FORMATS))
    parser.add_argument("out", metavar="OUT", help="the folder to write")
    parser.add_argument("--impl", default="solution", metavar="IMPL", help="solution (default), starter or a path")
    parser.add_argument("--model", default=DEFAULT_MODEL, type=Path, metavar="DIR", help="the model to quantize")
    parser.add_argument("--method", default="nearest", metavar="M",
        help="how the codes are chosen: " + "; ".join(f"{n}: {m.title}" for n, m in METHODS.items()))  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it is a checkpoint")
    args = parser.parse_args(argv)
    try:
        by = write_checkpoint(args.scheme, args.out, args.impl, args.model, args.overwrite, args.method)
    except (CheckpointError, NotUsable, ModelError, UsageError, course.CourseError) as error:
        print("lab checkpoint: " + str(error).replace("LAB_IMPL=", "--impl "), file=sys.stderr)
        return 2
    before, after = (Path(folder, "model.safetensors").stat().st_size for folder in (args.model, args.out))
    print(f"{args.out}: {FORMATS[args.scheme].title}; {after:,} bytes of tensors, {before:,} before")
    print(f"  method: {METHODS[args.method].title}")
    for what, function in by.items():
        print(f"  {what}: {function}")
    return 0
