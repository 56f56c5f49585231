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
    speeds, last = {}, {}

    def measure(name, again=False, samples=1):
        if again or name not in last:
            setup = next(s for s in setups.SETUPS if s.name == name)
            last[name] = bench.throughput(setup, batches=[1] * samples)
            speeds.setdefault(name, []).extend(last[name]["tokens_per_second"])
        return speeds[name], last[name]

    return measure


@pytest.mark.engine
def test_int8_w8a8_decodes_faster_than_bf16_at_batch_1(measured):
    """1.5 times as fast was seen. One measurement is 16 steps in 60 ms, which a neighbour's burst can triple: so the
    fastest of many counts, in turns, and a busy machine gets four more rounds before the order is called wrong."""
    for _ in range(5):
        base, int8 = (max(measured(name, again=True, samples=12)[0]) for name in ("bf16", "int8"))
        if int8 > 1.1 * base:
            return
    assert int8 > base, f"INT8 W8A8 {int8:.0f} tokens a second, bf16 {base:.0f}, the fastest of 60 each"


@pytest.mark.engine
def test_w4a16_holds_the_most_tokens_then_int8_then_bf16(measured):
    tokens = {name: measured(name)[1]["kv_tokens"] for name in ("bf16", "int8", "w4a16")}
    assert tokens["w4a16"] > 1.1 * tokens["int8"] and tokens["int8"] > 1.5 * tokens["bf16"], tokens


@pytest.mark.engine
def test_vllms_own_log_and_the_meters_of_one_run_say_the_same(measured):
    run = measured("int8")[1]
    assert run["log"]["kv_tokens"] == run["kv_tokens"] == run["kv_blocks"] * run["block_size"]
    # The log gives two decimals.
    assert run["log"]["concurrency"] == pytest.approx(run["kv_tokens"] / run["log"]["longest"], abs=0.006)


@pytest.mark.engine
def test_the_profiler_finds_a_4_bit_steps_time_inside_the_4_bit_product(bench):
    from labkit.engine.install import has_gpu

    if has_gpu():
        pytest.skip("these are the names of the CPU build's kernels")
    found = bench.profile(next(s for s in setups.SETUPS if s.name == "w4a16"))
    name, share, calls = found["operators"][0]
    assert (found["kernel"], name) == ("CPUWNA16LinearKernel", "_C::cpu_gemm_wna16") and share > 0.5, found
    layers = bench.config("random")["num_hidden_layers"]
    assert calls % (4 * layers) == 0, "four fused matrices a layer and step: qkv, o, gate and up, down"


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


def test_in_every_stored_run_the_log_agrees_with_the_meters(stored):
    for row in stored["rows"].values():
        for run in row["throughput"]:
            assert run["log"]["kv_tokens"] == run["kv_tokens"]
            assert run["log"]["concurrency"] == pytest.approx(run["kv_tokens"] / run["log"]["longest"], abs=0.006)


def test_the_stored_profiles_show_what_the_page_says_of_each_kernel(stored):
    first = {name: row["profile"]["operators"][0] for name, row in stored["rows"].items() if "profile" in row}
    assert {first[name][0] for name in ("w4a16", "awq", "gptq")} == {"_C::cpu_gemm_wna16"}
    assert first["bf16"][0] == "_C::onednn_mm" and first["int8"][0] == "_C::onednn_scaled_mm"
    assert first["fp8"][0] == "aten::copy_"
    assert all(share > 0.5 for _, share, _ in first.values()), first


def test_a_log_without_the_lines_gives_no_readings():
    from labkit.engine import log

    line = "GPU KV cache size: 22,144 tokens, Maximum concurrency for 1,024 tokens per request: 21.62x"
    assert log.readings(line) == {"kv_tokens": 22144, "longest": 1024, "concurrency": 21.62}
    assert log.readings("# GPU blocks: 1384") == {}


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
