"""`lab eval` as it is typed: the table, what it says of missing work, and one line for each mistake of use."""

import json
import shutil
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from labkit import cli, course  # noqa: E402
from labkit.models import corpus, measuring, schemes  # noqa: E402
from labkit.models.exam import WORST, Exam  # noqa: E402
from labkit.models.load import DEFAULT_MODEL, load_model  # noqa: E402
from labkit.models.recipe import Recipe, build_model  # noqa: E402
from labkit.models.report import WRONG, perplexity_text, scheme_table, twin_table  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

QUICK = ["--prompts", "2", "--documents", "40"]


@pytest.fixture
def evaluate(capsys):
    """evaluate("--impl", "starter") -> (exit code, stdout, stderr) of a quick `lab eval`."""

    def run(*arguments):
        code = cli.main(["eval", *QUICK, *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A model of other sizes: groups of 128 do not divide its 192 inputs."""
    from labkit.models import export

    folder = tmp_path_factory.mktemp("narrow") / "model"
    model = build_model(Recipe(hidden=192, intermediate=192, layers=1, heads=3, kv_heads=1)).eval()
    export.write_files(model, load_model()[1], folder)
    return folder


def test_with_nothing_written_every_row_says_so_and_bf16_is_measured(evaluate):
    code, out, err = evaluate("--impl", "starter")
    assert code == 0 and "Traceback" not in err
    rows = {line.split()[0]: line for line in out.splitlines()[3:] if line}
    assert list(rows) == [s.name for s in schemes.SCHEMES]
    assert all("not written yet" in line and "(lab 0" in line for name, line in rows.items() if name != "bf16")
    assert "3,804,672" in rows["bf16"]


def test_with_nothing_written_the_twin_table_says_so_too(evaluate):
    code, out, _ = evaluate("--impl", "starter", "--twin")
    assert code == 0 and "[1] not written yet" in out and "channel_absmax (lab 04)" in out


def test_the_solution_fills_the_rows_asked_for(evaluate, tmp_path):
    file, plot = tmp_path / "rows.json", tmp_path / "pareto.svg"
    code, out, _ = evaluate("--impl", "solution", "--schemes", "int4-g64,w8a8-tensor", "--json", file, "--plot", plot)
    assert code == 0
    data = json.loads(file.read_text())
    assert [row["scheme"] for row in data["rows"]] == ["bf16", "w8a8-tensor", "int4-g64"]
    for row in data["rows"]:
        assert set(row["exact_match"]) == {*corpus.TASKS, "all"} and 1 < row["perplexity"] < 10
        assert f"{row['bytes']:,}" in out and perplexity_text(row["perplexity"]) in out
    assert data["source"]["command"].startswith("lab eval --impl solution") and data["source"]["versions"]["torch"]
    assert "<svg" in plot.read_text() and "int4-g64" in plot.read_text()


def test_a_row_does_not_depend_on_which_others_are_measured(evaluate):
    alone, among = (
        evaluate("--impl", "solution", "--schemes", names)[1] for names in ("int4-g64", "int8-channel,int4-g64")
    )
    assert alone.splitlines()[-1].split() == among.splitlines()[-1].split()


def test_a_slip_takes_the_place_of_the_implementations_function(evaluate):
    right = evaluate("--impl", "solution", "--schemes", "int4-channel")[1]
    wrong = evaluate("--impl", "solution", "--schemes", "int4-channel", "--slip", WRONG / "floor_for_round.py")[1]
    right, wrong = (float(text.splitlines()[-1].split()[5].replace(",", "")) for text in (right, wrong))
    assert wrong > 50 * right


@pytest.mark.parametrize("slip", sorted(WRONG.glob("*.py")), ids=lambda path: path.stem)
def test_every_file_of_slips_says_in_its_first_line_what_is_misunderstood(slip):
    assert slip.read_text().startswith('"""') and len(slip.read_text().splitlines()[0]) > 30


def test_claims_on_unwritten_functions_are_one_line_and_exit_code_2(evaluate):
    code, _, err = evaluate("--impl", "starter", "--orderings")
    assert code == 2 and err.strip().splitlines()[-1].startswith("lab eval: not written yet: ")
    assert "Traceback" not in err


def test_codes_of_four_bits_are_not_passed_off_as_three(evaluate, tmp_path):
    slip = tmp_path / "bits_ignored.py"
    slip.write_text(
        "import numpy as np\ndef gptq_quantize(w, x, group_size=128, damping=0.01, bits=4):\n"
        "    g = w.reshape(len(w), -1, group_size)\n    s = (np.abs(g).max(2) / 7).astype(np.float16)\n"
        "    return np.rint(g / s[..., None]).clip(-7, 7).astype(np.int8).reshape(w.shape), s\n"
    )
    out = evaluate("--impl", "solution", "--schemes", "gptq-int3-g64", "--slip", slip)[1]
    assert "gptq_quantize (lab 03): gave codes -7 to 7, which 3 bits do not hold" in out


def test_piped_into_a_file_only_the_table_is_in_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "labkit.cli", "eval", "--impl", "solution", "--schemes", "bf16", *QUICK],
        cwd=course.ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "row/s" not in done.stdout and done.stdout.splitlines()[-1].startswith("bf16")


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["--impl", "nowhere"], "--impl nowhere: give starter, solution, a folder"),
        (["--schemes", "int9"], "no scheme is called 'int9'"),
        (["--plot", "x.jpeg"], "must end in .png or .svg or .pdf"),
        (["--plot", "no/such/folder/x.svg"], "there is no folder no/such/folder"),
        (["--json", "no/such/folder/x.json"], "there is no folder no/such/folder"),
        (["--slip", "nowhere.py"], "nowhere.py"),
        (["--prompts", "0"], "--prompts 0: give a number from 1 to 250"),
        (["--prompts", "251"], "--prompts 251: give a number from 1 to 250"),
        (["--prompts", "many"], "--prompts: invalid int value"),
        (["--documents", "3"], "fewer than one window"),
        (["--wrong-option"], "unrecognized arguments"),
        (["--model", "no/such/model"], "no/such/model is not a folder"),
    ],
)
def test_a_mistake_of_use_is_one_line_and_exit_code_2(evaluate, arguments, says):
    code, out, err = evaluate("--schemes", "bf16", *arguments)
    assert code == 2 and out == ""
    assert says in err and len(err.strip().splitlines()) == 1 and err.startswith("lab eval: ")


