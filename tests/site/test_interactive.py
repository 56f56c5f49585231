"""The arithmetic of the playground and of the calculator is that of the labs' solutions."""

import json
import random
import re

import numpy as np
import pytest

from labkit import course
from tests.site import truth

JS = course.ROOT / "labkit/site/assets/js"
BUDGETS = [0, 5_700_591_615, 5_700_591_616, 16_062_619_648, 24_000_000_000, 24 * 2**30, 80_000_000_000, 640 * 10**9]


@pytest.fixture(scope="module")
def js():
    """js("numerics.rint", 2.5): a function of our scripts in V8, the engine of Chromium, without a page.

    js.each maps a function over a list; js.eval is V8's own.
    """
    mini_racer = pytest.importorskip("py_mini_racer", reason="make docs installs mini-racer")
    engine = mini_racer.MiniRacer()
    for name in ("numerics.js", "calculator-model.js", "playground-words.js", "calculator-words.js"):
        engine.eval((JS / name).read_text(encoding="utf-8"))
    # JSON knows no infinity.
    engine.eval("function told(k, v) { return typeof v === 'number' && !isFinite(v) ? String(v) : v; }")
    engine.eval("Object.assign(globalThis, quantizationLabs);")

    def call(function: str, *arguments):
        given = ", ".join(json.dumps(each) for each in arguments)
        return json.loads(str(engine.eval(f"JSON.stringify({function}({given}), told)")))

    def each(function: str, values: list) -> list:
        return json.loads(str(engine.eval(f"JSON.stringify({json.dumps(values)}.map((x) => {function}(x)), told)")))

    call.eval, call.each = engine.eval, each
    return call


@pytest.mark.parametrize("value", [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 126.5, 0.49999999999999994, -127.2, 3.0])
def test_rounding_is_half_to_even(js, value):
    assert js("numerics.rint", value) == np.rint(value)


def test_float16_rounds_as_numpy_does(js):
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
    halves = np.unique(halves[np.isfinite(halves)])
    ties = (halves[1:] + halves[:-1]) / 2
    rng = np.random.default_rng(0)
    values = np.concatenate([halves[::7], ties[::5], np.nextafter(ties[::5], 0), np.exp(rng.uniform(-18, 12, 4000))])
    values = np.concatenate([values, [65504, 65519.99, 65520, -65520, 1e-9, 2**-25, 2**-24, 1.5 * 2**-24]])
    got = [float(x) for x in js.each("numerics.float16", values.tolist())]
    with np.errstate(over="ignore"):
        assert got == values.astype(np.float16).astype(np.float64).tolist()


def test_the_matrix_can_be_drawn_again(js):
    for seed in (1, 2, 500, 999):
        assert np.array_equal(np.float32(js("numerics.matrix", seed)), truth.matrix(seed))


def test_codes_scales_and_errors_are_those_of_labs_01_and_03(js):
    settings = truth.settings(400)
    js.eval("""
        function all(setting) {
          const { matrix, study } = quantizationLabs.numerics;
          return study(matrix(setting.seed), setting);
        }""")
    for setting, got in zip(settings, js.each("all", settings), strict=True):
        expected = truth.playground(setting)
        got |= {name: got["storage"][name] for name in ("bytes", "bitsPerWeight")}
        got["scales"] = [row[:1] if setting["granularity"] == "tensor" else row for row in got["scales"]]
        for exact in ("codes", "scales", "approx", "zeros", "counted", "bytes"):
            assert got[exact] == expected[exact], (exact, setting)
        for close in ("error", "rowErrors", "quiet", "quietRow", "bitsPerWeight"):
            # One float32 step: the sums run in another order.
            assert got[close] == pytest.approx(expected[close], rel=2**-23, abs=1e-12), (close, setting)


def test_bytes_are_the_labs_own_counts(js):
    w = truth.matrix(1)
    for granularity, quantize in (
        ("tensor", truth.LAB1.quantize_per_tensor),
        ("channel", truth.LAB1.quantize_per_channel),
    ):
        stored = js("numerics.storage", 6, 16, {"bits": 8, "granularity": granularity})
        assert stored["bytes"] == truth.LAB1.memory_bytes_quant(*quantize(w))
    for size in (4, 8):
        q, scale = truth.LAB3.quantize_groupwise(w, size)
        stored = js("numerics.storage", 6, 16, {"bits": 4, "granularity": size})
        assert stored["bytes"] == truth.LAB3.memory_bytes_int4(truth.LAB3.pack_int4(q), scale)
        assert stored["bitsPerWeight"] == truth.LAB3.bits_per_weight(size)


def test_a_scale_beyond_float16_and_a_zero_row_are_no_surprise(js):
    assert js("numerics.quantize", [[0, 0], [1, 2]], {"granularity": "channel"})["codes"] == [[0, 0], [64, 127]]
    assert js("numerics.quantize", [[0, 0]], {"granularity": 2, "bits": 4})["scales"] == [[2**-24]]
    with pytest.raises(Exception, match="beyond float16"):
        js("numerics.quantize", [[1e6, 0]], {"granularity": 2, "bits": 4})


