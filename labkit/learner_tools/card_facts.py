"""What a learner built, in real terms: figures of their own functions on the course's model, measured now.

Each function takes the learner's functions and gives facts that need numpy alone; `answers` adds what the model
itself says when torch is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import yaml

from labkit.learner_tools import figure_02, weights
from labkit.learner_tools.yours import Yours

GROUP = 128
PROMPTS, DOCUMENTS = 25, 100  # held-out prompts a task and held-out documents: seconds, and enough to see a break


@dataclass(frozen=True)
class Fact:
    """A number, and what it is, in both languages."""

    value: str
    words: tuple[str, str]


def _megabytes(n: float) -> str:
    return f"{n / 1e6:.2f} MB"


def lab_01(yours: Yours) -> list[Fact]:
    before = after = count = 0
    errors, worst = [], 0.0
    for w in weights.linear_weights().values():
        q, scale = yours("quantize_per_channel", w, gives=(w.shape, w.shape[:1]))
        back = yours("dequantize", q, scale, gives=(w.shape,))
        rows = yours("row_relative_error", w, back, gives=(w.shape[:1],))
        errors.append(rows)
        before, count = before + 2 * w.size, count + w.size
        after += int(yours("memory_bytes_quant", q, scale))
        worst = max(worst, float(rows.max()))
    middle = float(np.median(np.concatenate(errors)))
    return [
        Fact(f"{before / after:.2f}×", (
            f"smaller: {count:,} weights of the model in {_megabytes(after)}, not {_megabytes(before)}, scales counted",
            f"más pequeño: {count:,} pesos en {_megabytes(after)}, no en {_megabytes(before)}, escalas incluidas",
        )),
        Fact(f"{middle:.2%}", (
            f"error of the median row; the worst row of all {worst:.2%}",
            f"de error en la fila mediana; la peor fila de todas, {worst:.2%}",
        )),
    ]  # fmt: skip


def lab_03(yours: Yours) -> list[Fact]:
    before = after = 0
    wrong = squares = 0.0
    for w in weights.linear_weights().values():
        q, scale = yours("quantize_groupwise", w, group_size=GROUP, gives=(w.shape, (len(w), w.shape[1] // GROUP)))
        packed = yours("pack_int4", q, gives=((len(w), w.shape[1] // 2),))
        codes = yours("unpack_int4", packed, gives=(w.shape,))
        back = yours("dequantize_groupwise", codes, scale, gives=(w.shape,))
        before, after = before + 2 * w.size, after + int(yours("memory_bytes_int4", packed, scale))
        wrong, squares = wrong + float(((w - back) ** 2).sum()), squares + float((w**2).sum())
    bits = float(yours("bits_per_weight", GROUP))
    error = (wrong / squares) ** 0.5
    return [
        Fact(f"{before / after:.2f}×", (
            f"smaller: the model's weights in {_megabytes(after)} of packed int4 instead of {_megabytes(before)}",
            f"más pequeño: los pesos en {_megabytes(after)} de int4 empaquetado, no en {_megabytes(before)}",
        )),
        Fact(f"{bits:.3f}", (
            f"bits a weight, in groups of {GROUP}; what comes back out of the bytes is {error:.1%} off",
            f"bits por peso, en grupos de {GROUP}; lo que vuelve de los bytes difiere un {error:.1%}",
        )),
    ]  # fmt: skip


def lab_04(yours: Yours) -> list[Fact]:
    """A layer of the model with three loud channels, before and after the learner's smoothing."""
    w = next(w for name, w in weights.linear_weights().items() if "gate_proj" in name)
    x = np.random.default_rng(0).standard_normal((64, w.shape[1])).astype(np.float32)
    loud = (17, 90, 201)
    x[:, loud] *= 80
    quiet = np.setdiff1d(np.arange(w.shape[1]), loud)
    y, signal = x.astype(np.float64) @ w.T, np.linalg.norm(x[:, quiet].astype(np.float64) @ w[:, quiet].T)
    s = yours("smoothing_scales", yours("channel_absmax", x, gives=(w.shape[1:],)), w, gives=(w.shape[1:],))
    pairs = ((x, w), yours("smooth", x, w, s, gives=(x.shape, w.shape)))
    before, after = (np.linalg.norm(yours("w8a8_linear", *p, gives=(y.shape,)) - y) / signal for p in pairs)
    return [
        Fact(f"{before / after:.1f}×", (
            f"smaller output error in W8A8 with three loud channels: {before:.1%} of the quiet signal before your "
            f"smoothing, {after:.1%} after",
            f"menos error de salida en W8A8 con tres canales fuertes: {before:.1%} de la señal débil antes de tu "
            f"suavizado, {after:.1%} después",
        )),
    ]  # fmt: skip