@pytest.mark.parametrize(
    "name, change, says",
    [
        ("model.safetensors", lambda content: b"x" * 1000, "cut short"),
        ("model.safetensors", lambda content: content[:9999], "cut short"),
        ("config.json", lambda content: b'{"architectures": ["GPT2LMHeadModel"]}', "architecture"),
    ],
)
def test_a_model_that_cannot_be_read_is_one_line(evaluate, tmp_path, name, change, says):
    folder = shutil.copytree(DEFAULT_MODEL, tmp_path / "model")
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    code, out, err = evaluate("--impl", "solution", "--model", folder)
    assert code == 2 and out == "" and says in err and len(err.strip().splitlines()) == 1


def test_a_group_size_that_does_not_divide_is_named_with_the_layer_and_the_way_out(evaluate, narrow):
    code, out, err = evaluate("--impl", "solution", "--model", narrow)
    assert code == 2 and out == "" and len(err.strip().splitlines()) == 1
    assert "int4-g128: groups of 128 do not divide the 192 inputs of 0.self_attn.q_proj" in err
    way_out = err.strip().rsplit("--schemes ", 1)[1]
    assert "int4-g64" in way_out and "int4-g128" not in way_out
    assert evaluate("--impl", "solution", "--model", narrow, "--schemes", "int4-g64,int4-g32")[0] == 0


def test_a_perplexity_beyond_counting_is_cut():
    exam = Exam(load_model()[1], 1, 40)

    class Sure(torch.nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def forward(self, ids):
            return self.factor * torch.nn.functional.one_hot(ids, 512).float()  # certain that each token repeats

    assert exam.perplexity(Sure(1e5)) == exam.perplexity(Sure(float("nan"))) == WORST
    assert perplexity_text(WORST) == "> 1e6" and perplexity_text(2.5) == "2.5000"


def test_tables_line_up_and_keep_problem_rows():
    row = {"bytes": 10, "bits_per_weight": 4.0, "embedding_share": 0.5, "perplexity": 2.0, "divergence": 0.5,
           "exact_match": dict.fromkeys([*corpus.TASKS, "all"], 1.0)}  # fmt: skip
    problem = {"problem": {"says": "not written yet: f (lab 01)"}}
    text = scheme_table([{"scheme": "bf16"} | row, {"scheme": "int4-g64"} | problem])
    assert text.splitlines()[2] == "int4-g64  not written yet: f (lab 01)"
    rows = [{"scheme": "bf16", "model": m} | (problem if "smoothed" in m else row) for m in measuring.TWIN_MODELS]
    assert twin_table(rows).count("[1]") == 3