def every_config() -> list[dict]:
    draw = random.Random(1)
    found = [model["config"] for model in truth.PUBLISHED["models"].values()]
    for _ in range(60):
        heads, dim = draw.choice([1, 4, 12, 40]), draw.choice([16, 64, 80, 128])
        config = {
            "hidden_size": heads * dim, "intermediate_size": draw.choice([384, 1000, 11008]),
            "num_hidden_layers": draw.randint(1, 90), "num_attention_heads": heads,
            "vocab_size": draw.randint(1, 3 * 10**5),
        }  # fmt: skip
        more = {
            "num_key_value_heads": draw.choice([None, 1, heads]), "head_dim": draw.choice([None, dim, 256]),
            "tie_word_embeddings": draw.choice([None, True, False]), "attention_bias": draw.random() < 0.3,
            "mlp_bias": draw.random() < 0.3, "model_type": draw.choice(["llama", "qwen2"]),
        }  # fmt: skip
        found.append(config | {name: value for name, value in more.items() if draw.random() < 0.7})
    return found


def test_the_calculator_agrees_with_lab_02_to_the_byte(js):
    card = truth.PUBLISHED["cards"]["H100 SXM"]
    cases = [(config, scheme) for config in every_config() for scheme in truth.SCHEMES]
    pairs = list(zip(truth.KV_DTYPES * 2, BUDGETS))
    js.eval(f"""
        function all([config, scheme]) {{
          const {{ costs }} = quantizationLabs;
          const pairs = {json.dumps(pairs)};
          try {{
            return [
              costs.countParameters(config), costs.weightBytes(config, scheme),
              pairs.map(([kv]) => costs.kvBytesPerToken(config, kv)),
              pairs.map(([kv, budget]) => costs.kvCapacityTokens(budget, config, scheme, kv)),
              costs.decodeStep(config, scheme, 17, 1024, {json.dumps(card)}).seconds,
            ];
          }} catch (error) {{ return error.message; }}
        }}""")
    for (config, scheme), got in zip(cases, js.each("all", cases), strict=True):
        try:
            each = [truth.costs(config, scheme, *pair) for pair in pairs]
        except ValueError as error:
            width = re.search(r"(\d+) inputs", str(error))[1]
            assert got == f'width {{"width":{width}}}'
            continue
        assert got[:2] == [each[0]["parameters"], each[0]["weights"]]
        assert got[2:4] == [[one["token"] for one in each], [one["tokens"] for one in each]]
        # The same sums in the same order, but a product of three may be rounded once more.
        assert got[4] == pytest.approx(truth.LAB2.decode_step_seconds(config, scheme, 17, 1024, card), rel=1e-15)


def test_a_sequence_takes_whole_blocks(js):
    config = truth.PUBLISHED["models"]["Llama-3.1-8B"]["config"]
    ask = {"scheme": "bf16", "kvDtype": "bf16", "budget": 24 * 10**9}
    fit = js("costs.fit", config, ask | {"context": 17, "sequences": 3})
    assert fit["most"] == 60_560 // 16 // 2
    assert fit["cache"] == 3 * 32 * 131_072
    assert fit["left"] == 24 * 10**9 - fit["weights"] - fit["cache"]
    assert sum(fit["parts"].values()) == fit["weights"]


SMALL = {"hidden_size": 4, "intermediate_size": 6, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 9}


@pytest.mark.parametrize(
    "text, key",
    [
        ("{", "json"),
        ("[1]", "object"),
        ("null", "object"),
        ('{"hidden_size": 64}', "missing"),
        (json.dumps(SMALL | {"hidden_size": 4.5}), "whole"),
        (json.dumps(SMALL | {"num_hidden_layers": 0}), "whole"),
        (json.dumps(SMALL | {"vocab_size": "9"}), "whole"),
        (json.dumps(SMALL | {"num_attention_heads": 8}), "heads"),
        (json.dumps(dict.fromkeys(SMALL, 10**7)), "large"),
        ('{"num_local_experts": 8}', "experts"),
        ('{"kv_lora_rank": 512}', "latent"),
    ],
)  # fmt: skip
def test_a_config_that_cannot_be_counted_says_why(js, text, key):
    with pytest.raises(Exception, match=key):
        js("costs.fromJson", text)
    for language in course.LANGUAGES:
        assert js.eval(f"typeof quantizationLabs.calculatorWords.{language}.errors.{key}") == "function"


def test_a_nested_config_is_found(js):
    inner = truth.PUBLISHED["models"]["Llama-3.2-1B"]["config"]
    del (outer := dict(inner))["tie_word_embeddings"]
    got = js("costs.fromJson", json.dumps({"model_type": "mllama", "tie_word_embeddings": True, "text_config": outer}))
    assert truth.LAB2.count_parameters(got) == truth.LAB2.count_parameters(inner)


def test_both_languages_have_the_same_words(js):
    keys = "Object.fromEntries(Object.keys(x).map((k) => [k, shape(x[k])]))"
    js.eval(f"function shape(x) {{ return typeof x === 'object' ? {keys} : typeof x }}")
    for words in ("playgroundWords", "calculatorWords"):
        shapes = [js.eval(f"JSON.stringify(shape(quantizationLabs.{words}.{lang}))") for lang in course.LANGUAGES]
        assert shapes[0] == shapes[1]
