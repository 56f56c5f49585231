"""What the playground's and the calculator's pages say without scripts is computed, by the labs' solutions."""

import json
import re

import numpy as np
import pytest

from labkit import course
from labkit.site import model_configs
from tests.site import truth

JS = course.ROOT / "labkit/site/assets/js"
PAGES = {
    "playground": ("docs/en/playground.md", "docs/es/rejilla.md"),
    "calculator": ("docs/en/calculator.md", "docs/es/calculadora.md"),
}


def text_of(name: str) -> str:
    return (course.ROOT / name).read_text(encoding="utf-8")


def table_of(name: str) -> list[list[str]]:
    """The rows of the table that is shown without scripts."""
    inside = re.search(r"<noscript.*?</noscript>", text_of(name), re.S)[0]
    rows = [line.strip("| ").split(" | ") for line in inside.splitlines() if line.startswith("|")]
    return rows[2:]


def answers_of(name: str) -> list[str]:
    return [" ".join(a.split()) for a in re.findall(r"</summary>(.*?)</details>", text_of(name), re.S)]


def test_the_published_models_reach_the_page_whole():
    block = model_configs.block()
    inside = re.fullmatch(r'<script type="application/json" id="published-models">(.*)</script>', block)[1]
    assert "<" not in inside and json.loads(inside) == truth.PUBLISHED
    for page in PAGES["calculator"]:
        assert text_of(page).count(model_configs.MARKER) == 1


SCALES = {"per tensor": "tensor", "por tensor": "tensor", "per channel": "channel", "por canal": "channel",
          "groups of 8": 8, "grupos de 8": 8, "groups of 4": 4, "grupos de 4": 4}  # fmt: skip


def said(**setting) -> dict:
    return truth.playground(
        {"seed": 1, "row": 2, "times": 1, "whole": False, "bits": 8, "rounding": "nearest"} | setting
    )


@pytest.mark.parametrize("page", PAGES["playground"])
def test_the_playgrounds_numbers_without_scripts(page):
    rows = table_of(page)
    assert len(rows) == 8
    for scales, bits, times, whole, quiet, beside, size in rows:
        one = said(granularity=SCALES[scales], bits=int(bits), times=int(times))
        expected = [truth.percent(x) for x in (one["error"], one["quietRow"], one["quiet"][2])]
        assert [whole, quiet, beside, float(size)] == [*expected, round(one["bitsPerWeight"], 3)], (scales, bits, times)


@pytest.mark.parametrize("page", PAGES["playground"])
def test_the_playgrounds_answers_are_computed(page):
    answers, shown = answers_of(page), truth.percent
    tensor = {times: said(granularity="tensor", times=times) for times in (1, 10, 100, 1000)}
    channel = {times: said(granularity="channel", times=times) for times in (1, 300)}
    expected = [
        [shown(one[key]) for one in (tensor[1], tensor[100], tensor[1000]) for key in ("error", "quietRow")],
        [shown(channel[300][key]) for key in ("quietRow", "error")] + [shown(channel[300]["quiet"][2])],
        [shown(said(granularity="channel", times=1000, whole=True)["rowErrors"][2])],
        [shown(tensor[10]["quietRow"]), shown(said(granularity="tensor", bits=4, times=10)["quietRow"]), "254", "14"],
        [shown(said(granularity=g, bits=4, times=100)["quiet"][2]) for g in ("channel", 8, 4)]
        + [f"{truth.LAB3.bits_per_weight(size):g}" for size in (4, 128)],
        [shown(channel[1]["error"]), shown(said(granularity="channel", rounding="zero")["error"]), shrinks()],
    ]
    assert len(answers) == len(expected)
    for answer, numbers in zip(answers, expected):
        assert [number for number in numbers if number not in answer] == []
    assert shown(channel[300]["rowErrors"][2]) in answers[1] and channel[1]["rowErrors"][2] == pytest.approx(
        0.0049, abs=5e-5
    )


def shrinks() -> str:
    w = truth.matrix(1)
    approx = np.float64(said(granularity="channel", rounding="zero")["approx"])
    return truth.percent(1 - np.abs(approx).sum() / np.abs(w).sum(dtype=np.float64))


@pytest.mark.parametrize("page", PAGES["calculator"])
def test_the_calculators_numbers_without_scripts(page):
    rows = table_of(page)
    assert len(rows) == 9
    for model, scheme, size, tokens, sequences in rows:
        one = truth.costs(truth.PUBLISHED["models"][model]["config"], scheme, "bf16", 24 * 10**9)
        assert [size, tokens] == [f"{one['weights']:,}", f"{one['tokens']:,}"]
        assert int(sequences) == one["tokens"] // 8192


@pytest.mark.parametrize("page", PAGES["calculator"])
def test_the_calculators_answers_are_computed(page):
    def of(model, scheme, budget=24 * 10**9, kv="bf16"):
        one = truth.costs(truth.PUBLISHED["models"][model]["config"], scheme, kv, budget)
        return one | {"sequences": one["tokens"] // 8192, "gb": one["weights"] / 1e9}

    big, small, huge = "Llama-3.1-8B", "Qwen2.5-0.5B", "Llama-3.1-70B"
    table = 2 * truth.LAB2.count_parameters(truth.PUBLISHED["models"][small]["config"])["embedding"]
    gib, gb = of(big, "bf16", 24 * 2**30), of(big, "bf16")
    expected = [
        [f"{of(big, s)['gb']:.4g} GB" for s in ("bf16", "int4-g128")]
        + [str(of(big, *each)["sequences"]) for each in
           (("bf16",), ("int4-g128",), ("bf16", 24 * 10**9, "fp8"), ("int4-g128", 24 * 10**9, "fp8"))],
        [str(of(small, s)["sequences"]) for s in ("bf16", "int4-g128")]
        + [truth.percent(of(small, "bf16")["gb"] / 24), truth.percent(table / of(small, "int4-g128")["weights"])],
        ["141.1 GB", f"{80 - of(huge, 'int8')['gb']:.4g} GB"]
        + [str(of(huge, s, 80 * 10**9)["sequences"]) for s in ("int8", "int4-g128")],
        [f"{one['tokens']:,}" for one in (gb, gib)] + [str(one["sequences"]) for one in (gb, gib)]
        + [truth.percent(gib["tokens"] / gb["tokens"] - 1), f"{100 * (2**30 / 1e9 - 1):.1f} %"],
        ["7 · 128 + 104"],
    ]  # fmt: skip
    answers = answers_of(page)
    assert len(answers) == len(expected)
    for answer, numbers in zip(answers, expected):
        assert [number for number in numbers if number not in answer] == []
    widths = {m for each in truth.PUBLISHED["models"].values() for _, m, _ in truth.LAB2._matrices(each["config"])}
    assert not [width for width in widths if width % 128] and len(truth.PUBLISHED["models"]) == 7


@pytest.mark.parametrize("page", [page for pair in PAGES.values() for page in pair])
def test_every_script_a_page_asks_for_is_there_and_short(page):
    names = re.findall(r"<!-- script: (\S+) -->", text_of(page))
    assert len(names) > 4
    for name in names:
        source = (JS / name).read_text(encoding="utf-8")
        assert source.count("\n") <= 250 and '"use strict";' in source
        assert not re.search(r"\b(fetch|XMLHttpRequest|import|innerHTML|eval)\b *\(", source)
