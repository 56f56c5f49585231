"""``lab train``: train the course's model from nothing, or go on where a run stopped."""

import argparse
import dataclasses
import os
import re
import signal
import sys
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tqdm import tqdm

from labkit.models import recipe as recipes
from labkit.models.export import write_model
from labkit.models.recipe import Recipe

STATE = "state.pt"


class TrainError(Exception):
    """A run that cannot start; the message names the argument, its value and the mend."""


class Trainer:
    """A run: recipe, tokenizer, model, optimizers, and the number of steps done.

    Attributes
    ----------
    step : steps done so far; the next batch is a function of the seed and this number.
    cpu_seconds : processor time of this process and of those it resumes.
    """

    def __init__(self, recipe: Recipe, state: dict | None = None):
        torch.set_num_threads(recipe.threads)
        torch.use_deterministic_algorithms(True)
        self.recipe = recipe
        self.step, self.cpu_seconds, self.loss = 0, 0.0, float("nan")
        self.model = recipes.build_model(recipe)
        self.optimizers = recipes.build_optimizers(recipe, self.model)
        if state is None:
            self.tokenizer = recipes.train_tokenizer(recipe)
            return
        self.tokenizer = recipes.wrap_tokenizer(Tokenizer.from_str(state["tokenizer"]))
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        torch.set_rng_state(state["rng"])
        self.step, self.cpu_seconds, self.loss = state["step"], state["cpu_seconds"], state["loss"]

    def advance(self) -> float:
        """Do one step and give its loss in nats a token."""
        started = time.process_time()
        ids = recipes.batch(self.recipe, self.tokenizer, self.step)
        recipes.set_learning_rates(self.recipe, self.optimizers, self.step)
        self.loss = recipes.train_step(self.model, self.optimizers, ids)
        self.step += 1
        self.cpu_seconds += time.process_time() - started
        return self.loss

    def save(self, path: Path) -> None:
        """Write the whole state; the old file stays whole until the new one is complete."""
        state = {
            "recipe": dataclasses.asdict(self.recipe),
            "tokenizer": self.tokenizer.backend_tokenizer.to_str(),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": torch.get_rng_state(),
            "step": self.step,
            "cpu_seconds": self.cpu_seconds,
            "loss": self.loss,
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, path)


def open_run(recipe: Recipe, out: Path, resume: bool) -> Trainer:
    """A new run in ``out``, or the one saved there; ``TrainError`` where they would clash."""
    path = out / STATE
    if not resume:
        for name in (STATE, "model.safetensors"):
            if (out / name).exists():
                mend = "add --resume or give another folder" if name == STATE else "give another folder"
                raise TrainError(f"--out {out}: the folder already holds {name}; {mend}")
        return Trainer(recipe)
    if not path.exists():
        raise TrainError(f"--resume: {out} holds no {STATE}; leave --resume out to start a run")
    try:
        state = torch.load(path, weights_only=True)
        saved = state["recipe"]
    except Exception as error:  # noqa: BLE001 - pickle and zip raise many kinds
        reason = str(error).splitlines()[0]
        raise TrainError(f"--resume: {path} cannot be read ({reason}); delete it and start again") from None
    for name, value in dataclasses.asdict(recipe).items():
        if saved.get(name) != value:
            option = "--" + name.replace("_", "-")
            raise TrainError(f"{option} {value}: the saved run has {saved.get(name)}; give that, or another --out")
    return Trainer(recipe, state)


def run(trainer: Trainer, out: Path, save_every: int, quiet: bool = False) -> bool:
    """Train to the last step, saving the state on the way; False if Ctrl-C ended it early."""
    out.mkdir(parents=True, exist_ok=True)
    stop = []
    # subtle: an exception in mid-step would leave one optimizer a step ahead of the
    # other, so Ctrl-C only asks, and the loop stops between two steps.
    before = signal.signal(signal.SIGINT, lambda *_: stop.append(True))
    try:
        bar = tqdm(total=trainer.recipe.steps, initial=trainer.step, unit="step", desc="lab train", disable=quiet)
        with bar:
            while trainer.step < trainer.recipe.steps and not stop:
                bar.set_postfix(loss=f"{trainer.advance():.3f}", refresh=False)
                bar.update()
                if trainer.step % save_every == 0:
                    trainer.save(out / STATE)
        trainer.save(out / STATE)
    finally:
        signal.signal(signal.SIGINT, before)
    return trainer.step == trainer.recipe.steps


def _whole(lowest: int, highest: int):
    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]+", text) or not lowest <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} is not right; give a whole number from {lowest} to {highest}")
        return int(text)

    return parse


class _Parser(argparse.ArgumentParser):
    """argparse, with one line for a mistake instead of the usage and a line."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message.removeprefix('argument ')} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    defaults = Recipe()
    parser = _Parser(prog="lab train", description=__doc__)
    parser.add_argument(
        "--seed", type=_whole(0, 2**31 - 1), default=defaults.seed,
        help="of weights and corpus (default %(default)s)",
    )  # fmt: skip
    parser.add_argument("--steps", type=_whole(1, 10**6), default=defaults.steps, help="(default %(default)s)")
    parser.add_argument(
        "--batch-tokens", type=_whole(256, 2**20), default=defaults.batch_tokens,
        help="tokens a step, a multiple of 256 (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--threads", type=_whole(1, os.cpu_count() or 1), default=defaults.threads,
        help="another number gives other weights (default %(default)s)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("build/clerk-2m"), help="folder (default %(default)s)")
    parser.add_argument("--save-every", type=_whole(1, 10**6), default=100, help="steps (default %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with the run saved in --out")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Exit code 0: trained and written; 130: stopped by Ctrl-C, saved; 2: a wrong argument."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        args = parser().parse_args(argv)
        recipe = Recipe(seed=args.seed, steps=args.steps, batch_tokens=args.batch_tokens, threads=args.threads)
        if args.batch_tokens % recipe.sequence:
            raise TrainError(
                f"--batch-tokens {args.batch_tokens} is not a multiple of {recipe.sequence}; "
                f"give {args.batch_tokens // recipe.sequence * recipe.sequence}"
            )
        if args.out.exists() and not args.out.is_dir():
            raise TrainError(f"--out {args.out} is a file; give a folder")
        trainer = open_run(recipe, args.out, args.resume)
        if not run(trainer, args.out, args.save_every):
            print(f"lab train: stopped after step {trainer.step}; the same command with --resume goes on")
            return 130
        report = write_model(trainer.model, trainer.tokenizer, args.out, recipe, trainer.cpu_seconds)
    except SystemExit as stop:
        return int(stop.code or 0)
    except (TrainError, OSError) as error:
        print(f"lab train: {error}", file=sys.stderr)
        return 2
    (args.out / STATE).unlink()
    for task, share in report["exact_match"]["bfloat16"].items():
        print(f"{task:10} {share:7.1%} of held-out prompts answered exactly (bfloat16, as stored)")
    print(f"perplexity {report['perplexity']['bfloat16']:.4f} on held-out text")
    print(f"weights sha256 {report['weights_sha256']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
