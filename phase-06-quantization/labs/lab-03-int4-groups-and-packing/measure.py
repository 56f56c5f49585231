"""What lab 03 measures: each function takes the lab's functions and gives one table of the README.

Weights are drawn N(0, 1) ("Gaussian") or Student-t with 4 degrees of freedom ("t(4)", heavy tails:
its fourth moment is infinite, so long rows nearly always hold outliers). Errors are Frobenius, in percent.
"""

import json
import math
from pathlib import Path

import numpy as np

ROWS = 64


def _weights(columns: int, rows: int = ROWS) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {
        "Gaussian": rng.standard_normal((rows, columns)).astype(np.float32),
        "t(4)": rng.standard_t(4, (rows, columns)).astype(np.float32),
    }


def _error(w: np.ndarray, w_hat: np.ndarray) -> float:
    w, w_hat = w.astype(np.float64), w_hat.astype(np.float64)
    return 100 * float(np.linalg.norm(w - w_hat) / np.linalg.norm(w))


def _round_trip(lab, w: np.ndarray, group_size: int) -> np.ndarray:
    return lab.dequantize_groupwise(*lab.quantize_groupwise(w, group_size))


def error_by_group_size(lab) -> dict:
    """The trade: finer groups, smaller error, more bytes of scales."""
    weights, rows = _weights(4096), []
    for size in (4096, 512, 256, 128, 64, 32, 16):
        q, scale = lab.quantize_groupwise(weights["Gaussian"], size)
        taken = lab.memory_bytes_int4(lab.pack_int4(q), scale)
        errors = [_error(w, _round_trip(lab, w, size)) for w in weights.values()]
        rows.append([size, lab.bits_per_weight(size), 4 * q.size / taken, 100 * scale.nbytes / taken, *errors])
    return {
        "title": {
            "en": f"Error and size by group size, {ROWS} x 4096 weights (the first row is one scale a row)",
            "es": f"Error y tamaño según el grupo, {ROWS} x 4096 pesos (la primera línea es una escala por fila)",
        },
        "columns": {
            "en": [
                "group size",
                "bits per weight",
                "times smaller than float32",
                "bytes that are scales, %",
                "error Gaussian, %",
                "error t(4), %",
            ],
            "es": [
                "tamaño de grupo",
                "bits por peso",
                "veces menor que float32",
                "bytes que son escalas, %",
                "error gaussiano, %",
                "error t(4), %",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.4f}", "{:.3f}", "{:.2f}", "{:.1f}", "{:.1f}"],
    }


def error_by_row_length(lab) -> dict:
    """One scale a row gets worse the longer the row is; one a group does not."""
    rows = []
    for columns in (128, 512, 1024, 4096, 11008):
        weights = _weights(columns, rows=32)
        errors = {
            name: [_error(w, _round_trip(lab, w, size)) for size in (columns, 128)] for name, w in weights.items()
        }
        rows.append([columns, *errors["Gaussian"], *errors["t(4)"], errors["t(4)"][0] / errors["t(4)"][1]])
    return {
        "title": {
            "en": "Error by row length, 32 rows: one scale a row against groups of 128",
            "es": "Error según el largo de la fila, 32 filas: una escala por fila contra grupos de 128",
        },
        "columns": {
            "en": [
                "columns",
                "Gaussian, per row, %",
                "Gaussian, g128, %",
                "t(4), per row, %",
                "t(4), g128, %",
                "t(4), gain of groups",
            ],
            "es": [
                "columnas",
                "gaussiano, por fila, %",
                "gaussiano, g128, %",
                "t(4), por fila, %",
                "t(4), g128, %",
                "t(4), ganancia de los grupos",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.1f}", "{:.1f}", "{:.1f}", "{:.1f}", "{:.2f}"],
    }


def error_from_the_peak(lab) -> dict:
    """A step s gives an error of about s / sqrt(12), and s is the peak over 7: so the peak predicts the error."""
    weights, rows = _weights(4096), []
    for name, w in weights.items():
        for size in (4096, 128, 32):
            groups = w.astype(np.float64).reshape(-1, size)
            loud = float(np.sqrt((np.abs(groups).max(axis=1) ** 2).mean() / (groups**2).mean()))
            shown = {"en": name, "es": "gaussiano"} if name == "Gaussian" else name
            zeros = 100 * float((lab.quantize_groupwise(w, size)[0] == 0).mean())
            rows.append([shown, size, loud, 100 * loud / 7 / 12**0.5, _error(w, _round_trip(lab, w, size)), zeros])
    return {
        "title": {
            "en": f"The error that the peak predicts, {ROWS} x 4096 weights",
            "es": f"El error que predice el pico, {ROWS} x 4096 pesos",
        },
        "columns": {
            "en": [
                "weights",
                "group size",
                "peak over rms",
                "peak / 7 / sqrt(12), %",
                "error measured, %",
                "codes that are 0, %",
            ],
            "es": [
                "pesos",
                "tamaño de grupo",
                "pico entre rms",
                "pico / 7 / sqrt(12), %",
                "error medido, %",
                "códigos que son 0, %",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{}", "{:.2f}", "{:.1f}", "{:.1f}", "{:.1f}"],
    }


def one_outlier(lab) -> dict:
    """One loud column: what the quiet weights of its row, and of its group, have left."""
    w = _weights(4096)["Gaussian"].copy()
    w[:, 100] *= 100
    quiet = np.ones(4096, bool)
    quiet[100] = False
    rows = []
    for size in (4096, 128, 64, 32):
        w_hat = _round_trip(lab, w, size)
        own = quiet & (np.arange(4096) // size == 100 // size)
        elsewhere = quiet & ~own
        rows.append(
            [
                size,
                _error(w, w_hat),
                _error(w[:, own], w_hat[:, own]),
                _error(w[:, elsewhere], w_hat[:, elsewhere]) if elsewhere.any() else "-",
            ]
        )
    return {
        "title": {
            "en": f"One column of 4096 is 100 times louder ({ROWS} Gaussian rows)",
            "es": f"Una columna de 4096 es 100 veces mayor ({ROWS} filas gaussianas)",
        },
        "columns": {
            "en": [
                "group size",
                "global error, %",
                "error of the quiet weights beside the outlier, %",
                "error of the other groups, %",
            ],
            "es": [
                "tamaño de grupo",
                "error global, %",
                "error de los pesos débiles junto al valor atípico, %",
                "error de los demás grupos, %",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.1f}", "{:.1f}", "{:.1f}"],
    }


def scale_as_stored(lab) -> dict:
    """Codes from the stored scale, against codes from the scale before its rounding to float16."""
    base, rows = _weights(4096)["Gaussian"], []
    for power in (0, -12, -16, -19, -21, -22):
        w = np.ldexp(base, power)
        q, scale = lab.quantize_groupwise(w, 128)
        step = np.repeat(scale.astype(np.float64), 128, axis=1)
        exact = np.repeat(np.abs(w.reshape(ROWS, -1, 128)).max(axis=2).astype(np.float64) / 7, 128, axis=1)
        early = np.clip(np.rint(w / exact), -7, 7)
        worst = float((np.abs(w - q * step) / step).max())
        rows.append(
            [f"2^{power}", 100 * float((early != q).mean()), _error(w, q * step), _error(w, early * step), worst]
        )
    return {
        "title": {
            "en": f"Codes from the stored scale or from the exact one, {ROWS} x 4096 Gaussian, groups of 128",
            "es": f"Códigos con la escala guardada o con la exacta, {ROWS} x 4096 gaussianos, grupos de 128",
        },
        "columns": {
            "en": [
                "loudness of w",
                "codes that differ, %",
                "error, stored scale, %",
                "error, rounded afterwards, %",
                "worst weight, in steps (stored)",
            ],
            "es": [
                "magnitud de w",
                "códigos distintos, %",
                "error, escala guardada, %",
                "error, redondeada después, %",
                "peor peso, en pasos (guardada)",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.2f}", "{:.2f}", "{:.2f}", "{:.3f}"],
    }


def layouts_round_trip(lab) -> dict:
    """Four layouts come back whole; only one of them is what the reader of our bytes expects."""
    w = _weights(4096)["Gaussian"]
    q, scale = lab.quantize_groupwise(w, 128)
    even, odd, half = q[:, 0::2].astype(int), q[:, 1::2].astype(int), q.shape[1] // 2
    layouts = {
        ("this lab", "este lab"): (even & 15) | (odd & 15) << 4,
        ("nibbles swapped", "nibbles invertidos"): (odd & 15) | (even & 15) << 4,
        ("offset of 8", "desplazamiento de 8"): (even + 8) | (odd + 8) << 4,
        ("split into halves", "mitades separadas"): (q[:, :half].astype(int) & 15)
        | (q[:, half:].astype(int) & 15) << 4,
    }
    right, rows = lab.pack_int4(q), []
    for (english, spanish), packed in layouts.items():
        packed = packed.astype(np.uint8)
        read = lab.dequantize_groupwise(lab.unpack_int4(packed), scale)
        rows.append([{"en": english, "es": spanish}, 100 * float((packed == right).mean()), _error(w, read)])
    return {
        "title": {
            "en": "What unpack_int4 makes of bytes that others packed (each round-trips with its own reader)",
            "es": "Lo que unpack_int4 lee de bytes ajenos (todos vuelven íntegros con su propio lector)",
        },
        "columns": {
            "en": ["layout", "bytes equal to ours, %", "error of the weight read, %"],
            "es": ["disposición", "bytes iguales a los nuestros, %", "error del peso leído, %"],
        },
        "rows": rows,
        "formats": ["{}", "{:.1f}", "{:.1f}"],
    }


# ---- beyond the core ----


def zero_points(lab) -> dict:
    """Where a zero point buys something, and where it does not."""
    rng, size, rows = np.random.default_rng(3), 128, []
    shape = (ROWS, 4096)
    kinds = {
        ("Gaussian", "gaussiano"): rng.standard_normal(shape),
        ("t(4)", "t(4)"): rng.standard_t(4, shape),
        ("Gaussian, mean 1", "gaussiano, media 1"): rng.standard_normal(shape) + 1,
        ("Gaussian, mean 3", "gaussiano, media 3"): rng.standard_normal(shape) + 3,
        ("magnitudes of a Gaussian", "magnitudes de un gaussiano"): np.abs(rng.standard_normal(shape)),
    }
    for (english, spanish), w in kinds.items():
        w = w.astype(np.float32)
        symmetric = _error(w, _round_trip(lab, w, size))
        q, scale, zero_point = lab.quantize_groupwise_asymmetric(w, size)
        wide = np.repeat(np.stack([scale.astype(np.float32), zero_point.astype(np.float32)]), size, axis=2)
        error = _error(w, (q - wide[1]) * wide[0])
        middle = 100 * float(((zero_point > 5) & (zero_point < 10)).mean())
        rows.append([{"en": english, "es": spanish}, symmetric, error, symmetric / error, middle])
    return {
        "title": {
            "en": f"Symmetric (4.125 bits) against zero points (4.15625 bits), {ROWS} x 4096 weights, groups of 128",
            "es": f"Simétrico (4.125 bits) contra puntos cero (4.15625 bits), {ROWS} x 4096 pesos, grupos de 128",
        },
        "columns": {
            "en": ["weights", "error symmetric, %", "error with zero points, %", "gain", "zero points 6 to 9, %"],
            "es": ["pesos", "error simétrico, %", "error con puntos cero, %", "ganancia", "puntos cero de 6 a 9, %"],
        },
        "rows": rows,
        "formats": ["{}", "{:.1f}", "{:.1f}", "{:.2f}", "{:.0f}"],
    }


def words_misread(lab) -> dict:
    """Each slip gives a weight of the right shape and dtype; only its values tell."""
    n, size = 256, 128
    w = _weights(n, rows=n)["Gaussian"]
    q, scale = lab.quantize_groupwise(w, size)
    awq, natural = lab.pack_awq(q), lab.pack_compressed_tensors(q)
    words = awq.view(np.uint32)[:, :, None] >> np.arange(0, 32, 4, dtype=np.uint32) & 15
    order = np.array([0, 2, 4, 6, 1, 3, 5, 7])

    def in_order(which):
        return (words[:, :, which].reshape(n, -1).T.astype(np.int64) - 8).astype(np.int8)

    excess = q.astype(np.int64) + 8
    read = {
        ("each by its own reader", "cada uno con su lector"): lab.unpack_awq(awq),
        ("AWQ read in natural order", "AWQ leído en orden natural"): in_order(np.arange(8)),
        ("AWQ's order applied twice", "el orden de AWQ aplicado dos veces"): in_order(order),
        ("AWQ read as compressed-tensors", "AWQ leído como compressed-tensors"): lab.unpack_compressed_tensors(awq),
        ("compressed-tensors read as AWQ", "compressed-tensors leído como AWQ"): lab.unpack_awq(natural),
        ("GPTQ read as compressed-tensors", "GPTQ leído como compressed-tensors"): lab.unpack_compressed_tensors(
            np.ascontiguousarray(lab.pack_gptq(q).reshape(n, -1))
        ),
        ("code + 8 read as two's complement", "código + 8 leído como complemento a dos"): np.where(
            excess > 7, excess - 16, excess
        ),
        ("GPTQ's zero point off by one", "el punto cero de GPTQ corrido en uno"): q + np.int8(1),
    }
    rows = []
    for (english, spanish), codes in read.items():
        right = 100 * float((codes == q).mean())
        rows.append([{"en": english, "es": spanish}, right, _error(w, lab.dequantize_groupwise(codes, scale))])
    return {
        "title": {
            "en": "A 256 x 256 Gaussian weight in int32 words, as its reader sees it",
            "es": "Un peso gaussiano de 256 x 256 en palabras int32, tal como lo ve quien lo lee",
        },
        "columns": {
            "en": ["how the words are read", "codes right, %", "error of the weight, %"],
            "es": ["cómo se leen las palabras", "códigos correctos, %", "error del peso, %"],
        },
        "rows": rows,
        "formats": ["{}", "{:.1f}", "{:.1f}"],
    }


def _inputs(rng, columns: int, shared: int | None):
    """A function of a number of samples; `shared` directions make the columns correlated, None independent."""
    if shared is None:
        return lambda samples: rng.standard_normal((samples, columns)).astype(np.float32)
    mix = rng.standard_normal((shared, columns)) * rng.uniform(0.3, 2, columns)

    def sample(samples: int) -> np.ndarray:
        own = 0.3 * rng.standard_normal((samples, columns))
        return (rng.standard_normal((samples, shared)) @ mix / shared**0.5 + own).astype(np.float32)

    return sample


def _rounded(w: np.ndarray, bits: int, size: int = 128) -> np.ndarray:
    """Round to nearest, at any number of bits: quantized and back."""
    qmax = 2 ** (bits - 1) - 1
    groups = w.reshape(len(w), -1, size).astype(np.float64)
    scale = (np.abs(groups).max(axis=2) / qmax).astype(np.float16).astype(np.float64)[:, :, None]
    return (np.clip(np.rint(groups / scale), -qmax, qmax) * scale).reshape(w.shape)


def _output_error(x: np.ndarray, w: np.ndarray, w_hat: np.ndarray) -> float:
    x, w = x.astype(np.float64), w.astype(np.float64)
    return 100 * float(np.linalg.norm(x @ (w - w_hat).T) / np.linalg.norm(x @ w.T))


def _gptq(lab, w, x, **options) -> np.ndarray:
    q, scale = lab.gptq_quantize(w, x, **options)
    return q * np.repeat(scale.astype(np.float64), w.shape[1] // scale.shape[1], axis=1)


def gptq_held_out(lab) -> dict:
    """Inputs that GPTQ has not seen: what it gains, and on which inputs it gains nothing."""
    columns, rows = 256, []
    cases = (
        ("8 shared directions, 2048 samples", "8 direcciones comunes, 2048 muestras", 8, 2048),
        ("32 shared directions, 2048 samples", "32 direcciones comunes, 2048 muestras", 32, 2048),
        ("128 shared directions, 2048 samples", "128 direcciones comunes, 2048 muestras", 128, 2048),
        ("independent columns, 2048 samples", "columnas independientes, 2048 muestras", None, 2048),
        ("32 shared directions, 64 samples", "32 direcciones comunes, 64 muestras", 32, 64),
        ("independent columns, 64 samples", "columnas independientes, 64 muestras", None, 64),
    )
    for english, spanish, shared, samples in cases:
        found = []
        for seed in range(5):
            rng = np.random.default_rng([3, seed])
            w, sample = rng.standard_normal((ROWS, columns)).astype(np.float32), _inputs(rng, columns, shared)
            x, held_out = sample(samples), sample(1024)
            plain, compensated = _rounded(w, 4), _gptq(lab, w, x)
            errors = [_output_error(held_out, w, w_hat) for w_hat in (plain, compensated)]
            found.append([*errors, _error(w, plain), _error(w, compensated), errors[0] / errors[1]])
        middle, gains = np.median(found, axis=0), [one[4] for one in found]
        rows.append([{"en": english, "es": spanish}, *map(float, middle), f"{min(gains):.2f} – {max(gains):.2f}"])
    return {
        "title": {
            "en": f"Output error on held-out inputs, {ROWS} x 256 Gaussian weights, groups of 128, medians of 5 seeds",
            "es": f"Error de salida con entradas nuevas, {ROWS} x 256 pesos gaussianos, grupos de 128, "
            "medianas de 5 semillas",
        },
        "columns": {
            "en": [
                "calibration inputs",
                "output error, rounding, %",
                "output error, GPTQ, %",
                "weight error, rounding, %",
                "weight error, GPTQ, %",
                "gain",
                "gain, all seeds",
            ],
            "es": [
                "entradas de calibración",
                "error de salida, redondeo, %",
                "error de salida, GPTQ, %",
                "error del peso, redondeo, %",
                "error del peso, GPTQ, %",
                "ganancia",
                "ganancia, todas las semillas",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.2f}", "{:.2f}", "{:.1f}", "{:.1f}", "{:.2f}", "{}"],
    }


def gptq_damping(lab) -> dict:
    """With few samples, a smaller damping looks better on the samples seen and is worse on others."""
    columns, rows = 128, []
    for damping in (1e-6, 1e-4, 0.01, 0.1, 1.0, 100.0):
        errors = []
        for seed in range(3):
            rng = np.random.default_rng([4, seed])
            w, sample = rng.standard_normal((ROWS, columns)).astype(np.float32), _inputs(rng, columns, 16)
            few, many, held_out = sample(32), sample(2048), sample(1024)
            one, other = _gptq(lab, w, few, damping=damping), _gptq(lab, w, many, damping=damping)
            pairs = ((few, one), (held_out, one), (held_out, other))
            errors.append([_output_error(x, w, w_hat) for x, w_hat in pairs])
        rows.append([damping, *map(float, np.median(errors, axis=0))])
    return {
        "title": {
            "en": "Damping: 16 shared directions, 128 columns, medians of 3 seeds",
            "es": "Amortiguación: 16 direcciones comunes, 128 columnas, medianas de 3 semillas",
        },
        "columns": {
            "en": [
                "damping",
                "32 samples: error on those, %",
                "32 samples: error held-out, %",
                "2048 samples: error held-out, %",
            ],
            "es": [
                "damping",
                "32 muestras: error en ellas, %",
                "32 muestras: error en nuevas, %",
                "2048 muestras: error en nuevas, %",
            ],
        },
        "rows": rows,
        "formats": ["{:g}", "{:.2f}", "{:.2f}", "{:.2f}"],
    }


def gptq_bits(lab) -> dict:
    """The same inputs at fewer and more bits."""
    rng, rows = np.random.default_rng(5), []
    w, sample = rng.standard_normal((ROWS, 256)).astype(np.float32), _inputs(rng, 256, 32)
    x, held_out = sample(2048), sample(1024)
    for bits in (2, 3, 4, 5, 8):
        plain = _output_error(held_out, w, _rounded(w, bits))
        error = _output_error(held_out, w, _gptq(lab, w, x, bits=bits))
        rows.append([bits, plain, error, plain / error])
    return {
        "title": {
            "en": "Output error held-out by bits, 32 shared directions, 2048 samples",
            "es": "Error de salida con entradas nuevas según los bits, 32 direcciones comunes, 2048 muestras",
        },
        "columns": {
            "en": ["bits", "rounding, %", "GPTQ, %", "gain"],
            "es": ["bits", "redondeo, %", "GPTQ, %", "ganancia"],
        },
        "rows": rows,
        "formats": ["{}", "{:.2f}", "{:.2f}", "{:.2f}"],
    }


# What compressed-tensors wrote for the course's model: see capture_checkpoint.py.
_LIBRARY = json.loads(Path(__file__).with_name("library-checkpoint.json").read_text(encoding="utf-8"))
_ITEM = {"BF16": 2, "I32": 4, "I64": 8}


def _bf16(digits: str) -> np.ndarray:
    """bfloat16 is the upper half of a float32."""
    return (np.array([int(d, 16) for d in digits.split()], np.uint32) << 16).view(np.float32)


def _library_row(lab) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """(codes, scales, original weights, words) of the row that is kept."""
    row = _LIBRARY["row"]
    words = row["weight_packed"].split()
    codes = lab.unpack_compressed_tensors(np.array([int(d, 16) for d in words], np.uint32).view(np.int32)[None])[0]
    return codes, _bf16(row["weight_scale"]), _bf16(row["original weight"]), words


def card_bytes(lab) -> dict:
    """Every byte of the file, from names and shapes alone."""
    kinds = {
        ("weight_packed: eight codes a word", "weight_packed: ocho códigos por palabra"): "weight_packed",
        ("weight_scale: one a group", "weight_scale: una por grupo"): "weight_scale",
        ("weight_shape: two numbers a matrix", "weight_shape: dos números por matriz"): "weight_shape",
        ("embedding table, also the head", "tabla de embeddings, también la cabeza"): "embed_tokens.weight",
        ("norms", "normas"): "norm.weight",
    }
    rows, total, linear = [], 0, 0
    for (english, spanish), end in kinds.items():
        taken = values = count = 0
        for name, described in _LIBRARY["tensors"].items():
            if name.endswith(end):
                dtype, shape = described.split(" ", 1)
                numbers = math.prod(json.loads(shape))
                count, values, taken = count + 1, values + numbers, taken + numbers * _ITEM[dtype]
        if end == "weight_packed":
            linear = 8 * values
        share = 8 * taken / linear if end.startswith("weight") else "-"
        rows.append([{"en": english, "es": spanish}, count, values, taken, share])
        total += taken
    whole = _LIBRARY["bytes"]["model.safetensors"]
    rows.append(
        [
            {"en": "header: names, dtypes, shapes", "es": "cabecera: nombres, dtypes, formas"},
            "-",
            "-",
            whole - total,
            "-",
        ]
    )
    rows.append([{"en": "the file", "es": "el archivo"}, len(_LIBRARY["tensors"]), "-", whole, 8 * whole / linear])
    return {
        "title": {
            "en": f"The file that compressed-tensors wrote: {linear:,} weights in linear layers",
            "es": f"El archivo que escribió compressed-tensors: {linear:,} pesos en capas lineales",
        },
        "columns": {
            "en": ["tensors", "how many", "numbers", "bytes", "bits per linear weight"],
            "es": ["tensores", "cuántos", "números", "bytes", "bits por peso lineal"],
        },
        "rows": rows,
        "formats": ["{}", "{}", "{}", "{}", "{:.4f}"],
    }


def card_word(lab) -> dict:
    """The first word of the row, by hand: digits from the right, less 8, times the scale."""
    codes, scales, w, words = _library_row(lab)
    digits, rows = words[0][::-1], []
    for column in range(8):
        step = float(scales[0])
        rows.append([
            column,
            digits[column],
            int(digits[column], 16) - 8,
            float(codes[column]) * step,
            float(w[column]),
            float((w[column] - codes[column] * step) / step),
        ])  # fmt: skip
    layer, row, scale = _LIBRARY["row"]["layer"], _LIBRARY["row"]["row"], f"{scales[0]:.10g}"
    return {
        "title": {
            "en": f"{layer}, row {row}: its first word is 0x{words[0]}, its first scale {scale}",
            "es": f"{layer}, fila {row}: su primera palabra es 0x{words[0]}, su primera escala {scale}",
        },
        "columns": {
            "en": ["column", "digit", "code", "code × scale", "weight in the bf16 model", "off by, steps"],
            "es": ["columna", "cifra", "código", "código × escala", "peso en el modelo bf16", "diferencia, pasos"],
        },
        "rows": rows,
        "formats": ["{}", "{}", "{}", "{:.6f}", "{:.6f}", "{:+.3f}"],
    }


def card_groups(lab) -> dict:
    """The scales of the row: which formula were they made with, and in which precision are they stored?"""
    codes, scales, w, _ = _library_row(lab)
    size = len(codes) // len(scales)
    error = {}
    for name, each in (("library", (codes.reshape(-1, size) * scales[:, None]).ravel()),
                       ("lab", _round_trip(lab, w[None], size)[0])):  # fmt: skip
        error[name] = np.linalg.norm((w - each).reshape(-1, size), axis=1) / np.linalg.norm(w.reshape(-1, size), axis=1)
    rows = []
    for k in range(len(scales)):
        group, mine = w[k * size : (k + 1) * size], codes[k * size : (k + 1) * size]
        peak = float(group[np.abs(group).argmax()])
        off = np.abs(group - mine * scales[k]).max() / scales[k]
        rows.append([k, peak, abs(peak) / float(scales[k]), f"{mine.min()} … {mine.max()}", float(off),
                     100 * float(error["library"][k]), 100 * float(error["lab"][k])])  # fmt: skip
    return {
        "title": {
            "en": "The four groups of that row",
            "es": "Los cuatro grupos de esa fila",
        },
        "columns": {
            "en": ["group", "loudest weight", "its magnitude / scale", "codes", "worst weight, steps",
                   "error, %", "error with this lab's / 7 in float16, %"],
            "es": ["grupo", "peso mayor", "su magnitud / escala", "códigos", "peor peso, pasos",
                   "error, %", "error con el / 7 de este laboratorio en float16, %"],
        },
        "rows": rows,
        "formats": ["{}", "{:.6f}", "{:.4f}", "{}", "{:.3f}", "{:.1f}", "{:.1f}"],
    }  # fmt: skip
