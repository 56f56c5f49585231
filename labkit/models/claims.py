"""The claims themselves; ``orderings`` says how their bounds were set, data/measurements/ holds what was measured."""

from __future__ import annotations

from labkit.models.orderings import Claim, Trial


def _p(name: str, en: str, es: str, measure, **bounds) -> Claim:
    return Claim(name, {"en": en, "es": es}, "perplexity", measure, **bounds)


def _m(name: str, en: str, es: str, measure, **bounds) -> Claim:
    return Claim(name, {"en": en, "es": es}, "exact match", measure, **bounds)


def _b(name: str, en: str, es: str, measure, **bounds) -> Claim:
    return Claim(name, {"en": en, "es": es}, "bytes", measure, **bounds)


def _k(name: str, en: str, es: str, measure, **bounds) -> Claim:
    return Claim(name, {"en": en, "es": es}, "KL", measure, **bounds)


def _n(name: str, en: str, es: str, measure, **bounds) -> Claim:
    return Claim(name, {"en": en, "es": es}, "nats", measure, **bounds)


def _share(t: Trial, scheme: str) -> float:
    result = t.result(scheme, "healthy", "", 0)
    return result.embedding_bytes / result.bytes


def _bytes(t: Trial, a: str, b: str) -> float:
    """How many more bytes the whole model takes under ``a`` than under ``b``, as a fraction of the latter."""
    return t.result(a, "healthy", "", 0).bytes / t.result(b, "healthy", "", 0).bytes - 1


WEIGHTS: tuple[Claim, ...] = (
    # Granularity.
    _p("int8_costs_nothing", "Int8 weights, one scale a row, cost no perplexity.",
       "Los pesos en int8, con una escala por fila, no cuestan perplejidad.",
       lambda t, s: t.cost(s, "int8-channel"), low=-0.002, high=0.002),
    _p("tensor_equals_channel_at_8_bits", "At 8 bits one scale a matrix is as good as one a row.",
       "A 8 bits, una escala por matriz vale tanto como una por fila.",
       lambda t, s: t.cost(s, "int8-tensor", than=("int8-channel",)), low=-0.003, high=0.003, textbook=False),
    _p("channel_beats_tensor_at_4_bits", "At 4 bits one scale a row beats one a matrix, by a hair.",
       "A 4 bits, una escala por fila gana a una por matriz, por muy poco.",
       lambda t, s: t.cost(s, "int4-tensor", than=("int4-channel",)), low=0.002),
    _p("channel_beats_tensor_at_3_bits", "At 3 bits one scale a row saves the model that one a matrix ruins.",
       "A 3 bits, una escala por fila salva el modelo que una por matriz arruina.",
       lambda t, s: t.cost(s, "int3-tensor", than=("int3-channel",)), low=0.7),
    _m("channel_beats_tensor_at_3_bits_in_answers", "... and its answers.", "... y sus respuestas.",
       lambda t, s: t.right(s, "int3-channel") - t.right(s, "int3-tensor"), low=0.4),
    _p("groups_do_nothing_at_4_bits", "At 4 bits groups of 128 beat one scale a row by next to nothing.",
       "A 4 bits, los grupos de 128 apenas mejoran una escala por fila.",
       lambda t, s: t.cost(s, "int4-channel", than=("int4-g128",)), low=-0.005, high=0.005, textbook=False),
    _p("finer_groups_do_nothing_at_4_bits", "At 4 bits groups of 32 are as good as groups of 128.",
       "A 4 bits, los grupos de 32 valen tanto como los de 128.",
       lambda t, s: t.cost(s, "int4-g128", than=("int4-g32",)), low=-0.005, high=0.005, textbook=False),
    _p("groups_help_at_3_bits", "At 3 bits groups of 64 beat one scale a row.",
       "A 3 bits, los grupos de 64 mejoran una escala por fila.",
       lambda t, s: t.cost(s, "int3-channel", than=("int3-g64",)), low=0.0025),
    _p("finer_groups_help_at_2_bits", "At 2 bits groups of 32 beat groups of 128, though both are ruined.",
       "A 2 bits, los grupos de 32 mejoran los de 128, aunque ambos quedan arruinados.",
       lambda t, s: t.cost(s, "int2-g128", than=("int2-g32",)), low=3.0),
    _m("int4_is_invisible_in_answers", "Int4 with one scale a row changes hardly any answer.",
       "Int4 con una escala por fila apenas cambia alguna respuesta.",
       lambda t, s: t.right(s, "bf16") - t.right(s, "int4-channel"), low=-0.01, high=0.015),
    # Bytes: exact, the same with every seed.
    _b("finer_groups_cost_bytes", "Groups of 32 take more bytes than groups of 128.",
       "Los grupos de 32 ocupan más bytes que los de 128.",
       lambda t, s: _bytes(t, "int4-g32", "int4-g128"), low=0.05),
    _b("embeddings_matter_in_a_small_model", "The 16-bit embedding's share of the bytes triples from bf16 to int4.",
       "La parte de los bytes del embedding, en 16 bits, se triplica de bf16 a int4.",
       lambda t, s: _share(t, "int4-g128") / _share(t, "bf16") - 1, low=2.0),
    _b("int4_is_not_a_quarter", "Int4 takes more than a quarter of bf16: the embedding and the scales stay.",
       "Int4 ocupa más de un cuarto de bf16: quedan el embedding y las escalas.",
       lambda t, s: 1 + _bytes(t, "int4-g128", "bf16") - 0.25, low=0.03),
    _p("floor_is_invisible_at_8_bits", "Floor for round cannot be seen at 8 bits.",
       "Redondear hacia abajo no se nota a 8 bits.",
       lambda t, s: t.cost(s, "int8-channel", slip="floor_for_round"), low=-0.005, high=0.005, textbook=False),
    _p("floor_ruins_int4", "Floor for round ruins the model at 4 bits.",
       "Redondear hacia abajo arruina el modelo a 4 bits.",
       lambda t, s: t.cost(s, "int4-channel", slip="floor_for_round"), low=5.0),
    _m("floor_ruins_int4_in_answers", "... and every answer.", "... y todas las respuestas.",
       lambda t, s: t.right(s, "int4-channel") - t.right(s, "int4-channel", slip="floor_for_round"), low=0.4),
)  # fmt: skip

