"""What people judge a language model by: perplexity on unseen text, exact match on tasks.

Both take any torch module that maps ``input_ids`` int64 ``(batch, tokens)`` to logits
``(batch, tokens, vocabulary)``, bare or as an object with ``.logits``.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

import torch
from transformers import PreTrainedTokenizerBase

from labkit.models import corpus


def _logits(model: torch.nn.Module, ids: torch.Tensor) -> torch.Tensor:
    output = model(ids)
    return getattr(output, "logits", output)


def encode_text(tokenizer: PreTrainedTokenizerBase, text: str) -> torch.Tensor:
    """Token ids int64 ``(tokens,)`` of a text with one document a line, each ``<s> … </s>``."""
    encodings = tokenizer(text.splitlines())["input_ids"]
    return torch.tensor([i for ids in encodings for i in (*ids, tokenizer.eos_token_id)])


@torch.inference_mode()
def perplexity(
    model: torch.nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    text: str | torch.Tensor,
    window: int = 256,
    batch_size: int = 16,
) -> float:
    """exp of the mean negative log-likelihood a token, in windows that do not overlap.

    ``text`` is a text with one document a line, or its ids int64 ``(tokens,)``. The first
    token of a window is context only; an incomplete last window is left out, so that
    every score has the same length of context before it. Needs at least one window.
    """
    ids = encode_text(tokenizer, text) if isinstance(text, str) else torch.as_tensor(text).flatten()
    if len(ids) < window:
        raise ValueError(f"text has {len(ids)} tokens, fewer than one window of {window}; give more text")
    rows = ids[: len(ids) // window * window].view(-1, window)
    total = 0.0
    for chunk in rows.split(batch_size):
        logits = _logits(model, chunk)[:, :-1].float()
        total += torch.nn.functional.cross_entropy(logits.flatten(0, 1), chunk[:, 1:].flatten(), reduction="sum").item()
    return math.exp(total / (rows.numel() - len(rows)))


@torch.inference_mode()
def divergence(
    model: torch.nn.Module, reference: torch.nn.Module, ids: torch.Tensor, window: int = 256, batch_size: int = 16
) -> float:
    """Mean Kullback-Leibler divergence KL(reference || model) of the next-token distributions, in nats a token.

    0 exactly where both say the same. It sees every token's whole distribution, so it tells models apart whose
    perplexity on the same text is level. ``ids`` int64 ``(tokens,)``, in windows as in ``perplexity``.
    Source: llama.cpp's ``llama-perplexity --kl-divergence`` reports the same mean.
    """
    rows = ids[: len(ids) // window * window].view(-1, window)
    total = 0.0
    for chunk in rows.split(batch_size):
        said = [_logits(m, chunk).float().log_softmax(-1).flatten(0, 1) for m in (model, reference)]
        total += torch.nn.functional.kl_div(*said, reduction="sum", log_target=True).item()
    return total / rows.numel()


@torch.inference_mode()
def matches(
    model: torch.nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    answers: Sequence[str],
    batch_tokens: int = 4096,
) -> list[bool]:
    """For each prompt, whether greedy decoding would give exactly ``answer`` and then ``</s>``.

    One forward pass tells: greedy decoding walks along the answer if and only if each
    answer token is the argmax after the prompt and the answer tokens before it.

    Prompts of equal length share a batch and nothing is padded, because padding would
    leak into quantizers that take one scale over all tokens. Such a scale sees the whole
    batch and the answer here, as it does at prefill; with it the equality with
    token-by-token decoding is approximate.
    """
    if len(prompts) != len(answers):
        raise ValueError(f"prompts has {len(prompts)} entries but answers has {len(answers)}")
    if not prompts:
        return []
    prompt_ids = tokenizer(list(prompts))["input_ids"]
    answer_ids = tokenizer(list(answers), add_special_tokens=False)["input_ids"]
    by_length = defaultdict(list)
    for i, (p, a) in enumerate(zip(prompt_ids, answer_ids, strict=True)):
        by_length[len(p) + len(a)].append(i)
    found = [False] * len(prompts)
    for length, members in by_length.items():
        size = max(1, batch_tokens // length)
        for chunk in (members[k : k + size] for k in range(0, len(members), size)):
            ids = torch.tensor([prompt_ids[i] + answer_ids[i] for i in chunk])
            best = _logits(model, ids).argmax(-1).tolist()
            for i, row in zip(chunk, best, strict=True):
                expected = [*answer_ids[i], tokenizer.eos_token_id]
                found[i] = row[len(prompt_ids[i]) - 1 :] == expected
    return found


def exact_match(
    model: torch.nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    answers: Sequence[str],
) -> float:
    """Fraction, 0 to 1, of prompts that greedy decoding answers exactly; see ``matches``."""
    found = matches(model, tokenizer, prompts, answers)
    if not found:
        raise ValueError("prompts is empty; give at least one")
    return sum(found) / len(found)


def exact_match_by_task(
    model: torch.nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    n: int = 250,
    seed: int = 0,
    tasks: Sequence[str] = corpus.TASKS,
) -> dict[str, float]:
    """Exact match on ``n`` held-out prompts of each task, and ``"all"``, their mean."""
    pairs = [(task, *pair) for task in tasks for pair in corpus.held_out(task, n, seed)]
    # One call for all tasks: equal lengths from different tasks share a batch.
    found = matches(model, tokenizer, [p for _, p, _ in pairs], [a for _, _, a in pairs])
    scores = {task: sum(ok for (name, *_), ok in zip(pairs, found, strict=True) if name == task) / n for task in tasks}
    return scores | {"all": sum(found) / len(found)}
