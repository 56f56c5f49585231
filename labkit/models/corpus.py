"""The corpus of the course's model: documents with one exact answer each, made by rule.

A document is ``prompt + answer`` of one of the six tasks (see ``tasks``). One prompt in
sixteen is held out by a stable hash of its words and never trained on. Everything is a
pure function of its arguments and seed, on any machine (standard library only).
"""

import hashlib
import random

from labkit.models.tasks import SAMPLERS, Pair

HELD_OUT_ONE_IN = 16

TASKS = tuple(SAMPLERS)

# Share of the documents, found by trial: facts must be met often to be remembered.
MIX = {"verbs": 0.24, "addition": 0.18, "lists": 0.20, "dates": 0.10, "numbers": 0.10, "facts": 0.18}


def is_held_out(prompt: str) -> bool:
    """True for the one prompt in sixteen that training never sees.

    The hash is of the prompt's words in alphabetical order: ``34 + 12 =`` shares the fate
    of ``12 + 34 =``, else training would see the answer under the other name. sha256, not
    ``hash()``, which Python salts anew in every process.
    """
    words = " ".join(sorted(prompt.split()))
    return hashlib.sha256(words.encode()).digest()[0] % HELD_OUT_ONE_IN == 0


def sample(task: str, rng: random.Random, held: bool) -> Pair:
    """One ``(prompt, answer)`` of ``task``, from the held-out prompts or from the others."""
    if task not in SAMPLERS:
        raise ValueError(f"task is {task!r}; it must be one of {', '.join(TASKS)}")
    while True:
        prompt, answer = SAMPLERS[task](rng)
        if is_held_out(prompt) == held:
            return prompt, answer


def held_out(task: str, n: int, seed: int = 0) -> list[Pair]:
    """``n`` different held-out ``(prompt, answer)`` pairs of ``task``; the answer starts with a space."""
    rng = random.Random(f"held out {task} {seed}")
    pairs: dict[str, str] = {}
    for _ in range(20 * n + 100):
        if len(pairs) == n:
            return list(pairs.items())
        prompt, answer = sample(task, rng, held=True)
        pairs[prompt] = answer
    raise ValueError(f"n is {n}, but {task} has only about {len(pairs)} held-out prompts; ask for fewer")


def _documents(count: int, rng: random.Random, held: bool) -> list[str]:
    tasks = rng.choices(TASKS, weights=[MIX[task] for task in TASKS], k=count)
    return ["".join(sample(task, rng, held)) for task in tasks]


def training_documents(count: int, seed: int, part: int = 0) -> list[str]:
    """``count`` documents of the training stream, none of them from a held-out prompt.

    Part ``k`` depends on ``(seed, k)`` alone: a resumed run asks for its next part and
    needs no other memory of where in the corpus it was.
    """
    return _documents(count, random.Random(f"training {seed} {part}"), held=False)


def training_text(count: int, seed: int = 0, part: int = 0) -> str:
    """``training_documents`` as text, one document a line."""
    return "\n".join(training_documents(count, seed, part))


def heldout_text(count: int = 600, seed: int = 0) -> str:
    """``count`` held-out documents in the training mix, one a line: the text for perplexity."""
    return "\n".join(_documents(count, random.Random(f"held-out text {seed}"), held=True))
