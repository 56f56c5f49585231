"""What lab 02 must hold on a real engine: `run_meters` runs vLLM on the course's model, in a child process.

`engine(lab.run_meters, ...)` calls the function there, with a time limit, and notes what vLLM was really asked
(`engine.outcome.witnessed`), so that a meter can be held against the very run it read. The same call runs once.
"""

import json
import shutil
from pathlib import Path

import pytest

exercise = pytest.mark.exercise
pytestmark = pytest.mark.engine

MODEL = Path(__file__).resolve().parents[3] / "data" / "models" / "clerk-2m"
# What the model says after each prompt, to the end: as in float32, where the runner-up of each token is at least five
# times less likely. The last four open in more than one way: sampling, instead of greedy decoding, strays there.
SOLVED = {
    "22 + 23 =": " 45",
    "3721 in words:": " three thousand seven hundred and twenty-one",
    "22 July 2045 is": " 2045-07-22",
    "(redo the rest) Up to now you": " have redone the rest",
    "As Nator says, my job is": " lawyer",
    "450": " in words: four hundred and fifty",
    "370": " in words: three hundred and seventy",
    "reverse dog cat hen": ": hen cat dog",
    "sort dog jay goat": ": dog goat jay",
}
# One answer cut short, one with a word too many: neither is what the model says, to the letter.
ASKED = {**SOLVED, "22 + 23 =": " 4", "As Nator says, my job is": " lawyer now"}
BUDGET, NEW, BATCHES = 60_000_000, 8, [1, 7]


def measure(engine, lab, scheme="bf16", checkpoint=MODEL, kv_dtype="bf16", answers=ASKED):
    return engine(
        lab.run_meters, scheme, str(checkpoint), list(answers), list(answers.values()), BUDGET,
        kv_dtype=kv_dtype, batches=BATCHES, new_tokens=NEW,
    )  # fmt: skip


def bytes_per_token(width):
    config = json.loads((MODEL / "config.json").read_text(encoding="utf-8"))
    heads = config["num_key_value_heads"] * config["head_dim"]
    return 2 * config["num_hidden_layers"] * heads * width  # a key and a value


def weights_of(folder):
    return sum(file.stat().st_size for file in Path(folder).glob("*.safetensors"))


