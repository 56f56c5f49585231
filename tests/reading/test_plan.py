"""`lab plan`: every number of a filled plan is computed or stored, and what is neither says so."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from statistics import median

import pytest

from labkit import course, provenance
from labkit.grading.implementation import resolve
from labkit.reading import cells, models, plan

LAB_02 = course.find("02").folder
spec = importlib.util.spec_from_file_location("lab_02_solution", LAB_02 / "solution.py")
solution = importlib.util.module_from_spec(spec)
spec.loader.exec_module(solution)
MODELS = ["clerk-2m", *models.published()]
by_language = pytest.mark.parametrize("language", course.LANGUAGES)


@pytest.fixture
def run(capsys, monkeypatch):
    """run("10", "--model", …) -> (exit code, what was printed, what was complained)."""
    monkeypatch.delenv("LAB_IMPL", raising=False)

    def run(*argv) -> tuple[int, str, str]:
        code = plan.main([str(a) for a in argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def rows(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]


def numbers(text: str) -> list[int]:
    """The numbers written with commas or alone, not those inside a name."""
    return [
        int(n.replace(",", "")) for n in re.findall(r"(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.])\d+(?![\w.,]*\w)", text)
    ]


@by_language
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("tokens", [1024, 7])
def test_each_byte_of_the_plan_of_lab_10_is_the_cost_models(run, name, language, tokens):
    code, text, _ = run("10", "--model", name, "--lang", language, "--context", tokens)
    assert code == 0
    config = models.find(name).config
    base, int8, int4 = (solution.weight_bytes(config, s) for s in ("bf16", "int8", "int4-g128"))
    _, weights, activations, cache = (row[1] for row in rows(text))
    found = [n for n in numbers(re.sub(r"\(.*?\)", "", weights)) if n > 1000]
    assert found == [base, base - int8, base - int4]
    heads = config["num_attention_heads"] * (
        config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    )
    wide = max(config["hidden_size"], heads, config["intermediate_size"])
    for value in (wide, 2 * wide * tokens, (wide + 4) * tokens):
        assert f"{value:,}" in activations
    token = solution.kv_bytes_per_token(config)
    half = token - solution.kv_bytes_per_token(config, "fp8")
    assert numbers(cache)[:3] == [token, token * tokens, half * tokens]


@by_language
def test_each_byte_of_the_plan_of_lab_11_is_the_cost_models(run, language):
    code, text, _ = run("11", "--model", "Llama-3.1-8B", "--lang", language, "--context", 2048)
    config = models.published()["Llama-3.1-8B"]
    benefit = [row[2] for row in rows(text)[1:5]]
    memory = next(row for row in rows(text) if row[0] in ("peak memory", "memoria máxima"))[1:]
    assert code == 0
    arms = [("bf16", "bf16"), ("int8", "bf16"), ("int4-g128", "bf16"), ("bf16", "fp8")]
    for cell, peak, (scheme, kv) in zip(benefit, memory, arms, strict=True):
        weights, token = solution.weight_bytes(config, scheme), solution.kv_bytes_per_token(config, kv)
        assert f"{token if kv == 'fp8' else weights:,} bytes" in cell
        assert f"{weights + 2048 * token:,} bytes" in peak


@by_language
def test_each_captured_figure_of_the_plan_of_lab_11_is_the_stored_one(run, language):
    _, text, _ = run("11", "--lang", language)
    stored = provenance.read("lab-02-engine")
    table = {row[0]: row[1:] for row in rows(text) if len(row) == 5}
    quality = table.get("quality") or table["calidad"]
    memory = table.get("peak memory") or table["memoria máxima"]
    for n, name in enumerate(("bf16", "int8", "w4a16", "fp8-kv")):
        row = stored["rows"][name]
        assert (
            f"{row['sanity']['perplexity']:.4f}" in quality[n] and f"{row['sanity']['exact_match']:.1%}" in quality[n]
        )
        assert f"{row['throughput'][0]['weight_bytes']:,}" in memory[n]
        assert f"{row['throughput'][0]['kv_tokens']:,} tokens" in memory[n]
        for place, batch in enumerate(row["batches"]):
            speeds = [one["tokens_per_second"][place] for one in row["throughput"]]
            base = [one["tokens_per_second"][place] for one in stored["rows"]["bf16"]["throughput"]]
            assert re.search(rf"(batch|lote) {batch}: {median(speeds):,.0f}\b", table["tokens/s"][n])
            if name != "bf16":
                ratio = median(a / b for a, b in zip(speeds, base))
                assert f"{median(speeds):,.0f}, × {ratio:.2f} [" in table["tokens/s"][n]
            if batch == 1:
                assert f"{1000 / median(speeds):.1f} ms" in table["TPOT"][n]
    source = stored["source"]
    for said in (source["command"], source["machine"]["cpu"], source["versions"]["vllm"], "lab-02-engine.json"):
        assert said in text.splitlines()[-1]


@by_language
@pytest.mark.parametrize("number", ["10", "11"])
def test_what_was_not_measured_says_so_and_no_cell_stays_blank(run, number, language):
    _, text, _ = run(number, "--lang", language)
    assert "…" not in text and "excerpt" not in text
    assert all(cell for row in rows(text) for cell in row)
    if number == "11":
        table = {row[0]: row[1:] for row in rows(text) if len(row) == 5}
        words = {"en": "not measured", "es": "sin medir"}[language]
        assert table["TTFT"] == table["P95/P99"] == [words] * 4


def test_quality_of_another_model_than_the_measured_one_is_not_claimed(run):
    _, text, _ = run("11", "--model", "Llama-2-7B")
    quality = next(row for row in rows(text) if row[0] == "quality")
    assert all(cell.startswith("not measured on Llama-2-7B; clerk-2m: ") for cell in quality[1:])


def test_without_the_stored_run_every_captured_cell_says_so(run, monkeypatch, tmp_path):
    monkeypatch.setattr(provenance, "MEASUREMENTS", tmp_path)
    code, text, _ = run("11")
    table = {row[0]: row[1:] for row in rows(text)}
    assert code == 0 and "…" not in text
    for name in ("quality", "TPOT", "tokens/s", "kernel path", "model", "hardware"):
        assert all("lab-02-engine.json is not here" in cell for cell in table[name])


def test_a_row_that_failed_gives_no_number(run, monkeypatch):
    stored = provenance.read("lab-02-engine")
    stored["rows"]["int8"] = {"problem": "no kernel | here", "batches": [1, 8, 64], "throughput": []}
    monkeypatch.setattr(cells, "captured", lambda: stored)
    _, text, _ = run("11")
    int8 = {row[0]: row[2] for row in rows(text.replace(r"\|", "/")) if len(row) == 5}
    for name in ("quality", "TPOT", "tokens/s"):
        assert int8[name] == "not measured: no kernel / here"


def test_a_cost_model_that_is_not_written_yet_leaves_words_and_no_number(run):
    code, text, _ = run("10", "--impl", "starter")
    weights, cache = rows(text)[1][1], rows(text)[3][1]
    assert code == 0
    assert weights == "not computable: weight_bytes of lab 02 is not written yet"
    assert cache == "not computable: kv_bytes_per_token of lab 02 is not written yet"


def test_another_cost_model_gives_other_numbers(run, tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("def weight_bytes(config, scheme):\n    return {'bf16': 4000, 'int8': 3000}[scheme]\n")
    _, text, _ = run("10", "--impl", mine)
    cell = rows(text)[1][1]
    assert "BF16 4,000 bytes; INT8 saves 1,000 bytes (25.0%)" in cell
    assert "not computable: weight_bytes (lab 02): line 2, KeyError" in cell


@pytest.mark.parametrize("value", ["0", "-5", "float('nan')", "None", "'many'", "[1, 2]"])
def test_a_cost_model_that_gives_nonsense_leaves_words_and_no_traceback(run, tmp_path, value):
    mine = tmp_path / "mine.py"
    mine.write_text(f"def weight_bytes(config, scheme):\n    return {value}\n\nkv_bytes_per_token = weight_bytes\n")
    for number in ("10", "11"):
        code, text, _ = run(number, "--impl", mine)
        assert code == 0 and "not computable: " in text


def test_a_width_that_groups_of_128_do_not_divide_is_said(run, tmp_path):
    config = models.find(None).config | {"intermediate_size": 500}
    (tmp_path / "config.json").write_text(json.dumps(config))
    code, text, _ = run("10", "--model", tmp_path)
    cell = rows(text)[1][1]
    assert code == 0 and "INT8 saves" in cell and "128 divides" in cell and "not computable" in cell


def test_a_sliding_window_shorter_than_the_context_is_not_counted_wrongly(run, tmp_path):
    config = models.published()["Mistral-Nemo-12B"] | {"sliding_window": 4096}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "sliding window of 4,096" in run("10", "--model", tmp_path, "--context", 5000)[1]
    assert "sliding window" not in run("10", "--model", tmp_path, "--context", 4096)[1]


def test_a_path_a_folder_and_a_name_in_any_case_find_the_same_model(run):
    own = "data/models/clerk-2m"
    plain = rows(run("10")[1])
    for name in ("CLERK-2M", course.ROOT / own, course.ROOT / own / "config.json"):
        assert rows(run("10", "--model", name)[1]) == plain


def test_no_path_of_this_machine_gets_into_a_plan(run, tmp_path):
    folder = shutil.copytree(course.ROOT / "data" / "models" / "clerk-2m", tmp_path / "my model")
    for number in ("10", "11"):
        text = run(number, "--model", folder)[1]
        assert str(tmp_path) not in text and "my model" in text


@pytest.mark.parametrize(
    "argv, says",
    [
        (["12"], "there is no plan '12'; there are: 10, 11"),
        ([], "required"),
        (["10", "--model", "llama"], "no model is called 'llama'; there are: clerk-2m, Llama-3.1-8B"),
        (["10", "--lang", "fr"], "--lang 'fr' is not known; there are: en, es"),
        (["10", "--context", "many"], "--context 'many' is no number of tokens"),
        (["10", "--context", "0"], "--context '0' is no number of tokens"),
        (["10", "--nonsense"], "--nonsense"),
        (["10", "--impl", "nobody"], "nobody"),
    ],
)
def test_a_wrong_word_is_one_clear_line(run, argv, says):
    code, out, complaint = run(*argv)
    assert (code, out) == (2, "") and says in complaint
    assert complaint.startswith("lab plan: ") and complaint.count("\n") == 1


@pytest.mark.parametrize(
    "content, says",
    [
        (b"{", "not JSON"),
        (b"[1]", "holds no fields"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "no"),
        (b'{"hidden_size": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"{}", "lacks hidden_size"),
        (b'{"hidden_size": "large"}', "has 'large' as hidden_size"),
        (b'{"model_type": "gpt_neox"}', "model_type 'gpt_neox'"),
        (b'{"model_type": "mixtral", "num_local_experts": 8}', "mixture of experts"),
        (b'{"kv_lora_rank": 512}', "latent attention"),
    ],
)
def test_a_config_that_cannot_be_read_is_one_clear_line(run, tmp_path, content, says):
    (tmp_path / "config.json").write_bytes(content)
    code, out, complaint = run("10", "--model", tmp_path)
    assert (code, out) == (2, "") and says in complaint
    assert complaint.count("\n") == 1 and "Traceback" not in complaint


def test_a_folder_without_a_config_is_one_clear_line(run, tmp_path):
    assert run("10", "--model", tmp_path)[0] == 2
    assert "config.json is missing" in run("10", "--model", tmp_path)[2]


def test_a_file_in_the_way_is_kept_unless_force_is_said(run, tmp_path):
    out = tmp_path / "plan.md"
    out.write_text("mine")
    code, _, complaint = run("10", "--out", out)
    assert code == 2 and "--force" in complaint and out.read_text() == "mine"
    assert run("10", "--out", out, "--force")[0] == 0
    assert out.read_text(encoding="utf-8").startswith("# Quantization plan")
    assert run("10", "--lang", "es", "--out", tmp_path / "plan.es.md")[0] == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.es.md", "plan.md"]  # no half-written file stays


@pytest.mark.parametrize("out", [".", "nowhere/plan.md"])
def test_a_place_that_cannot_be_written_is_one_clear_line(run, tmp_path, out):
    code, _, complaint = run("10", "--force", "--out", tmp_path / out)
    assert code == 2 and "cannot be written" in complaint and complaint.count("\n") == 1


def test_values_that_do_not_fit_the_blanks_of_a_plan_are_an_error():
    text = "<!-- excerpt-begin: plan -->\n| a | … |\n<!-- excerpt-end: plan -->\n"
    assert plan.fill(text, "plan", ["x | y\nz"]) == "| a | x \\| y z |\n"
    for values in ([], ["1", "2"]):
        with pytest.raises(course.CourseError, match="1 blanks"):
            plan.fill(text, "plan", values)
    with pytest.raises(course.CourseError, match="no part"):
        plan.fill(text, "other", [])


def test_the_plan_is_made_by_the_implementation_under_test(run, monkeypatch):
    monkeypatch.setenv("LAB_IMPL", "starter")
    assert plan._implementation(None) == resolve("starter")
    monkeypatch.delenv("LAB_IMPL")
    assert plan._implementation(None) == resolve("solution")


def test_planning_needs_no_torch():
    code = "import sys; from labkit.reading import excerpts, plan; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=course.ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
