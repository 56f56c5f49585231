"""The cells of both plans: bytes from lab 02's cost model, speed and quality from what was captured.

A cell that cannot be computed, or was not measured, says so in words; none is left out and none is guessed.
"""

from __future__ import annotations

from labkit import provenance
from labkit.engine import setups, summary
from labkit.models.learner import Learner, NotUsable
from labkit.reading.models import Model
from labkit.reading.words import WORDS

CAPTURED = "lab-02-engine"
# Which captured row stands for each variant of lab 11, and the kernel that vLLM's source gives it on a CPU.
ROWS = {
    "bf16": None,
    "int8": "CPUInt8ScaledMMLinearKernel",
    "w4a16": "CPUWNA16LinearKernel",
    "fp8-kv": None,
}


class CostModel:
    """Lab 02's functions about one model at a number of tokens: the number, or the words that say why there is none."""

    def __init__(self, learner: Learner, model: Model, tokens: int, language: str):
        self.model, self.tokens, self.say = model, tokens, WORDS[language]
        self._learner = learner

    def weights(self, scheme: str) -> int | str:
        return self._call("weight_bytes", scheme)

    def token(self, kv_dtype: str = "bf16") -> int | str:
        """Bytes of cache a token."""
        if self.model.window and self.model.window < self.tokens:
            why = self.say["window"].format(model=self.model.name, window=number(self.model.window))
            return self.say["not computable"].format(why=why)
        return self._call("kv_bytes_per_token", kv_dtype)

    def _call(self, function: str, option: str) -> int | str:
        try:
            value = self._learner.call("02", function, dict(self.model.config), option, gives=((),))
        except NotUsable as problem:
            if problem.kind == "not written":
                return self.say["not written"].format(function=function, lab="02")
            return self.say["not computable"].format(why=problem)
        if not value > 0:
            return self.say["not computable"].format(why=f"{function} (lab 02) gave {value}")
        return round(float(value)) if value.dtype.kind == "f" else int(value)


def first_words(*values: int | str) -> str | None:
    """The first of the values that is words and no number: the reason for the whole cell."""
    return next((value for value in values if isinstance(value, str)), None)


def number(value: int) -> str:
    return f"{value:,}"


def of_lab_10(cost: CostModel) -> list[str]:
    """Six cells, as the plan of lab 10 has them."""
    say, model, tokens = cost.say, cost.model, cost.tokens
    wide = model.widest_input
    return [
        say["load"].format(model=model.name, tokens=number(tokens)),
        _weights(cost),
        say["activations"].format(
            width=number(wide), base=number(2 * wide * tokens), int8=number((wide + 4) * tokens)
        ),
        _cache(cost),
        say["kernel"],
        say["evaluation"],
    ]  # fmt: skip


def _weights(cost: CostModel) -> str:
    base = cost.weights("bf16")
    if isinstance(base, str):
        return base

    def saving(scheme: str) -> str:
        value = cost.weights(scheme)
        if isinstance(value, str):
            return f"({value})"
        return cost.say["saving"].format(saved=number(base - value), share=f"{(base - value) / base:.1%}")

    return cost.say["weights"].format(base=number(base), int8=saving("int8"), int4=saving("int4-g128"))


def _cache(cost: CostModel) -> str:
    base, small = cost.token(), cost.token("fp8")
    words = first_words(base, small)
    return words or cost.say["cache"].format(
        token=number(base), base=number(base * cost.tokens), saved=number((base - small) * cost.tokens)
    )


def benefits(cost: CostModel) -> list[str]:
    """What each variant of lab 11 should buy, four cells."""
    say = cost.say
    base, token, small = cost.weights("bf16"), cost.token(), cost.token("fp8")

    def fewer(scheme: str) -> str:
        value = cost.weights(scheme)
        return first_words(base, value) or say["bytes"].format(weights=number(value), ratio=f"{value / base:.3f}")

    return [
        first_words(base, token) or say["baseline"].format(weights=number(base), token=number(token)),
        fewer("int8"),
        fewer("int4-g128"),
        first_words(token, small) or say["cached"].format(token=number(small), ratio=f"{small / token:.3f}"),
    ]


def captured() -> dict | None:
    """The stored run of `lab meters`; None where there is none."""
    try:
        return provenance.read(CAPTURED)
    except FileNotFoundError:
        return None


