"""The numbers that this lab's pages quote. `lab measure 01` computes them and puts them into the pages."""

import numpy as np

WIDTHS = (16, 64, 256, 1024, 4096, 11008)


def a_loud_row(lab) -> dict:
    """The drama: one row of 64 is k times louder than the others, and the global error does not say so."""
    w = np.random.default_rng(1).standard_normal((64, 256)).astype(np.float32)
    quiet = np.arange(64) != 11
    rows = []
    for k in (1, 10, 50, 100, 300, 1000, 10_000):
        loud = w.copy()
        loud[11] *= k
        q_tensor, scale_tensor = lab.quantize_per_tensor(loud)
        by_tensor = lab.dequantize(q_tensor, scale_tensor)
        by_channel = lab.dequantize(*lab.quantize_per_channel(loud))
        tensor, channel = lab.relative_error(loud, by_tensor), lab.relative_error(loud, by_channel)
        rows.append([
            k, 100 * tensor, 100 * channel, tensor / channel,
            100 * float((q_tensor[quiet] == 0).mean()),
            100 * float((q_tensor[quiet] == 0).all(axis=1).mean()),
            100 * float(np.median(lab.row_relative_error(loud, by_tensor)[quiet])),
            100 * float(np.median(lab.row_relative_error(loud, by_channel)[quiet])),
        ])
    return {
        "title": {
            "en": "64 × 256 Gaussian weights in int8, one row k times louder",
            "es": "64 × 256 pesos gaussianos en int8, con una fila k veces más fuerte",
        },
        "columns": {
            "en": ["k", "global error, per tensor", "global error, per channel", "ratio", "quiet weights at 0",
                   "quiet rows all 0", "median quiet row, per tensor", "median quiet row, per channel"],
            "es": ["k", "error global, por tensor", "error global, por canal", "cociente", "pesos débiles en 0",
                   "filas débiles todo 0", "fila débil mediana, por tensor", "fila débil mediana, por canal"],
        },
        "rows": rows,
        "formats": ["{}", "{:.3f} %", "{:.3f} %", "{:.1f}", "{:.2f} %", "{:.1f} %", "{:.1f} %", "{:.2f} %"],
    }


def error_by_width(lab) -> dict:
    """Per-channel int8: when is the error under 1 %?"""
    rows = []
    for columns in WIDTHS:
        rng = np.random.default_rng(2)
        gaussian = rng.standard_normal((64, columns)).astype(np.float32)
        heavy = rng.standard_t(4, (64, columns)).astype(np.float32)
        rows.append([columns] + [100 * lab.relative_error(w, lab.dequantize(*lab.quantize_per_channel(w)))
                                 for w in (gaussian, heavy)])
    return {
        "title": {"en": "Relative error of per-channel int8, 64 rows",
                  "es": "Error relativo de int8 por canal, 64 filas"},
        "columns": {"en": ["columns", "Gaussian", "Student-t with 4 degrees of freedom"],
                    "es": ["columnas", "gaussiana", "t de Student con 4 grados de libertad"]},
        "rows": rows,
        "formats": ["{}", "{:.2f} %", "{:.2f} %"],
    }


def size_by_width(lab) -> dict:
    """Per-channel int8 with float32 scales: how much smaller?"""
    rows = []
    for columns in WIDTHS:
        w = np.ones((64, columns), np.float32)
        taken = lab.memory_bytes_quant(*lab.quantize_per_channel(w))
        float32, float16 = lab.memory_bytes(w), lab.memory_bytes(w.astype(np.float16))
        rows.append([columns, float32, float16, taken, float32 / taken, float16 / taken])
    return {
        "title": {"en": "Bytes of 64 rows, with one float32 scale a row",
                  "es": "Bytes de 64 filas, con una escala float32 por fila"},
        "columns": {"en": ["columns", "float32", "float16", "int8 and scales", "against float32", "against float16"],
                    "es": ["columnas", "float32", "float16", "int8 y escalas", "frente a float32", "frente a float16"]},
        "rows": rows,
        "formats": ["{}", "{}", "{}", "{}", "{:.3f}×", "{:.3f}×"],
    }


def error_by_bits(lab) -> dict:
    """Each bit taken away doubles the step."""
    w = np.random.default_rng(3).standard_normal((64, 1024)).astype(np.float32)
    rows = []
    for bits in range(8, 1, -1):
        error = lab.relative_error(w, lab.dequantize(*lab.quantize_per_channel(w, bits)))
        rows.append([bits, 2 ** (bits - 1) - 1, 100 * error, error / rows[-1][2] * 100 if rows else "–"])
    return {
        "title": {"en": "64 × 1024 Gaussian weights, per channel", "es": "64 × 1024 pesos gaussianos, por canal"},
        "columns": {"en": ["bits", "largest code", "relative error", "times the row above"],
                    "es": ["bits", "código mayor", "error relativo", "veces la fila de arriba"]},
        "rows": rows,
        "formats": ["{}", "{}", "{:.2f} %", "{:.2f}×"],
    }


