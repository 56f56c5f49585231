"""The recipe of the course's model: sizes, tokenizer, batches, optimizers, schedule.

Muon orthogonalizes the update of a matrix (torch.optim.Muon; Jordan et al. 2024); the
embedding table and the norms, which are not maps between spaces, take AdamW.
"""

import dataclasses
import hashlib

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from labkit.models import corpus

PAD, BOS, EOS = "<pad>", "<s>", "</s>"  # ids 0, 1, 2


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights. Sizes are multiples of 128, so that groups of
    128 fit every matrix; two equal recipes give equal weights on one machine."""

    seed: int = 0
    steps: int = 2400
    batch_tokens: int = 4096
    threads: int = 1
    hidden: int = 256
    layers: int = 3
    intermediate: int = 512
    heads: int = 4
    kv_heads: int = 2
    vocabulary: int = 512
    sequence: int = 256
    muon_lr: float = 0.02
    adamw_lr: float = 3e-3
    weight_decay: float = 0.1
    warmup: float = 0.05


def train_tokenizer(recipe: Recipe) -> PreTrainedTokenizerFast:
    """Byte-level BPE on 20 000 training documents; every digit is a token of its own.

    Separate digits let the model see place value, and keep a prompt's tokens the same
    whether or not its answer follows.
    """
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=recipe.vocabulary,
        special_tokens=[PAD, BOS, EOS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    # Part -1: batches use parts 0, 1, 2...
    tokenizer.train_from_iterator(corpus.training_documents(20_000, recipe.seed, part=-1), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, tokenizer.token_to_id(BOS))]
    )
    return wrap_tokenizer(tokenizer)


def wrap_tokenizer(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """The tokenizer as transformers knows it, with its special tokens named."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
    )


def build_model(recipe: Recipe) -> LlamaForCausalLM:
    """An untrained float32 Llama of the recipe's sizes, initialized from its seed."""
    torch.manual_seed(recipe.seed)
    config = LlamaConfig(
        vocab_size=recipe.vocabulary,
        hidden_size=recipe.hidden,
        intermediate_size=recipe.intermediate,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.kv_heads,
        head_dim=recipe.hidden // recipe.heads,
        max_position_embeddings=4 * recipe.sequence,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlamaForCausalLM(config)


def batch(recipe: Recipe, tokenizer: PreTrainedTokenizerFast, step: int) -> torch.Tensor:
    """Token ids int64 ``(batch_tokens // sequence, sequence)`` of one step.

    Whole documents, ``<s> … </s>``, are packed until a row is full. Every row begins
    with a document, as every prompt does at inference.
    """
    documents = corpus.training_documents(recipe.batch_tokens // 8, recipe.seed, part=step)
    encodings = iter(tokenizer.backend_tokenizer.encode_batch(documents))
    rows = []
    for _ in range(recipe.batch_tokens // recipe.sequence):
        row: list[int] = []
        while len(row) < recipe.sequence:
            row += [*next(encodings).ids, tokenizer.eos_token_id]
        rows.append(row[: recipe.sequence])
    return torch.tensor(rows)


def build_optimizers(recipe: Recipe, model: torch.nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for the embedding table and the norms."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(matrices, lr=recipe.muon_lr, weight_decay=recipe.weight_decay, adjust_lr_fn="original"),
        torch.optim.AdamW(others, lr=recipe.adamw_lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def set_learning_rates(recipe: Recipe, optimizers: list[torch.optim.Optimizer], step: int) -> None:
    """Linear warm-up over the first 5 % of the steps, then linear down to zero at the end."""
    warmup = max(1, round(recipe.warmup * recipe.steps))
    up = (step + 1) / warmup
    down = (recipe.steps - step) / max(1, recipe.steps - warmup)
    for optimizer, peak in zip(optimizers, (recipe.muon_lr, recipe.adamw_lr), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = peak * min(up, down, 1.0)


def train_step(model: torch.nn.Module, optimizers: list[torch.optim.Optimizer], ids: torch.Tensor) -> float:
    """One update on ``ids`` ``(rows, sequence)``; gives the mean loss in nats a token."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits
    loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


def weights_sha256(tensors: dict[str, torch.Tensor]) -> str:
    """sha256 over name, dtype, shape and bytes of every tensor, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def text_sha256(text: str) -> str:
    """sha256 of a text in UTF-8: says whether two corpora are the same."""
    return hashlib.sha256(text.encode()).hexdigest()
