"""The measured part: a small `lab meters` run anew, whose orderings must hold; and what is stored and shown."""

import json

import pytest

from labkit import course, provenance
from labkit.engine import figure, meters, setups, summary, tables

NEAR = 0.25  # FP8 is emulated: a fiftieth of bf16 was seen; a quarter leaves room for any machine's noise


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    from labkit.engine import run

    return run.Bench(tmp_path_factory.mktemp("meters"), "solution", "quick")


@pytest.fixture(scope="module")
def measured(bench):
    """measured("int8") -> tokens a second at batch 1 of every run so far, and the last run's meters."""
    runs = {}

    def measure(name, again=False):
        if again or name not in runs:
            setup = next(s for s in setups.SETUPS if s.name == name)
            runs.setdefault(name, []).append(bench.throughput(setup, batches=[1]))
        return [r["tokens_per_second"][0] for r in runs[name]], runs[name][-1]

    return measure


@pytest.mark.engine
def test_int8_w8a8_decodes_faster_than_bf16_at_batch_1(measured):
    for attempt in range(2):  # 1.5 times as fast was seen; a neighbour's burst may hide it once
        base, int8 = measured("bf16", attempt > 0)[0], measured("int8", attempt > 0)[0]
        if int8[-1] > 1.1 * base[-1]:
            return
    assert max(int8) > 1.1 * max(base)


@pytest.mark.engine
def test_w4a16_holds_the_most_tokens_then_int8_then_bf16(measured):
    tokens = {name: measured(name)[1]["kv_tokens"] for name in ("bf16", "int8", "w4a16")}
    assert tokens["w4a16"] > 1.1 * tokens["int8"] and tokens["int8"] > 1.5 * tokens["bf16"], tokens


@pytest.mark.engine
def test_fp8_answers_rightly_and_is_far_slower_where_no_kernel_serves_it(bench, measured):
    from labkit.engine.install import has_gpu

    if has_gpu():
        pytest.skip("a GPU has FP8 kernels: this ordering is of the CPU build")
    fp8 = next(s for s in setups.SETUPS if s.name == "fp8")
    assert bench.sanity(fp8, prompts=3)["exact_match"] > 0.9
    assert measured("fp8")[0][-1] < NEAR * measured("bf16")[0][-1]


@pytest.mark.engine
def test_a_budget_that_not_one_sequence_fits_in_is_a_verdict_with_the_engines_words(bench, monkeypatch):
    from labkit.engine import run

    weights = sum(f.stat().st_size for f in bench.model("trained").glob("*.safetensors"))
    monkeypatch.setattr(bench, "budget", lambda name: weights + 1000)
    with pytest.raises(run.RunError, match="(?s)bf16 on the trained model.*(KV cache|blocks|memory)"):
        bench.sanity(setups.SETUPS[0], prompts=1)


@pytest.mark.engine
def test_a_damaged_checkpoint_is_a_verdict_with_the_engines_words(bench, tmp_path, monkeypatch):
    import shutil

    from labkit.engine import run

    shutil.copytree(bench.model("trained"), tmp_path / "cut")
    file = tmp_path / "cut" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100_000])
    monkeypatch.setattr(bench, "checkpoint", lambda *_: tmp_path / "cut")
    with pytest.raises(run.RunError, match="(?i)safetensor"):
        bench.sanity(setups.SETUPS[0], prompts=1)


# ---- what is stored and shown ----


@pytest.fixture(scope="module")
def stored():
    return provenance.read(meters.NAME)


def test_every_scheme_is_stored_with_its_repeats_machine_versions_and_command(stored):
    assert list(stored["rows"]) == [setup.name for setup in setups.SETUPS]
    for row in stored["rows"].values():
        assert len(row["throughput"]) == stored["source"]["repeats"] >= 3 and row["sanity"]["exact_match"] > 0.9
    assert {"vllm", "torch", "python"} <= set(stored["source"]["versions"]) and stored["source"]["machine"]["cpu"]
    assert stored["source"]["command"].startswith("lab meters")


def test_the_stored_numbers_show_what_the_page_says(stored):
    found = summary.orders(stored)
    assert found["throughput"] == ["int8", "bf16", "w4a16", "fp8"] and found["capacity"][0] == "w4a16"
    assert max(summary.ratios(stored, "w4a16", 64)) < 1, "W4A16 loses throughput at batch 64"
    terms = {row["name"]: row["term"] for row in summary.steps(stored)}
    assert terms == {"bf16": "yardstick", "int8": "bytes", "fp8": "emulated", "w4a16": "kernel"}


def test_the_report_names_prediction_measurement_and_the_term(stored):
    text = meters.report(stored)
    for words in ("Predicted before the run", "INT8 W8A8 > bf16 > INT4 W4A16 > FP8 W8A8", "no kernel", "× 1.00"):
        assert words in text


@pytest.mark.parametrize("language, name", meters.PAGES.items())
def test_the_tables_of_the_page_are_generated_from_the_stored_numbers(stored, language, name):
    page = course.find("02").folder / name
    text = page.read_text(encoding="utf-8")
    assert "<!-- engine: " in text and text == tables.fill(text, stored, language), "run `lab meters --pages`"


def test_the_figure_is_drawn_from_the_stored_numbers(stored, tmp_path, monkeypatch):
    shown = {p.name: p.read_text() for p in figure.figures.FOLDER.glob(f"{figure.NAME}.*.svg")}
    monkeypatch.setattr(figure.figures, "FOLDER", tmp_path)
    figure.draw_all(stored)
    assert shown == {p.name: p.read_text() for p in tmp_path.glob("*.svg")}, "run `lab meters --pages`"


def test_an_unknown_scheme_is_refused_with_those_there_are(capsys):
    assert meters.main(["--schemes", "int3"]) == 2
    said = capsys.readouterr().err
    assert "'int3'" in said and "w4a16" in said and len(said.splitlines()) == 1


def test_a_scheme_that_gave_no_meters_says_why_and_the_others_are_still_shown(stored):
    data = json.loads(json.dumps(stored))
    data["rows"]["awq"] = {
        "problem": "awq on the random model: ValueError: no kernel",
        "throughput": [],
        "batches": [1],
    }
    text = meters.report(data)
    assert "awq: awq on the random model: ValueError: no kernel" in text and "INT8 W8A8" in text


@pytest.mark.engine
def test_w8a16_has_no_kernel_on_a_cpu_and_says_so(bench, tmp_path, monkeypatch):
    import shutil

    from labkit.engine import run
    from labkit.engine.install import has_gpu

    if has_gpu():
        pytest.skip("a GPU has kernels for it")
    shutil.copytree(bench.model("trained"), tmp_path / "w8a16")
    weights = {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel", "dynamic": False}
    group = {"targets": ["Linear"], "weights": weights, "input_activations": None, "output_activations": None}
    config = bench.config("trained") | {
        "quantization_config": {
            "quant_method": "compressed-tensors", "format": "pack-quantized", "quantization_status": "compressed",
            "config_groups": {"group_0": group}, "ignore": ["lm_head"],
        }
    }  # fmt: skip
    (tmp_path / "w8a16" / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr(bench, "checkpoint", lambda *_: tmp_path / "w8a16")
    with pytest.raises(run.RunError, match="(?i)kernel"):
        bench.sanity(next(s for s in setups.SETUPS if s.name == "int8"), prompts=1)
