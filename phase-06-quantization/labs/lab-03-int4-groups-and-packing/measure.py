"""What lab 03 measures: each function takes the lab's functions and gives one table of the README.

Weights are drawn N(0, 1) ("Gaussian") or Student-t with 4 degrees of freedom ("t(4)", heavy tails:
its fourth moment is infinite, so long rows nearly always hold outliers). Errors are Frobenius, in percent.
"""

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
