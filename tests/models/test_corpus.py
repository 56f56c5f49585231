"""The corpus: its answers are true, its held-out prompts stay out of training."""

import datetime
import random
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.models import corpus, tasks, verbs

ROOT = Path(__file__).resolve().parents[2]
PERSONS = ("I", "third", "other")


@pytest.mark.parametrize(
    "base, past, participle",
    [
        ("be", "was", "been"), ("begin", "began", "begun"), ("choose", "chose", "chosen"),
        ("fly", "flew", "flown"), ("forbid", "forbade", "forbidden"), ("go", "went", "gone"),
        ("lay", "laid", "laid"), ("lie", "lay", "lain"), ("lead", "led", "led"), ("put", "put", "put"),
        ("read", "read", "read"), ("seek", "sought", "sought"), ("strive", "strove", "striven"),
        ("swim", "swam", "swum"), ("teach", "taught", "taught"), ("wring", "wrung", "wrung"),
    ],
)  # fmt: skip
def test_irregular_verbs_have_their_dictionary_forms(base, past, participle):
    assert (verbs.VERBS[base].past, verbs.VERBS[base].participle) == (past, participle)


@pytest.mark.parametrize(
    "base, past, gerund, third",
    [
        ("stop", "stopped", "stopping", "stops"),  # one vowel, one consonant: doubled
        ("visit", "visited", "visiting", "visits"),  # stress on the first syllable: not doubled
        ("prefer", "preferred", "preferring", "prefers"),  # stress on the last: doubled
        ("fix", "fixed", "fixing", "fixes"),  # x is two sounds
        ("travel", "travelled", "travelling", "travels"),  # British l
        ("help", "helped", "helping", "helps"),
        ("pour", "poured", "pouring", "pours"),
        ("play", "played", "playing", "plays"),
        ("try", "tried", "trying", "tries"),
        ("bake", "baked", "baking", "bakes"),
        ("agree", "agreed", "agreeing", "agrees"),
        ("die", "died", "dying", "dies"),
        ("dye", "dyed", "dyeing", "dyes"),
        ("panic", "panicked", "panicking", "panics"),
        ("watch", "watched", "watching", "watches"),
        ("wash", "washed", "washing", "washes"),
    ],
)
def test_regular_verbs_follow_the_spelling_rules(base, past, gerund, third):
    verb = verbs.VERBS[base]
    assert (verb.past, verb.participle, verb.gerund, verb.third) == (past, past, gerund, third)


@pytest.mark.parametrize(
    "base, gerund, third",
    [("quit", "quitting", "quits"), ("be", "being", "is"), ("have", "having", "has"), ("do", "doing", "does"),
     ("see", "seeing", "sees"), ("lie", "lying", "lies"), ("upset", "upsetting", "upsets"),
     ("overhear", "overhearing", "overhears"), ("forecast", "forecasting", "forecasts")],
)  # fmt: skip
def test_irregular_verbs_follow_the_spelling_rules_where_they_are_regular(base, gerund, third):
    assert (verbs.VERBS[base].gerund, verbs.VERBS[base].third) == (gerund, third)


def test_be_agrees_with_its_subject():
    present = [verbs.conjugate("be", "present", person) for person in PERSONS]
    past = [verbs.conjugate("be", "past", person) for person in PERSONS]
    assert (present, past) == (["am", "is", "are"], ["was", "was", "were"])


def test_the_six_tenses_of_write():
    got = [verbs.conjugate("write", tense, "third") for tense in verbs.TENSES]
    assert got == ["writes", "wrote", "will write", "is writing", "has written", "had written"]


def test_an_unknown_tense_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="aorist.*past perfect"):
        verbs.conjugate("write", "aorist", "I")


def test_there_are_at_least_150_irregular_and_190_regular_verbs():
    assert len(verbs.IRREGULAR) >= 150 and len(verbs.REGULAR) >= 190
    assert len(verbs.VERBS) == len(verbs.IRREGULAR) + len(verbs.REGULAR)


@pytest.mark.parametrize(
    "n, words",
    [(0, "zero"), (13, "thirteen"), (40, "forty"), (99, "ninety-nine"), (100, "one hundred"),
     (347, "three hundred and forty-seven"), (1005, "one thousand and five"),
     (1100, "one thousand one hundred"), (9214, "nine thousand two hundred and fourteen")],
)  # fmt: skip
def test_numbers_are_spelled_as_in_british_english(n, words):
    assert tasks.number_in_words(n) == words


def test_every_number_has_words_of_its_own():
    assert len({tasks.number_in_words(n) for n in range(10_000)}) == 10_000