def lab_02(yours: Yours) -> list[Fact]:
    published = yaml.safe_load((yours.lab.folder / "published-models.yaml").read_text(encoding="utf-8"))
    config = published["models"][figure_02.MODEL]["config"]
    name, card = next(iter(published["cards"].items()))
    tokens = [int(yours("kv_capacity_tokens", figure_02.BUDGET, config, scheme)) for scheme in ("bf16", "int4-g128")]
    hardware = {key: float(card[key]) for key in ("bandwidth", "peak")}
    ms = [1e3 * float(yours("decode_step_seconds", config, s, 1, 1024, hardware)) for s in ("bf16", "int4-g128")]
    return [
        Fact(f"{tokens[1] / tokens[0]:.2f}×", (
            f"as many tokens of cache for {figure_02.MODEL} in 24 GB, by your cost model: {tokens[0]:,} in bf16, "
            f"{tokens[1]:,} in int4",
            f"los tokens de caché para {figure_02.MODEL} en 24 GB, según tu modelo de coste: {tokens[0]:,} en bf16, "
            f"{tokens[1]:,} en int4",
        )),
        Fact(f"{ms[0] / ms[1]:.2f}×", (
            f"faster a step at batch 1 on an {name}, as you predict: {ms[0]:.1f} ms in bf16, {ms[1]:.1f} in int4",
            f"más rápido cada paso con lote 1 en una {name}, según tú: {ms[0]:.1f} ms en bf16, {ms[1]:.1f} en int4",
        )),
    ]  # fmt: skip


FACTS = {"01": lab_01, "02": lab_02, "03": lab_03, "04": lab_04}
ANSWERED = {"01": "int8-channel", "03": "int4-g128", "04": "w8a8-tensor"}  # the scheme that each lab's functions make


def answers(implementation, numbers: list[str]) -> dict[str, list[Fact]]:
    """lab -> what the trained model still answers, quantized by the learner; ImportError without torch."""
    import torch

    from labkit.models import outliers, schemes
    from labkit.models.exam import Exam
    from labkit.models.learner import Learner
    from labkit.models.load import load_model
    from labkit.models.quantize import apply

    torch.set_num_threads(1)
    model, tokenizer = load_model()
    learner, exam = Learner(implementation), Exam(tokenizer, PROMPTS, DOCUMENTS)
    calibration = outliers.calibration_ids(tokenizer)

    def marked(subject, scheme: str) -> tuple[float, float]:
        quantized = apply(schemes.by_name(scheme), subject, learner, calibration).model
        return exam.exact_match(quantized)["all"], exam.perplexity(quantized)

    right, perplexity = marked(model, "bf16")
    found = {}
    for number in numbers:
        if number == "04":
            twin = outliers.make_twin(model, outliers.loud_channels(model.config.hidden_size))
            before, _ = marked(twin, ANSWERED[number])
            after, _ = marked(outliers.smoothed(twin, learner, calibration), ANSWERED[number])
            found[number] = [Fact(f"{after:.0%}", (
                f"of held-out questions right in W8A8 after your smoothing; {before:.0%} before it, with channels "
                f"80 times louder (bf16: {right:.0%})",
                f"de las preguntas nuevas bien en W8A8 tras tu suavizado; {before:.0%} antes, con canales 80 veces "
                f"más fuertes (bf16: {right:.0%})",
            ))]  # fmt: skip
        elif number in ANSWERED:
            mine, worse = marked(model, ANSWERED[number])
            found[number] = [Fact(f"{mine:.0%}", (
                f"of held-out questions right by the model you quantized (bf16: {right:.0%}); perplexity {worse:.4f} "
                f"(bf16: {perplexity:.4f})",
                f"de las preguntas nuevas bien con el modelo que cuantizaste (bf16: {right:.0%}); perplejidad "
                f"{worse:.4f} (bf16: {perplexity:.4f})",
            ))]  # fmt: skip
    return found
