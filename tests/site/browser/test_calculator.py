"""The calculator in a real browser: every published model, to the byte; keys, addresses, pasted configs, errors."""

import contextlib
import io
import json
import re

import pytest

from tests.site import truth

LANGUAGES = ("en", "es")
BUDGETS = [(24, "GB"), (24, "GiB"), (80, "GB"), (79.6, "GiB"), (640, "GB")]
UNITS = {"GB": 10**9, "GiB": 2**30}
MODELS = truth.PUBLISHED["models"]


def settle(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def go(page, **state):
    hash_ = "&".join(f"{name}={value}" for name, value in state.items())
    page.evaluate("(state) => { location.hash = state; }", hash_)
    settle(page)


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def shown(page) -> dict:
    """The page's whole numbers, read from its text."""
    settle(page)
    meters = page.locator(".ql-meter")
    rows = [row.locator("td").all_text_contents() for row in page.locator(".ql-scroll").first.locator("tbody tr").all()]
    return {
        "weights": number(meters.nth(0).locator("small").inner_text()),
        "token": number(meters.nth(1).locator(".ql-value").inner_text()),
        "tokens": number(meters.nth(2).locator(".ql-value").inner_text()),
        "most": number(meters.nth(3).locator(".ql-value").inner_text()),
        "parts": {row[0].split(" ", 1)[1]: number(row[1]) for row in rows},
        "says": page.locator(".ql-finding").inner_text().replace("\xa0", " "),
    }  # fmt: skip


def expected(model: str, scheme: str, kv: str, budget: float, unit: str) -> dict:
    return truth.costs(MODELS[model]["config"], scheme, kv, round(budget * UNITS[unit]))


def test_every_published_model_in_every_format_is_lab_02s_to_the_byte(open_page):
    page = open_page("calculator")
    cases = [(m, s, k, b, u) for m in MODELS for s in truth.SCHEMES for k in truth.KV_DTYPES for b, u in BUDGETS]
    found = page.evaluate(
        """(cases) => {
          const { costs } = quantizationLabs;
          const { models } = JSON.parse(document.getElementById("published-models").textContent);
          return cases.map(([model, scheme, kvDtype, size, unit]) => {
            const budget = Math.round(size * quantizationLabs.calculatorForm.UNITS[unit]);
            const { config } = models[model];
            const fit = costs.fit(config, { scheme, kvDtype, budget, context: 8192, sequences: 1 });
            const { weights, token, tokens } = fit;
            return { parameters: costs.countParameters(config), weights, token, tokens };
          });
        }""",
        cases,
    )
    assert len(cases) == 7 * 4 * 4 * 5
    for case, got in zip(cases, found, strict=True):
        assert got == expected(*case), case


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_those_numbers(open_page, language):
    page = open_page("calculator", language)
    for place, model in enumerate(MODELS):
        scheme, kv = truth.SCHEMES[place % 4], truth.KV_DTYPES[place // 2]
        budget, unit = BUDGETS[place % 5]
        go(page, model=model, weights=scheme, kv=kv, budget=budget, unit=unit, context=1000, sequences=3)
        got, one = shown(page), expected(model, scheme, kv, budget, unit)
        assert {name: got[name] for name in one if name in got} == {name: one[name] for name in one if name in got}
        assert got["most"] == one["tokens"] // 16 // 63  # 1000 tokens take 63 blocks
        *weights, cache, rest = got["parts"].values()
        assert sum(weights) == one["weights"] and cache == 3 * 63 * 16 * one["token"]
        left = round(budget * UNITS[unit]) - one["weights"] - cache
        assert rest == abs(left)
        assert ("Missing" in got["parts"] or "Falta" in got["parts"]) == (left < 0)


def test_the_fields_are_set_with_keys_alone(open_page):
    page = open_page("calculator")
    page.get_by_role("combobox", name="Model").focus()
    page.keyboard.type("Llama-2")
    page.locator("input[name=scheme][value=bf16]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.locator("input[name=kv][value=bf16]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    for label, value in (("Context", "4096"), ("Sequences at once", "5"), ("Memory budget", "16")):
        page.get_by_role("spinbutton", name=label).focus()
        page.keyboard.press("Control+A")
        page.keyboard.type(value)
    got, one = shown(page), expected("Llama-2-7B", "int4-g128", "fp8", 16, "GB")
    assert (got["weights"], got["token"], got["tokens"]) == (one["weights"], one["token"], one["tokens"])
    assert got["most"] == one["tokens"] // 4096 and "Yours (5) fit" in got["says"]
    page.wait_for_url(re.compile("model=Llama-2-7B.*sequences=5"))
    other = open_page("calculator", "es")
    other.goto(page.url.replace("/en/", "/es/"))
    assert {**shown(other), "says": "", "parts": ""} == {**got, "says": "", "parts": ""}


def test_own_numbers_and_a_pasted_config_are_counted(open_page):
    page = open_page("calculator")
    page.get_by_text("Paste a config.json").click()
    box = page.get_by_role("textbox", name="The file's text")
    use = page.get_by_role("button", name="Use it")
    config = MODELS["Qwen2.5-0.5B"]["config"]
    box.fill(json.dumps(config))
    use.click()
    page.get_by_text("a model of 494,032,768 parameters").wait_for()
    assert shown(page)["weights"] == expected("Qwen2.5-0.5B", "bf16", "bf16", 24, "GB")["weights"]
    page.wait_for_url(re.compile("model=own.*hidden=896.*qkv=1"))
    page.get_by_text("The model's numbers").click()
    page.get_by_role("spinbutton", name="Layers").fill("12")
    page.get_by_role("checkbox", name="head tied").uncheck()
    changed = config | {"num_hidden_layers": 12, "tie_word_embeddings": False}
    assert shown(page)["weights"] == truth.LAB2.weight_bytes(changed, "bf16")
    page.wait_for_url(re.compile("layers=12"))
    other = open_page("calculator")
    other.goto(page.url)
    assert shown(other) == shown(page)
    for text, says in (
        ("{", "This is not JSON"), ('{"hidden_size": 8}', "has no intermediate_size"),
        (json.dumps(config | {"num_experts": 60}), "mixture of experts"),
    ):  # fmt: skip
        box.fill(text)
        use.click()
        page.get_by_text(says).wait_for()


@pytest.mark.parametrize(
    "language, says", [("en", "1000 = 7 · 128 + 104. Another format fits"), ("es", "1000 = 7 · 128 + 104. Sirve otro")]
)
def test_a_width_that_128_does_not_divide_is_explained(open_page, language, says):
    page = open_page("calculator", language)
    own = dict(
        model="own", hidden=1000, inner=3072, layers=12, heads=10, vocab=32000, budget=24, context=512, sequences=1
    )
    go(page, **own, weights="int4-g128")
    alert = page.get_by_role("alert")
    assert says in alert.inner_text()
    assert not page.locator(".ql-meters").is_visible()  # no number of another setting stays beside it
    rows = page.locator("tr", has=page.get_by_role("cell", name=re.compile("bf16|int8|int4"))).all_inner_texts()
    assert len(rows) == 3 and "–" in rows[2] and "–" not in rows[0]
    go(page, **own, weights="int8")
    assert alert.inner_text() == ""
    sizes = {"hidden_size": 1000, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 10}
    config = sizes | {"vocab_size": 32000}
    assert shown(page)["weights"] == truth.LAB2.weight_bytes(config, "int8")


WHOLE = "whole number from 1 to {}"
SLIPS = [("Context", "1.5", WHOLE.format("10,000,000")), ("Memory budget", "0", "number from 0.001"),
         ("Sequences", "", WHOLE.format("100,000"))]  # fmt: skip


@pytest.mark.parametrize("label, value, says", SLIPS)
def test_a_number_that_is_none_is_told_and_marked(open_page, label, value, says):
    page = open_page("calculator")
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    settle(page)
    assert says in page.get_by_role("alert").inner_text()
    assert field.get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize("kv, card", [("fp8", "H100 SXM"), ("bf16", "own")])
def test_the_python_on_the_page_prints_what_the_page_says(open_page, kv, card):
    page = open_page("calculator")
    more = {"bandwidth": 273.5, "peak": 99.25} if card == "own" else {}
    go(page, model="Mistral-Nemo-12B", weights="int4-g128", kv=kv, budget=23.7, unit="GiB", context=3000, sequences=7,
       card=card.replace(" ", "+"), **more)  # fmt: skip
    page.get_by_text("The same in Python").click()
    source = page.locator(".ql-python").text_content()
    said = re.findall(r"print\(.*\)  # (\S+)", source)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(re.sub(r"^from starter import .*", "", source, flags=re.M), vars(truth.LAB2).copy())
    lines = printed.getvalue().split()
    assert lines[:3] == said[:3] and len(lines) == 4
    assert float(lines[3]) == pytest.approx(float(said[3]), rel=5e-4)
    got = shown(page)
    assert [str(got[name]) for name in ("weights", "token", "tokens")] == said[:3]


def test_the_step_is_lab_02s_and_names_its_source(open_page):
    page = open_page("calculator")
    page.get_by_text("The least a decode step can take").click()
    for (name, card), sequences in zip(truth.PUBLISHED["cards"].items(), (1, 100_000)):
        go(page, model="Llama-3.1-8B", weights="int8", context=1, sequences=sequences, card=name.replace(" ", "+"))
        text = page.locator(".ql-app details", has_text="The least").inner_text().replace("\xa0", " ")
        seconds = truth.LAB2.decode_step_seconds(MODELS["Llama-3.1-8B"]["config"], "int8", sequences, 1, card)
        told = re.search(r"The longer one decides: ([\d.]+) (ms|s), by (\w+)", text)
        assert float(told[1]) * {"ms": 1e-3, "s": 1}[told[2]] == pytest.approx(seconds, rel=5e-3)
        assert told[3] == ("reading" if sequences == 1 else "computing") and card["source"] in text


def test_python_can_be_copied(open_page):
    page = open_page("calculator", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_text("The same in Python").click()
    page.get_by_role("button", name="Copy as Python").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator(".ql-python").text_content()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_prompt_sets_what_it_speaks_of(open_page, language):
    page = open_page("calculator", language)
    buttons = page.locator(".ql-set button")
    assert buttons.count() == 5
    for place, sequences in ((0, 17), (1, 233), (2, 2), (3, 9)):
        buttons.nth(place).click()
        assert shown(page)["most"] == sequences, place
    buttons.nth(4).click()
    settle(page)
    assert "1000" in page.get_by_role("alert").inner_text()


def test_a_screen_reader_hears_the_sentence_and_the_bar_has_a_table(open_page):
    page = open_page("calculator")
    page.get_by_role("radio", name="int8").first.check()
    page.get_by_role("status").filter(has_text="Llama-3.1-8B in int8 takes 9.087").wait_for()
    assert page.get_by_role("img", name=re.compile("int8 takes.*The table below has every part")).count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_a_table_stands_in_its_place(open_page, language):
    page = open_page("calculator", language, java_script_enabled=False)
    assert page.locator("noscript table tbody tr").count() == 9


def test_it_fits_a_narrow_phone_and_can_be_touched_and_prints(open_page):
    page = open_page("calculator", "es", viewport={"width": 360, "height": 740})
    for each in page.locator(".ql-app summary").all():
        each.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(".ql-app :is(button, select, fieldset label, .ql-flags label, summary)")]
            .map((e) => e.getBoundingClientRect()).map((r) => [r.width, r.height])"""
    )
    assert len(sizes) > 15 and min(min(size) for size in sizes) >= 24
    page.emulate_media(media="print")
    assert page.locator(".ql-stack").is_visible() and not page.locator(".ql-controls").first.is_visible()