def fixed(cost: CostModel, data: dict | None) -> list[str]:
    """The seven fixed variables as the captured run had them."""
    say = cost.say
    if data is None:
        return [say["no measurement"].format(name=CAPTURED)] * 7
    source = data["source"]
    new = ", ".join(str(n) for n in sorted({s.new_tokens for s in setups.SETUPS if s.name in ROWS}))
    return [
        say["models"].format(
            model=cost.model.name,
            hidden=number(data["model"]["hidden_size"]),
            layers=data["model"]["num_hidden_layers"],
        ),
        say["tokenizer"],
        say["eval set"].format(prompts=data["prompts"]),
        say["lengths"].format(new=new),
        say["sampling"],
        say["engine"].format(**source["versions"]),
        say["hardware"].format(cpu=source["machine"]["cpu"], threads=source["threads"]),
    ]


def metrics(cost: CostModel, data: dict | None) -> list[str]:
    """Seven rows of four cells, row after row: quality, memory, TTFT, TPOT, tokens/s, P95/P99, kernel path."""
    say = cost.say
    none = [say["not measured"]] * len(ROWS)
    if data is None:
        absent = [say["no measurement"].format(name=CAPTURED)] * len(ROWS)
        return [*absent, *_memory(cost, data), *none, *absent, *absent, *none, *absent]

    def each(cell) -> list[str]:
        cells = []
        for name in ROWS:
            row = data["rows"].get(name, {"problem": say["not measured"]})
            cells.append(say["failed"].format(why=row["problem"]) if "problem" in row else cell(name, row))
        return cells

    return [
        *each(lambda _, row: _quality(cost, row["sanity"])),
        *_memory(cost, data),
        *none,
        *each(lambda name, _: _tpot(say, data, name)),
        *each(lambda name, row: _throughput(say, data, name, row["batches"])),
        *none,
        *[say["path"].format(kernel=kernel) if kernel else say["no path"] for kernel in ROWS.values()],
    ]


def _quality(cost: CostModel, run: dict) -> str:
    say = cost.say
    cell = say["quality"].format(exact=f"{run['exact_match']:.1%}", perplexity=f"{run['perplexity']:.4f}")
    return cell if cost.model.own else say["elsewhere"].format(model=cost.model.name, cell=cell)


def _memory(cost: CostModel, data: dict | None) -> list[str]:
    """Computed for the chosen model; then what the captured run had room for."""
    cells = []
    for name, scheme, kv_dtype in (
        ("bf16", "bf16", "bf16"), ("int8", "int8", "bf16"), ("w4a16", "int4-g128", "bf16"), ("fp8-kv", "bf16", "fp8"),
    ):  # fmt: skip
        weights, token = cost.weights(scheme), cost.token(kv_dtype)
        cell = first_words(weights, token) or cost.say["memory"].format(
            tokens=number(cost.tokens), bytes=number(weights + token * cost.tokens)
        )
        row = data["rows"].get(name, {}) if data else {}
        if row.get("throughput") and "problem" not in row:
            run = row["throughput"][0]
            cell += "; " + cost.say["capacity"].format(
                budget=number(data["budget"]), weights=number(run["weight_bytes"]), tokens=number(run["kv_tokens"])
            )
        cells.append(cell)
    return cells


def _tpot(say: dict, data: dict, name: str) -> str:
    speeds = summary.speeds(data, name, 1)
    if not speeds:
        return say["not measured"]
    return say["random"].format(cell=say["tpot"].format(ms=f"{1000 / summary.spread(speeds)[0]:.1f}"))


def _throughput(say: dict, data: dict, name: str, batches: list[int]) -> str:
    return say["random"].format(cell="; ".join(_speed(say, data, name, batch) for batch in batches))


def _speed(say: dict, data: dict, name: str, batch: int) -> str:
    middle = f"{summary.spread(summary.speeds(data, name, batch))[0]:,.0f}"
    ratios = summary.ratios(data, name, batch) if name != "bf16" and "bf16" in data["rows"] else []
    if not ratios:
        return say["speed"].format(batch=batch, middle=middle)
    ratio, least, most = (f"{value:.2f}" for value in summary.spread(ratios))
    return say["ratio"].format(batch=batch, middle=middle, ratio=ratio, least=least, most=most)
