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