def error_by_rounding(lab) -> dict:
    """The same scales, three ways to a code."""
    w = np.random.default_rng(4).standard_normal((64, 1024)).astype(np.float32)
    _, scale = lab.quantize_per_channel(w)
    ratio = w / scale[:, None]
    rows = []
    for name, codes in (
        ({"en": "nearest (np.rint)", "es": "al más cercano (np.rint)"}, np.rint(ratio)),
        ({"en": "towards zero (astype alone)", "es": "hacia cero (solo astype)"}, np.trunc(ratio)),
        ({"en": "down (np.floor)", "es": "hacia abajo (np.floor)"}, np.floor(ratio)),
    ):
        w_hat = lab.dequantize(codes.astype(np.int8), scale)
        steps = (w_hat - w) / scale[:, None]
        rows.append([name, 100 * lab.relative_error(w, w_hat), float(steps.mean()),
                     100 * float(np.abs(w_hat).sum(dtype=np.float64) / np.abs(w).sum(dtype=np.float64) - 1)])
    return {
        "title": {"en": "64 × 1024 Gaussian weights in int8, per channel, rounded in three ways",
                  "es": "64 × 1024 pesos gaussianos en int8, por canal, redondeados de tres maneras"},
        "columns": {"en": ["rounding", "relative error", "mean shift, in steps", "change of mean magnitude"],
                    "es": ["redondeo", "error relativo", "desplazamiento medio, en pasos",
                           "cambio de la magnitud media"]},
        "rows": rows,
        "formats": ["{}", "{:.2f} %", "{:+.3f}", "{:+.2f} %"],
    }


def how_large_sums_get(lab) -> dict:
    """Sums of products of int8 codes, and the integers that they would need."""
    rows = []
    for columns in (16, 64, 256, 1024, 4096):
        rng = np.random.default_rng(5)
        x, _ = lab.quantize_per_channel(rng.standard_normal((64, columns)).astype(np.float32))
        q, _ = lab.quantize_per_channel(rng.standard_normal((64, columns)).astype(np.float32))
        sums = np.abs(x.astype(np.float64) @ q.T.astype(np.float64))
        rows.append([columns, int(sums.max()), 100 * float((sums > 127).mean()), 100 * float((sums > 32767).mean()),
                     127 * 127 * columns])
    return {
        "title": {"en": "64 tokens times 64 rows of Gaussian values, both in int8",
                  "es": "64 tokens por 64 filas de valores gaussianos, ambos en int8"},
        "columns": {"en": ["columns", "largest sum", "beyond int8", "beyond int16", "largest possible"],
                    "es": ["columnas", "mayor suma", "fuera de int8", "fuera de int16", "mayor posible"]},
        "rows": rows,
        "formats": ["{}", "{}", "{:.1f} %", "{:.1f} %", "{}"],
    }


def quantized_activations(lab) -> dict:
    """What int8 activations add to the error of int8 weights, and when one scale a token does not help."""
    rng = np.random.default_rng(6)
    w, x = rng.standard_normal((64, 512)).astype(np.float32), rng.standard_normal((64, 512)).astype(np.float32)
    q, scale = lab.quantize_per_channel(w)
    token, channel = x.copy(), x.copy()
    token[7] *= 100
    channel[:, 7] *= 100
    rows = []
    for name, x in (
        ({"en": "all alike", "es": "todos parecidos"}, x),
        ({"en": "one token 100 times louder", "es": "un token 100 veces más fuerte"}, token),
        ({"en": "one channel 100 times louder", "es": "un canal 100 veces más fuerte"}, channel),
    ):
        y = x.astype(np.float64) @ w.T.astype(np.float64)
        x_q, x_scale = lab.quantize_per_tensor(x)
        one = lab.quant_linear(lab.dequantize(x_q, x_scale), q, scale)
        outputs = lab.quant_linear(x, q, scale), lab.int8_linear(x, q, scale), one
        rows.append([name] + [100 * float(np.median(lab.row_relative_error(y, y_hat))) for y_hat in outputs])
    return {
        "title": {"en": "Error of the output of the median token, 64 tokens, 64 × 512 Gaussian weights in int8",
                  "es": "Error de la salida del token mediano, 64 tokens, 64 × 512 pesos gaussianos en int8"},
        "columns": {"en": ["activations", "left in float", "int8, a scale a token", "int8, one scale"],
                    "es": ["activaciones", "en float", "int8, una escala por token", "int8, una sola escala"]},
        "rows": rows,
        "formats": ["{}", "{:.2f} %", "{:.2f} %", "{:.2f} %"],
    }