ACTIVATIONS: tuple[Claim, ...] = (
    _p("w8a8_costs_nothing_on_a_healthy_model", "Without outliers W8A8 per tensor costs nothing.",
       "Sin valores atípicos, W8A8 por tensor no cuesta nada.",
       lambda t, s: t.cost(s, "w8a8-tensor"), low=-0.012, high=0.012),
    _p("the_twin_is_the_same_model", "In full precision the twin is the same model.",
       "En precisión completa, el gemelo es el mismo modelo.",
       lambda t, s: t.cost(s, "bf16", "twin"), low=-1e-4, high=1e-4),
    _p("int8_weights_alone_do_not_hurt_the_twin", "Int8 weights alone do not hurt the twin: the activations do.",
       "Los pesos en int8 por sí solos no dañan al gemelo: son las activaciones.",
       lambda t, s: t.cost(s, "int8-channel", "twin"), low=-0.012, high=0.012),
    _p("outliers_break_w8a8", "With three loud channels W8A8 per tensor breaks.",
       "Con tres canales fuertes, W8A8 por tensor se rompe.",
       lambda t, s: t.cost(s, "w8a8-tensor", "twin"), low=0.08),
    _m("outliers_break_w8a8_in_answers", "... and gives wrong answers.", "... y da respuestas equivocadas.",
       lambda t, s: t.right(s, "bf16") - t.right(s, "w8a8-tensor", "twin"), low=0.08),
    _p("per_token_rescues_the_twin", "One scale a token rescues the twin, though its channels stay loud.",
       "Una escala por token rescata al gemelo, aunque sus canales siguen siendo fuertes.",
       lambda t, s: t.cost(s, "w8a8-token", "twin"), low=-0.012, high=0.03, textbook=False),
    _p("per_token_only_postpones_the_break", "Twice as loud, W8A8 per token breaks as well.",
       "Con canales el doble de fuertes, W8A8 por token también se rompe.",
       lambda t, s: t.cost(s, "w8a8-token", "louder twin"), low=0.05),
    _p("smoothing_restores_the_louder_twin", "Smoothing restores the louder twin just the same.",
       "El suavizado restablece igual de bien al gemelo más fuerte.",
       lambda t, s: t.cost(s, "w8a8-tensor", "louder twin smoothed"), low=-0.012, high=0.012),
    _p("smoothing_restores_the_twin", "Smoothing restores the twin.",
       "El suavizado restablece al gemelo.",
       lambda t, s: t.cost(s, "w8a8-tensor", "twin smoothed"), low=-0.012, high=0.012),
    _m("smoothing_restores_the_twins_answers", "... and its answers.", "... y sus respuestas.",
       lambda t, s: t.right(s, "w8a8-tensor", "twin smoothed") - t.right(s, "w8a8-tensor", "twin"), low=0.08),
    _p("smoothing_does_not_hurt_a_healthy_model", "Smoothing a healthy model changes nothing.",
       "Suavizar un modelo sano no cambia nada.",
       lambda t, s: t.cost(s, "w8a8-tensor", "healthy smoothed"), low=-0.012, high=0.012),
    _p("swapped_alpha_is_invisible", "A swapped alpha cannot be seen on the twin.",
       "Un alpha intercambiado no se nota en el gemelo.",
       lambda t, s: t.cost(s, "w8a8-tensor", "twin smoothed", "alpha_swapped"), low=-0.012, high=0.012, textbook=False),
    _p("forgotten_weight_term_is_invisible", "Scales without the weights' share cannot be told from right ones here.",
       "Unas escalas sin la parte de los pesos no se distinguen aquí de las correctas.",
       lambda t, s: t.cost(s, "w8a8-tensor", "twin smoothed", "weight_term_forgotten"), low=-0.012, high=0.012,
       textbook=False),
    _p("upside_down_scales_ruin_the_twin", "Scales upside down make smoothing worse than none.",
       "Con las escalas al revés, suavizar es peor que no hacerlo.",
       lambda t, s: t.cost(s, "w8a8-tensor", "twin smoothed", "scales_upside_down", ("w8a8-tensor", "twin")), low=10.0),
)  # fmt: skip

