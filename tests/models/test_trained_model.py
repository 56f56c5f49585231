"""The shipped model: other people's software loads it, and its card says what is measured."""

import copy
import json
import math

import pytest

torch = pytest.importorskip("torch", reason="needs torch: install the extra 'models'")

from safetensors import safe_open  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from labkit.models import (  # noqa: E402
    corpus,
    evaluate,
    export,
    recipe,
)
from labkit.models.load import DEFAULT_MODEL, load_model  # noqa: E402

RECORD = json.loads((DEFAULT_MODEL / "training.json").read_text())
# Other processors sum in another order. A logit then moves by some 1e-5 of itself: enough
# to turn a near tie in a few prompts, never enough to move the perplexity by a thousandth.
PROMPTS_THAT_MAY_TURN = 2
PERPLEXITY_MAY_MOVE = 1e-3


@pytest.fixture(scope="module")
def shipped():
    return load_model()


@pytest.fixture(scope="module")
def measured(shipped):
    return export.figures(*shipped)


@pytest.fixture(scope="module")
def coarse(shipped):
    """The model with nine weight levels a matrix: right on some prompts, wrong on others."""
    model = copy.deepcopy(shipped[0])
    for name, weight in model.named_parameters():
        if name.endswith("proj.weight"):
            scale = weight.abs().max() / 4
            weight.copy_((weight / scale).round() * scale)
    return model


@pytest.mark.parametrize("task", corpus.TASKS)
def test_at_least_98_percent_of_held_out_prompts_are_answered_exactly(measured, task):
    assert measured[0][task] >= 0.98
    assert min(RECORD["exact_match"][dtype][task] for dtype in ("float32", "bfloat16")) >= 0.98


def test_exact_match_is_what_the_record_says(measured):
    recorded = RECORD["exact_match"]["bfloat16"]
    assert set(measured[0]) == set(recorded) == {*corpus.TASKS, "all"}
    for task in corpus.TASKS:
        assert abs(measured[0][task] - recorded[task]) <= PROMPTS_THAT_MAY_TURN / export.PROMPTS, task


def test_perplexity_is_what_the_record_says(measured):
    assert measured[1] == pytest.approx(RECORD["perplexity"]["bfloat16"], rel=PERPLEXITY_MAY_MOVE)


def test_bfloat16_arithmetic_as_served_keeps_the_bar():
    scores = evaluate.exact_match_by_task(*load_model(dtype=torch.bfloat16))
    assert min(scores.values()) >= 0.98


def test_other_held_out_prompts_are_answered_as_well(shipped):
    # Facts have some 300 held-out prompts in all, so another seed would draw the same ones.
    scores = evaluate.exact_match_by_task(*shipped, n=250, seed=1, tasks=[t for t in corpus.TASKS if t != "facts"])
    assert min(scores.values()) >= 0.97  # the bar, less one standard error of 250 prompts


@pytest.mark.parametrize("page", ["README.md", "README.es.md"])
def test_the_model_card_shows_the_recorded_figures(page):
    card = (DEFAULT_MODEL / page).read_text(encoding="utf-8")
    if page == "README.es.md":
        card = card.replace(",", ".")  # decimal comma
    for task in RECORD["exact_match"]["bfloat16"]:
        row = next(line for line in card.splitlines() if line.startswith(f"| {task} "))
        for dtype in ("float32", "bfloat16"):
            assert f"{RECORD['exact_match'][dtype][task]:.1%}" in row.replace(" %", "%"), row
    for dtype in ("float32", "bfloat16"):
        assert f"{RECORD['perplexity'][dtype]:.4f}" in card
    for text in (RECORD["weights_sha256"], RECORD["command"], RECORD["machine"]["cpu"], RECORD["versions"]["torch"]):
        assert text in card