def error_by_size(lab) -> dict:
    """An even grid has one step for all, FP8 has one for each binade: the error of weights of one size."""
    rows = []
    for power in range(7):
        values = np.random.default_rng(7).uniform(0.5, 1, 4096) * 10.0**-power
        w = np.concatenate([[1.0], values]).astype(np.float32)[None]  # the 1 sets the scale of the row
        errors = [
            lab.relative_error(w[:, 1:], lab.dequantize(*lab.quantize_per_channel(w))[:, 1:]),
            lab.relative_error(w[:, 1:], lab.dequantize_fp8_e4m3(*lab.quantize_fp8_e4m3(w))[:, 1:]),
        ]
        rows.append([f"{10.0**-power:g}", *(100 * e for e in errors)])
    return {
        "title": {"en": "Relative error of weights between half and one times this size, in a row whose loudest is 1",
                  "es": "Error relativo de pesos entre la mitad y una vez este tamaño, en una fila cuyo mayor es 1"},
        "columns": {"en": ["size", "int8", "FP8 E4M3"], "es": ["tamaño", "int8", "FP8 E4M3"]},
        "rows": rows,
        "formats": ["{}", "{:.2f} %", "{:.2f} %"],
    }


def a_grid_for_each_shape(lab) -> dict:
    """Which grid suits which weights: none is best for all."""
    rng, shape = np.random.default_rng(8), (64, 1024)
    spiky = rng.standard_normal(shape)
    spiky[:, 100] *= 100
    rows = []
    for name, w in (
        ({"en": "uniform", "es": "uniforme"}, rng.uniform(-1, 1, shape)),
        ({"en": "Gaussian", "es": "gaussiana"}, rng.standard_normal(shape)),
        ({"en": "Student-t(4)", "es": "t de Student (4)"}, rng.standard_t(4, shape)),
        ({"en": "Gaussian, one weight a row × 100", "es": "gaussiana, un peso por fila × 100"},
         spiky),
    ):
        w = w.astype(np.float32)
        blocks = w.reshape(-1, 64)
        even, steps = lab.quantize_per_channel(blocks, 4)
        quiet = np.arange(shape[1]) != 100  # the loud weights would hide all others in the norm
        rows.append([name] + [100 * lab.relative_error(w[:, quiet], w_hat.reshape(shape)[:, quiet]) for w_hat in (
            lab.dequantize(*lab.quantize_per_channel(w)),
            lab.dequantize_fp8_e4m3(*lab.quantize_fp8_e4m3(w)),
            lab.dequantize(even, steps),
            lab.dequantize_nf4(*lab.quantize_nf4(w), shape),
        )])
    return {
        "title": {"en": "Relative error of 64 × 1024 weights, without column 100, where the loud ones are",
                  "es": "Error relativo de 64 × 1024 pesos, sin la columna 100, donde están los fuertes"},
        "columns": {"en": ["weights", "int8, a scale a row", "FP8, a scale a row", "even 4 bits, blocks of 64",
                           "NF4, blocks of 64"],
                    "es": ["pesos", "int8, una escala por fila", "FP8, una escala por fila",
                           "4 bits uniformes, bloques de 64", "NF4, bloques de 64"]},
        "rows": rows,
        "formats": ["{}", "{:.2f} %", "{:.2f} %", "{:.2f} %", "{:.2f} %"],
    }


def nf4_by_block(lab) -> dict:
    """Small blocks cost bits, large ones let the loudest weight of more neighbours set the scale."""
    rows = []
    for size in (16, 32, 64, 128, 256, 1024):
        rng = np.random.default_rng(9)
        tables = [rng.standard_normal((64, 1024)), rng.standard_t(4, (64, 1024)), rng.uniform(-1, 1, (64, 1024))]
        rows.append([size, 4 + 32 / size] + [
            100 * lab.relative_error(w, lab.dequantize_nf4(*lab.quantize_nf4(w, size), w.shape)) for w in tables])
    return {
        "title": {"en": "NF4 with one float32 a block, 64 × 1024 weights",
                  "es": "NF4 con un float32 por bloque, 64 × 1024 pesos"},
        "columns": {"en": ["block size", "bits a weight", "Gaussian", "Student-t(4)", "uniform"],
                    "es": ["tamaño de bloque", "bits por peso", "gaussiana", "t de Student (4)", "uniforme"]},
        "rows": rows,
        "formats": ["{}", "{:.3f}", "{:.2f} %", "{:.2f} %", "{:.2f} %"],
    }