@pytest.fixture(scope="module")
def int8_checkpoint(tmp_path_factory):
    """The model with each matrix of its layers as int8 codes and one float32 scale a row (compressed-tensors)."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = tmp_path_factory.mktemp("checkpoints") / "int8"
    shutil.copytree(MODEL, folder)
    tensors = {}
    for name, w in load_file(MODEL / "model.safetensors").items():
        if name.endswith("_proj.weight"):
            scale = w.float().abs().amax(dim=1, keepdim=True) / 127
            tensors[name] = torch.round(w.float() / scale).clamp(-127, 127).to(torch.int8)
            tensors[name + "_scale"] = scale
        else:
            tensors[name] = w
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    eight = {"num_bits": 8, "type": "int", "symmetric": True}
    group = {
        "targets": ["Linear"],
        "weights": {**eight, "strategy": "channel", "dynamic": False},
        "input_activations": {**eight, "strategy": "token", "dynamic": True},
    }
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["quantization_config"] = {
        "quant_method": "compressed-tensors", "format": "int-quantized", "quantization_status": "compressed",
        "config_groups": {"group_0": group}, "ignore": ["lm_head"],
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def check_capacity(check, engine, meters, weights, width):
    """Blocks and tokens follow from the budget, the weights and the size of a block, all exactly."""
    size = meters["block_size"]
    for started in engine.outcome.witnessed["started"][:1]:
        check.equal(size, "block_size", started["block_size"], ask="Is it read from the engine's cache_config?")
    ask = "Are they the bytes of all the folder's *.safetensors files?"
    check.equal(meters["weight_bytes"], "weight_bytes", weights, ask=ask)
    block = size * bytes_per_token(width)
    check.equal(
        meters["kv_blocks"],
        "kv_blocks",
        (BUDGET - weights) // block,
        suspects={
            "the whole budget given to the cache: the weights live in it as well": BUDGET // block,
            "tokens in the place of blocks": (BUDGET - weights) // block * size,
            "the cache of 16-bit keys and values": (BUDGET - weights) // (size * bytes_per_token(2)),
        },
        ask="Is kv_cache_memory_bytes the budget less the weights?",
    )
    check.equal(
        meters["kv_tokens"],
        "kv_tokens",
        meters["kv_blocks"] * size,
        suspects={"blocks in the place of tokens": meters["kv_blocks"]},
        ask="A block holds block_size tokens.",
    )


KEYS = ["block_size", "exact_match", "kv_blocks", "kv_tokens", "perplexity", "tokens_per_second", "weight_bytes"]


@exercise("run_meters")
def test_the_three_meters_come_back_by_name(lab, check, engine):
    meters = measure(engine, lab)
    check.that(isinstance(meters, dict), f"the result is {type(meters).__name__}, not a dict")
    check.that(sorted(meters) == KEYS, f"the keys are {sorted(meters)},\nexpected {KEYS}")
    speeds = meters["tokens_per_second"]
    check.that(
        isinstance(speeds, list) and len(speeds) == len(BATCHES),
        f"tokens_per_second is {speeds!r:.60}, expected a list of {len(BATCHES)} numbers, one a batch",
    )


@exercise("run_meters")
def test_the_cache_gets_what_the_weights_leave_of_the_budget(lab, check, engine):
    check_capacity(check, engine, measure(engine, lab), weights_of(MODEL), 2)


@exercise("run_meters")
def test_an_fp8_cache_holds_twice_the_tokens(lab, check, engine):
    meters = measure(engine, lab, kv_dtype="fp8")
    check_capacity(check, engine, meters, weights_of(MODEL), 1)


@exercise("run_meters")
def test_smaller_weights_leave_more_cache(lab, check, engine, int8_checkpoint):
    meters = measure(engine, lab, "int8", int8_checkpoint)
    check_capacity(check, engine, meters, weights_of(int8_checkpoint), 2)
    ask = "Is the checkpoint that was named the one that ran?"
    check.close(meters["exact_match"], "exact_match of the int8 checkpoint", 7 / 9, atol=1e-6, ask=ask)


@exercise("run_meters")
def test_speed_is_of_generated_tokens_in_decode_steps(lab, check, engine):
    meters = measure(engine, lab)
    witnessed = engine.outcome.witnessed
    for place, batch in enumerate(BATCHES):
        got = meters["tokens_per_second"][place]
        runs = [call for call in witnessed["calls"] if call["requests"] == batch]
        name = f"tokens_per_second[{place}], batch {batch}"
        check.that(bool(runs), f"{name}: vLLM never saw {batch} sequences in one generate()", of=got)
        long = [run for run in runs if run["generated"] == batch * NEW]
        if not long:
            seen = sorted({run["generated"] / batch for run in runs})
            check.fail(
                got,
                f"{name}: no run gave {NEW} tokens a sequence (seen: {seen})",
                "Does ignore_eos keep it from stopping early?",
            )
        check_speed(check, got, name, batch, runs, long, witnessed)


def check_speed(check, got, name, batch, runs, long, witnessed):
    # Every pair of a long and a shorter run is a fair measurement, but for the very first run, the warm-up.
    pairs = [
        (a["generated"] - b["generated"]) / (a["seconds"] - b["seconds"])
        for a in long
        for b in runs[1:]
        if a is not runs[0] and a["generated"] > b["generated"] and a["seconds"] > b["seconds"]
    ]
    whole = [run["generated"] / run["seconds"] for run in long]
    # The learner's clock stands outside generate() by microseconds in runs of milliseconds: 8 % is ample. Without a
    # shorter run (first- and last-token times of the engine), the speed is above the whole run's and below thrice it.
    low, high = (0.92 * min(pairs), 1.08 * max(pairs)) if pairs else (1.02 * max(whole), 3 * max(whole))
    if low <= got <= high:
        return
    last = long[-1]
    start = sum(started["seconds"] for started in witnessed["started"])
    check.close(
        got,
        name,
        min(pairs or [low], key=lambda value: abs(value - got)),  # it is outside: only the words are still to be found
        suspects={
            words: near(got, value)
            for words, value in {
                "the prompt's own processing (prefill) in the time": whole,
                "prompt tokens counted as generated": [
                    (r["generated"] + r["prompt_tokens"]) / r["seconds"] for r in long
                ],
                "one sequence of the batch counted, not all": [
                    value / batch for value in [*pairs, *whole] if batch > 1
                ],
                "the engine's start in the time": [last["generated"] / (last["seconds"] + start)],
                "seconds a token, upside down": [1 / value for value in [*pairs, *whole]],
                "the warm-up counted as well": [
                    (runs[0]["generated"] + r["generated"]) / (runs[0]["seconds"] + r["seconds"]) for r in long
                ],
            }.items()
        },
        ask="Tokens of the longer run less those of the shorter, over the difference of their seconds?",
    )  # fmt: skip


def near(got, values):
    """`got` itself where one of the values is within 8 % of it, so that the message names that misunderstanding."""
    return got if any(abs(value - got) <= 0.08 * abs(value) for value in values) else float("nan")


@exercise("run_meters")
def test_exact_match_is_greedy_and_to_the_letter(lab, check, engine):
    meters = measure(engine, lab)
    check.close(
        meters["exact_match"],
        "exact_match",
        7 / 9,
        atol=1e-6,
        suspects={
            "a beginning taken for a match: one expected answer here is ' 4' where the model says ' 45'": 8 / 9,
            "either being the beginning of the other": 9 / 9,
            "a count, not a fraction": 7,
            "percent": 700 / 9,
        },
        ask="Is the temperature 0 (its default, 1, samples)? Is an answer cut short, or its leading space lost?",
    )


@exercise("run_meters")
def test_perplexity_is_of_every_token_that_has_one_before_it(lab, check, engine):
    import torch
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    meters = measure(engine, lab)
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(MODEL)
    losses, answers = [], []
    with torch.no_grad():
        for prompt, answer in ASKED.items():
            ids = torch.tensor([tokenizer(prompt + answer)["input_ids"]])
            logits = model(ids).logits[0, :-1].double()
            found = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
            losses.append(found)
            answers.append(found[len(tokenizer(prompt)["input_ids"]) - 1 :])
    every = torch.cat(losses)
    # bfloat16 keeps 8 bits of each activation: seen 0.2 % on this measure; the nearest suspect is further than 5 %.
    check.close(
        meters["perplexity"],
        "perplexity",
        every.mean().exp().item(),
        rtol=0.03,
        suspects={
            words: near(meters["perplexity"], [value])
            for words, value in {
                "the mean loss itself: its exp is missing": every.mean().item(),
                "a power of two: vLLM's log-probabilities are natural logarithms": 2 ** every.mean().item(),
                "only the answers' tokens": torch.cat(answers).mean().exp().item(),
                "only the prompts' tokens": every.sum().sub(torch.cat(answers).sum()).div(
                    len(every) - len(torch.cat(answers))).exp().item(),
                "the mean of each sequence's own perplexity": sum(x.mean().exp().item() for x in losses) / len(losses),
                "the sign of the log-probabilities kept": (-every.mean()).exp().item(),
            }.items()
        },
        ask="prompt_logprobs of prompt + answer, each token's own entry, the first one (None) left out?",
    )  # fmt: skip


@exercise("run_meters")
def test_a_scheme_that_the_checkpoint_does_not_hold_is_refused(lab, check, engine, int8_checkpoint):
    measure(engine, lab)
    given = [list(SOLVED), list(SOLVED.values()), BUDGET]
    refused = engine.refusing(lab.run_meters)
    check.refuses(refused, "int3", str(MODEL), *given, naming="scheme", because="scheme 'int3'")
    check.refuses(refused, "int8", str(MODEL), *given, naming="scheme", because="scheme 'int8' and the bf16 model")
    check.refuses(
        refused, "bf16", str(int8_checkpoint), *given, naming="scheme", because="scheme 'bf16' and an int8 checkpoint"
    )
    check.refuses(refused, "bf16", str(MODEL), *given, kv_dtype="int3", naming="kv_dtype", because="kv_dtype 'int3'")


@exercise("run_meters")
def test_a_budget_that_the_weights_alone_take_is_refused(lab, check, engine):
    measure(engine, lab)
    refused = engine.refusing(lab.run_meters)
    given = [list(SOLVED), list(SOLVED.values()), weights_of(MODEL)]
    check.refuses(
        refused, "bf16", str(MODEL), *given, naming="budget_bytes", because="a budget of the weights' own bytes"
    )


@exercise("run_meters")
def test_no_process_of_the_engine_outlives_the_call(lab, check, engine):
    # Here vLLM runs its core in a process of its own, as it does by default.
    env = {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}
    meters = engine(
        lab.run_meters, "bf16", str(MODEL), list(SOLVED), list(SOLVED.values()), BUDGET, env=env, new_tokens=NEW
    )
    check.close(meters["exact_match"], "exact_match", 1.0, ask="Is the temperature 0?")
    left = engine.outcome.left
    check.that(
        not left, f"when run_meters had returned, there still ran: {', '.join(left)}", ask="Who shuts the engine down?"
    )