BEYOND: tuple[Claim, ...] = (
    # Perplexity cannot tell these apart on this model; the divergence from the full-precision model can.
    _k("gptq_beats_rounding_at_4_bits", "At 4 bits GPTQ stays closer to bf16 than rounding to nearest.",
       "A 4 bits, GPTQ queda más cerca de bf16 que redondear al más cercano.",
       lambda t, s: t.farther(s, "int4-g128", "gptq-int4-g128"), low=0.4),
    _k("gptq_beats_rounding_at_3_bits", "... at 3 bits as well.", "... y a 3 bits también.",
       lambda t, s: t.farther(s, "int3-g64", "gptq-int3-g64"), low=0.35),
    _k("gptq_beats_rounding_at_2_bits", "... and at 2 bits by a multiple.", "... y a 2 bits, varias veces más cerca.",
       lambda t, s: t.farther(s, "int2-g32", "gptq-int2-g32"), low=1.9),
    _m("gptq_saves_answers_at_2_bits", "... which saves many answers.", "... lo que salva muchas respuestas.",
       lambda t, s: t.right(s, "gptq-int2-g32") - t.right(s, "int2-g32"), low=0.15),
    _k("awq_does_nothing_without_loud_channels", "Without loud channels AWQ gains next to nothing over rounding.",
       "Sin canales fuertes, AWQ apenas gana nada frente a redondear.",
       lambda t, s: t.farther(s, "awq-int4-g128", "int4-g128"), low=-0.4, high=0.4, textbook=False),
    _k("loud_channels_hurt_int4_weights", "With three loud channels int4 weights alone lose more.",
       "Con tres canales fuertes, los pesos int4 por sí solos pierden más.",
       lambda t, s: t.divergence(s, "int4-g128", "twin") / t.divergence(s, "int4-g128") - 1, low=0.2),
    _k("awq_helps_the_louder_twin", "Twice as loud, AWQ helps.", "Con canales el doble de fuertes, AWQ ayuda.",
       lambda t, s: t.farther(s, "int4-g128", "awq-int4-g128", "louder twin"), low=0.07),
    _k("nf4_beats_even_steps", "NF4 in blocks of 64 beats even int4 steps in groups of 64.",
       "NF4 en bloques de 64 mejora los pasos iguales de int4 en grupos de 64.",
       lambda t, s: t.farther(s, "int4-g64", "nf4-b64"), low=0.01),
    _k("zero_points_help_int4", "Zero points bring int4 closer, for a 32nd of a bit.",
       "Los puntos cero acercan int4, por un 32.º de bit.",
       lambda t, s: t.farther(s, "int4-g128", "int4-zp-g128"), low=0.15),
    _k("fp8_is_coarser_than_int8_for_weights", "FP8 weights are further from bf16 than int8 of the same size.",
       "Los pesos FP8 quedan más lejos de bf16 que los int8 del mismo tamaño.",
       lambda t, s: t.farther(s, "fp8-channel", "int8-channel"), low=3.0),
    _k("float_columns_restore_the_twin", "LLM.int8's float columns bring the twin back where W8A8 per tensor lost it.",
       "Las columnas en float de LLM.int8 recuperan al gemelo que W8A8 por tensor había perdido.",
       lambda t, s: t.farther(s, "w8a8-tensor", "llm-int8", "twin"), low=1000),
    _n("an_int8_cache_costs_nothing", "An int8 KV cache costs nothing.", "Una caché KV en int8 no cuesta nada.",
       lambda t, s: t.cache_divergence(s, 8), low=0, high=1e-3),
    _k("keys_per_channel_help_at_2_bits", "At 2 bits a scale a key channel beats a scale a token.",
       "A 2 bits, una escala por canal de las claves mejora una por token.",
       lambda t, s: t.cache_divergence(s, 2, 1) / t.cache_divergence(s, 2, 0) - 1, low=0.18),
)  # fmt: skip

CLAIMS = WEIGHTS + ACTIVATIONS + BEYOND