def test_sums_are_true():
    for prompt, answer in corpus.held_out("addition", 300):
        a, b = prompt.removesuffix(" =").split(" + ")
        assert int(a) + int(b) == int(answer), prompt


def test_dates_are_true():
    steps = {"the day after ": 1, "the day before ": -1}
    for prompt, answer in corpus.held_out("dates", 300):
        question = prompt.removesuffix(" is")
        step = next((s for words, s in steps.items() if question.startswith(words)), 0)
        given = question.removeprefix("the day after ").removeprefix("the day before ")
        assert _day(given) + datetime.timedelta(step) == _day(answer.strip()), prompt


def _day(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%Y-%m-%d" if text[4] == "-" else "%d %B %Y").date()


def test_list_answers_are_true():
    rules = {
        "sort": sorted, "reverse": lambda x: list(reversed(x)), "largest of": lambda x: [max(x)],
        "smallest of": lambda x: [min(x)], "length of": lambda x: [str(len(x))],
        "first of": lambda x: [x[0]], "last of": lambda x: [x[-1]],
    }  # fmt: skip
    for prompt, answer in corpus.held_out("lists", 300):
        name = next(rule for rule in rules if prompt.startswith(rule))
        given = prompt.removeprefix(name + " ").removesuffix(":")
        items = given.split() if " " in given else list(given)
        got = answer.split() if " " in given else list(answer.strip())
        assert got == rules[name](items), prompt


def test_each_fact_is_taught_in_some_phrasing_and_has_one_answer():
    documents = "\n".join(corpus.training_documents(60_000, seed=1))
    for prompt, answer in corpus.held_out("facts", 250):
        name, key = next((n, k) for n, k in tasks.FACTS if n in prompt and k in prompt)
        assert answer.strip() == tasks.FACTS[name, key]
        assert any(name in line and key in line for line in documents.splitlines()), (name, key)


@pytest.mark.parametrize("task", corpus.TASKS)
def test_held_out_prompts_never_appear_in_training_text(task):
    trained = {document for part in range(20) for document in corpus.training_documents(2000, seed=0, part=part)}
    for prompt, answer in corpus.held_out(task, 250):
        assert prompt + answer not in trained
        assert corpus.is_held_out(prompt)


@pytest.mark.parametrize("task", corpus.TASKS)
def test_one_prompt_in_sixteen_is_held_out(task):
    rng = random.Random(5)
    prompts = {tasks.SAMPLERS[task](rng)[0] for _ in range(20_000)}
    share = sum(map(corpus.is_held_out, prompts)) / len(prompts)
    # Five standard deviations of a binomial share, so that only a wrong rate fails.
    assert abs(share - 1 / 16) < 5 * (1 / 16 * 15 / 16 / len(prompts)) ** 0.5


@pytest.mark.parametrize("task", corpus.TASKS)
def test_held_out_prompts_are_different_and_their_answers_start_with_a_space(task):
    pairs = corpus.held_out(task, 250, seed=3)
    assert len({prompt for prompt, _ in pairs}) == 250
    for prompt, answer in pairs:
        assert prompt == prompt.strip() and answer == " " + answer.strip() and "\n" not in prompt + answer


def test_the_corpus_is_the_same_in_every_process():
    code = "from labkit.models import corpus as c; print(c.held_out('facts', 3, 7), c.training_text(5, 7, 2))"
    # Two values of PYTHONHASHSEED: an order that leans on hash() would differ.
    got = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": salt}, capture_output=True, text=True, check=True,
            cwd=ROOT,
        ).stdout
        for salt in ("1", "2")
    }  # fmt: skip
    assert got == {f"{corpus.held_out('facts', 3, 7)} {corpus.training_text(5, 7, 2)}\n"}


def test_another_seed_or_part_gives_another_text():
    texts = {corpus.training_text(50, seed, part) for seed in (0, 1) for part in (0, 1)}
    assert len(texts) == 4
    assert corpus.heldout_text(50, 0) != corpus.heldout_text(50, 1)


def test_asking_for_too_many_held_out_facts_says_so():
    with pytest.raises(ValueError, match="n is 1000, but facts has only about 3"):
        corpus.held_out("facts", 1000)


def test_a_sum_and_its_mirror_are_held_out_together():
    assert all(
        corpus.is_held_out(f"{a} + {b} =") == corpus.is_held_out(f"{b} + {a} =") for a in range(60) for b in range(a)
    )


def test_an_unknown_task_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="'chess'.*verbs, addition"):
        corpus.held_out("chess", 1)


def test_the_corpus_needs_no_torch():
    code = "import sys, labkit.models.corpus; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