def test_the_stored_weights_are_those_of_the_record():
    with safe_open(DEFAULT_MODEL / "model.safetensors", "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    assert recipe.weights_sha256(tensors) == RECORD["weights_sha256"]
    assert sum(tensor.numel() for tensor in tensors.values()) == RECORD["parameters"]


def test_the_corpus_in_this_tree_is_the_one_the_model_was_trained_on():
    stream = corpus.training_text(1000, RECORD["recipe"]["seed"])
    assert recipe.text_sha256(stream) == RECORD["corpus_sha256"]
    assert corpus.MIX == RECORD["mix"]


def test_every_matrix_has_sizes_that_are_multiples_of_128(shipped):
    for name, parameter in shipped[0].named_parameters():
        assert all(size % 128 == 0 for size in parameter.shape), (name, tuple(parameter.shape))


def test_the_model_takes_a_few_megabytes():
    assert (DEFAULT_MODEL / "model.safetensors").stat().st_size < 4_000_000


def test_transformers_loads_it_unchanged_and_agrees(shipped):
    model = AutoModelForCausalLM.from_pretrained(DEFAULT_MODEL)
    tokenizer = AutoTokenizer.from_pretrained(DEFAULT_MODEL)
    assert type(model).__name__ == "LlamaForCausalLM" and model.dtype == torch.bfloat16
    text = "(write it) Yesterday she"
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    assert ids.tolist() == [shipped[1](text)["input_ids"]] and ids[0, 0] == tokenizer.bos_token_id
    assert torch.equal(model.float()(ids).logits, shipped[0](ids).logits)


def test_it_writes_an_answer_and_stops(shipped):
    model, tokenizer = shipped
    ids = tokenizer("(write it) Yesterday she", return_tensors="pt")["input_ids"]
    written = model.generate(ids, max_new_tokens=20, do_sample=False)[0, ids.shape[1] :]
    assert tokenizer.decode(written) == " wrote it</s>"


@pytest.mark.parametrize("arm", ["full precision", "coarse"])
def test_one_forward_pass_says_what_token_by_token_decoding_says(shipped, coarse, arm):
    model, tokenizer = (shipped[0] if arm == "full precision" else coarse), shipped[1]
    pairs = [pair for task in corpus.TASKS for pair in corpus.held_out(task, 12, seed=9)]
    found = evaluate.matches(model, tokenizer, [p for p, _ in pairs], [a for _, a in pairs])
    for (prompt, answer), ok in zip(pairs, found, strict=True):
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        written = model.generate(ids, max_new_tokens=40, do_sample=False)[0, ids.shape[1] :]
        assert (tokenizer.decode(written) == answer + tokenizer.eos_token) == ok, prompt
    if arm == "coarse":  # else the comparison would have seen one side only
        assert 0.1 < sum(found) / len(found) < 0.9


def test_perplexity_is_the_exponential_of_the_mean_loss_of_the_windows(shipped):
    model, tokenizer = shipped
    ids = evaluate.encode_text(tokenizer, corpus.heldout_text(40))
    losses = [model(row[None], labels=row[None]).loss.item() for row in ids[: len(ids) // 64 * 64].view(-1, 64)]
    expected = math.exp(sum(losses) / len(losses))
    got = evaluate.perplexity(model, tokenizer, ids, window=64, batch_size=3)
    assert got == pytest.approx(expected, rel=1e-5)  # float32 sums in another order


def test_divergence_is_the_mean_kl_of_the_reference_from_the_model_in_nats(shipped):
    class Says(torch.nn.Module):
        def __init__(self, probabilities):
            super().__init__()
            self.logits = torch.tensor(probabilities).log()

        def forward(self, ids):
            return self.logits.expand(*ids.shape, 2)

    a, b, ids = Says([0.5, 0.5]), Says([0.9, 0.1]), torch.zeros(10, dtype=torch.int64)
    # KL(b || a) = 0.9 ln(0.9 / 0.5) + 0.1 ln(0.1 / 0.5); the other direction would be 0.511.
    got = evaluate.divergence(a, b, ids, window=4, batch_size=1)
    assert got == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2), rel=1e-5)
    ids = evaluate.encode_text(shipped[1], corpus.heldout_text(40))
    assert evaluate.divergence(shipped[0], shipped[0], ids) == 0


def test_perplexity_takes_text_or_ids(shipped):
    text = corpus.heldout_text(40)
    ids = evaluate.encode_text(shipped[1], text)
    assert evaluate.perplexity(*shipped, text) == evaluate.perplexity(*shipped, ids)


def test_a_text_is_encoded_as_its_documents_each_between_bos_and_eos(shipped):
    tokenizer = shipped[1]
    ids = evaluate.encode_text(tokenizer, "1 + 2 = 3\n4 + 5 = 9")
    assert tokenizer.decode(ids) == "<s>1 + 2 = 3</s><s>4 + 5 = 9</s>"


def test_prompt_and_answer_tokenize_apart_as_together(shipped):
    for prompt, answer in (pair for task in corpus.TASKS for pair in corpus.held_out(task, 100)):
        apart = shipped[1](prompt)["input_ids"] + shipped[1](answer, add_special_tokens=False)["input_ids"]
        assert apart == shipped[1](prompt + answer)["input_ids"], prompt


def test_a_bare_module_that_gives_logits_can_be_evaluated(shipped):
    class Bare(torch.nn.Module):
        def forward(self, ids):
            return shipped[0](ids).logits

    pairs = corpus.held_out("numbers", 20)
    arguments = [p for p, _ in pairs], [a for _, a in pairs]
    assert evaluate.matches(Bare(), shipped[1], *arguments) == evaluate.matches(*shipped, *arguments)


def test_a_wrong_answer_does_not_match_and_neither_does_half_of_a_right_one(shipped):
    prompts = ["12 + 34 ="] * 3
    assert evaluate.matches(*shipped, prompts, [" 46", " 47", " 4"]) == [True, False, False]


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda m, t: evaluate.perplexity(m, t, "1 + 1 = 2"), "text has .* tokens"),
        (lambda m, t: evaluate.exact_match(m, t, ["a"], []), "prompts has 1 entries but answers has 0"),
        (lambda m, t: evaluate.exact_match(m, t, [], []), "prompts is empty"),
    ],
)
def test_what_cannot_be_evaluated_is_a_value_error_that_names_the_argument(shipped, call, named):
    with pytest.raises(ValueError, match=named):
        call(*shipped)
