"""The numbers of lab 04's README. Each function takes `lab`, the reference solution's functions, and gives a table.

The layer is the same in all tables of the core: Gaussian x (192, 512) and w (96, 512), four channels of x louder by a
factor. The tables of the exercises beyond say what theirs is.
"""

from __future__ import annotations

import numpy as np

SEEDS = range(8)
LOUDNESS = 80.0


def outliers_wreck_the_scale(lab) -> dict:
    """What four loud channels of 512 do to one activation scale."""
    rows = []
    for loudness in (1.0, 10.0, 80.0, 1000.0):
        x, w, quiet = _layer(0, loudness)
        step = np.abs(x).max() / 127
        lost = np.mean(np.rint(x[:, quiet] / step) == 0)
        error = _error(lab, x, w, np.ones(x.shape[1]))
        rows.append(
            [
                f"× {loudness:g}",
                step,
                100 * lost,
                100 * error / _norm(x @ w.T),
                100 * error / _quiet_signal(x, w, quiet),
                len(lab.outlier_channels(x)),
            ]
        )
    return {
        "title": {"en": "Four loud channels of 512, naive W8A8", "es": "Cuatro canales fuertes de 512, W8A8 ingenuo"},
        "columns": {
            "en": [
                "outliers",
                "step of x",
                "quiet values rounded to 0 (%)",
                "error, global (%)",
                "error against the quiet signal (%)",
                "channels found at factor 20",
            ],
            "es": [
                "atípicos",
                "paso de x",
                "valores débiles redondeados a 0 (%)",
                "error global (%)",
                "error frente a la señal débil (%)",
                "canales hallados con factor 20",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.3f}", "{:.1f}", "{:.2f}", "{:.1f}", "{}"],
    }


def alpha_sweep(lab) -> dict:
    """Who carries the outliers: alpha = 0 the activations, alpha = 1 the weights."""
    x, w, quiet = _layer(0)
    rows = []
    for alpha in (0.0, 0.25, 0.4, 0.5, 0.6, 0.75, 1.0):
        s = lab.smoothing_scales(lab.channel_absmax(x), w, alpha=alpha)
        x_smooth, w_smooth = lab.smooth(x, w, s)
        error = _error(lab, x, w, s)
        rows.append(
            [
                alpha,
                _spread(lab.channel_absmax(x_smooth)),
                _spread(lab.channel_absmax(w_smooth)),
                100 * error / _norm(x @ w.T),
                100 * error / _quiet_signal(x, w, quiet),
            ]
        )
    return {
        "title": {"en": "alpha from 0 to 1, outliers × 80", "es": "alpha de 0 a 1, atípicos × 80"},
        "columns": {
            "en": [
                "alpha",
                "loudest / median channel of x",
                "loudest / median column of w",
                "error, global (%)",
                "error against the quiet signal (%)",
            ],
            "es": [
                "alpha",
                "canal más fuerte / mediano de x",
                "columna más fuerte / mediana de w",
                "error global (%)",
                "error frente a la señal débil (%)",
            ],
        },
        "rows": rows,
        "formats": ["{:.2f}", "{:.1f}", "{:.1f}", "{:.2f}", "{:.1f}"],
    }


def right_and_wrong_scales(lab) -> dict:
    """The drop in output error for the right s and for wrong ones: even weight columns, and uneven ones."""
    rows = []
    for name, scales in _SCALES.items():
        even = [_drop(lab, *_layer(seed)[:2], scales) for seed in SEEDS]
        uneven = [_drop(lab, *_uneven_layer(seed), scales) for seed in SEEDS]
        rows.append(
            [
                {"en": name[0], "es": name[1]},
                np.median(even),
                min(even),
                max(even),
                np.median(uneven),
                min(uneven),
                max(uneven),
            ]
        )
    return {
        "title": {
            "en": "How far the output error drops, 8 seeds, outliers × 80",
            "es": "Cuánto baja el error de salida, 8 semillas, atípicos × 80",
        },
        "columns": {
            "en": [
                "s",
                "even columns of w: median drop",
                "least",
                "most",
                "uneven columns: median drop",
                "least",
                "most",
            ],
            "es": [
                "s",
                "columnas de w iguales: caída mediana",
                "mínima",
                "máxima",
                "columnas desiguales: caída mediana",
                "mínima",
                "máxima",
            ],
        },
        "rows": rows,
        "formats": ["{}", *["{:.2f}"] * 6],
    }


def _root(x, w):
    return np.sqrt(_absmax(x) / _absmax(w))


def _by_hand(x, w):
    loud = _absmax(x) > 20 * np.median(_absmax(x))
    return np.where(loud, np.sqrt(_absmax(x)), 1.0)


_SCALES = {
    ("right: act and wmax, maxima", "correcta: act y wmax, máximos"): _root,
    ("the weight term forgotten", "sin el término de los pesos"): lambda x, w: np.sqrt(_absmax(x)),
    ("mean for max, on both", "media en vez de máximo, en ambos"): lambda x, w: np.sqrt(
        np.abs(x).mean(axis=0) / np.abs(w).mean(axis=0)
    ),
    ("std for max, on both", "desviación típica en vez de máximo, en ambos"): lambda x, w: np.sqrt(
        x.std(axis=0) / w.std(axis=0)
    ),
    ("outlier channels by hand, root of their loudness", "canales atípicos a mano, raíz de su magnitud"): _by_hand,
    ("outlier channels by hand, their whole loudness", "canales atípicos a mano, toda su magnitud"): lambda x, w: (
        _by_hand(x, w) ** 2
    ),
    ("the reciprocal, 1 / s", "el recíproco, 1 / s"): lambda x, w: 1 / _root(x, w),
}


def control_arm(lab) -> dict:
    """Smoothing where there is nothing to smooth."""
    rows = []
    for name, draw in {
        ("Gaussian, no outliers", "gaussiana, sin atípicos"): lambda rng, *n: rng.standard_normal(n),
        ("uniform, no outliers", "uniforme, sin atípicos"): lambda rng, *n: rng.uniform(-1, 1, n),
        ("Student t(4), no loud channels", "t(4) de Student, sin canales fuertes"): lambda rng, *n: rng.standard_t(
            4, n
        ),
    }.items():
        ratios, before = [], []
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            x, w = draw(rng, 192, 512), 0.02 * draw(rng, 96, 512)
            before.append(100 * _error(lab, x, w, np.ones(512)) / _norm(x @ w.T))
            ratios.append(_drop(lab, x, w, lambda x, w: lab.smoothing_scales(lab.channel_absmax(x), w)))
        rows.append([{"en": name[0], "es": name[1]}, np.median(before), np.median(ratios), min(ratios), max(ratios)])
    return {
        "title": {"en": "The control arm, 8 seeds", "es": "El grupo de control, 8 semillas"},
        "columns": {
            "en": ["x and w", "error before (%)", "median drop", "least", "most"],
            "es": ["x y w", "error antes (%)", "caída mediana", "mínima", "máxima"],
        },
        "rows": rows,
        "formats": ["{}", "{:.2f}", "{:.2f}", "{:.2f}", "{:.2f}"],
    }


def finer_activation_scales(lab) -> dict:
    """One activation scale for all, one a token, and smoothing: what each can do about loud channels."""
    x, w, quiet = _layer(0)
    y, signal = x @ w.T, _quiet_signal(x, w, quiet)
    s = lab.smoothing_scales(lab.channel_absmax(x), w).astype(np.float64)
    rows = []
    for name, y_hat in {
        ("per tensor", "por tensor"): lab.w8a8_linear(x, w),
        ("per token", "por token"): _per_token(lab, x, w),
        ("per tensor, smoothed", "por tensor, suavizado"): lab.w8a8_linear(x / s, w * s),
        ("per token, smoothed", "por token, suavizado"): _per_token(lab, x / s, w * s),
    }.items():
        rows.append(
            [{"en": name[0], "es": name[1]}, 100 * _norm(y_hat - y) / _norm(y), 100 * _norm(y_hat - y) / signal]
        )
    return {
        "title": {"en": "Activation scales, outliers × 80", "es": "Escalas de activación, atípicos × 80"},
        "columns": {
            "en": ["activation scale", "error, global (%)", "error against the quiet signal (%)"],
            "es": ["escala de activación", "error global (%)", "error frente a la señal débil (%)"],
        },
        "rows": rows,
        "formats": ["{}", "{:.2f}", "{:.1f}"],
    }


def calibration_tokens(lab) -> dict:
    """s from the first tokens only, where one of the outlier channels stays silent until late."""
    x, w, quiet = _layer(0)
    late = np.setdiff1d(np.arange(512), quiet)[0]
    x[:128, late] /= LOUDNESS  # as quiet as the rest for 128 tokens, then loud
    y, signal = x @ w.T, _quiet_signal(x, w, quiet)
    rows = []
    for tokens in (16, 128, 144, 192):
        s = lab.smoothing_scales(lab.channel_absmax(x[:tokens]), w)
        error = _norm(lab.w8a8_linear(*lab.smooth(x, w, s)) - y)
        rows.append([tokens, len(lab.outlier_channels(x[:tokens])), 100 * error / _norm(y), 100 * error / signal])
    return {
        "title": {
            "en": "One channel is quiet for the first 128 of 192 tokens",
            "es": "Un canal calla durante los primeros 128 de 192 tokens",
        },
        "columns": {
            "en": [
                "tokens calibrated on",
                "outlier channels seen",
                "error, global (%)",
                "error against the quiet signal (%)",
            ],
            "es": [
                "tokens de calibración",
                "canales atípicos vistos",
                "error global (%)",
                "error frente a la señal débil (%)",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{}", "{:.2f}", "{:.1f}"],
    }


def split_or_not(lab) -> dict:
    """Everything on codes, or the outlier columns in float: with outliers, and without."""
    rows = []
    for loudness in (1.0, 10.0, 80.0, 1000.0):
        x, w, quiet = _layer(0, loudness)
        y, signal = x @ w.T, _quiet_signal(x, w, quiet)
        on_codes, split = lab.llm_int8_linear(x, w, threshold=np.inf), lab.llm_int8_linear(x, w)
        columns = int((np.abs(x).max(axis=0) >= 6).sum())
        rows.append([f"× {loudness:g}", columns, 100 * _norm(on_codes - y) / signal, 100 * _norm(split - y) / signal])
    return {
        "title": {
            "en": "One scale a token: all on codes, and with outlier columns in float",
            "es": "Una escala por token: todo en códigos y con las columnas atípicas en coma flotante",
        },
        "columns": {
            "en": [
                "four channels of 512",
                "columns in float",
                "all on codes: error against the quiet signal (%)",
                "split: error against the quiet signal (%)",
            ],
            "es": [
                "cuatro canales de 512",
                "columnas en coma flotante",
                "todo en códigos: error frente a la señal débil (%)",
                "dividida: error frente a la señal débil (%)",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{}", "{:.2f}", "{:.2f}"],
    }


def threshold_sweep(lab) -> dict:
    """What a lower threshold buys and costs."""
    x, w, quiet = _layer(0, 10.0)
    y, signal = x @ w.T, _quiet_signal(x, w, quiet)
    rows = []
    for threshold in (2.5, 3.0, 3.5, 6.0, 20.0, 1000.0):
        columns = int((np.abs(x).max(axis=0) >= threshold).sum())
        error = _norm(lab.llm_int8_linear(x, w, threshold=threshold) - y)
        rows.append([threshold, columns, 100 * error / signal])
    return {
        "title": {"en": "The threshold, outliers × 10", "es": "El umbral, atípicos × 10"},
        "columns": {
            "en": ["threshold", "columns of 512 in float", "error against the quiet signal (%)"],
            "es": ["umbral", "columnas de 512 en coma flotante", "error frente a la señal débil (%)"],
        },
        "rows": rows,
        "formats": ["{:g}", "{}", "{:.2f}"],
    }


def awq_help_and_control(lab) -> dict:
    """Output error under three ways to choose s: where it helps, where it cannot, and on unseen tokens."""
    rows = []
    for (en, es), make, group_size, bits in (
        (("4 salient channels of 256", "4 canales destacados de 256"), _salient, 128, 4),
        (("the same in 3 bits", "lo mismo en 3 bits"), _salient, 128, 3),
        (("half loud in x and quiet in w", "la mitad, fuertes en x y débiles en w"), _opposed, 32, 4),
        (("no salient channel", "sin canal destacado"), _plain, 128, 4),
        (("loud channels exact on the grid", "canales fuertes exactos en la rejilla"), _exact, 16, 4),
    ):
        found = []
        for seed in SEEDS[:5]:
            x, unseen, w = make(np.random.default_rng(seed))
            loudness = np.abs(x).mean(axis=0)
            by_weights = min(
                (loudness**alpha for alpha in np.arange(20) / 20),
                key=lambda s: _norm(_coded(w * s, group_size, bits) / s - w),
            )
            searched = lab.awq_scales(x, w, group_size=group_size, bits=bits).astype(np.float64)
            none = _output_error(x, w, 1.0, group_size, bits)
            drops = [none / _output_error(x, w, s, group_size, bits) for s in (loudness**0.5, by_weights, searched)]
            held_out = _output_error(unseen, w, 1.0, group_size, bits) / _output_error(
                unseen, w, searched, group_size, bits
            )
            found.append([100 * none / _norm(x @ w.T), *drops, held_out])
        rows.append([{"en": en, "es": es}, *np.median(found, axis=0).tolist(), min(f[4] for f in found)])
    return {
        "title": {
            "en": "How far the output error of quantized weights drops, median of 5 seeds",
            "es": "Cuánto baja el error de salida con pesos cuantizados, mediana de 5 semillas",
        },
        "columns": {
            "en": [
                "case",
                "error with s = 1 (%)",
                "alpha = 0.5, no search",
                "judged on the weights",
                "searched",
                "searched, unseen tokens",
                "the least of them",
            ],
            "es": [
                "caso",
                "error con s = 1 (%)",
                "alpha = 0.5, sin búsqueda",
                "juzgada por los pesos",
                "búsqueda",
                "búsqueda, tokens no vistos",
                "la menor de ellas",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{:.1f}", *["{:.2f}"] * 5],
    }


def kv_axes(lab) -> dict:
    """Keys and values, a scale shared over tokens or over channels: loud channels in keys, and none."""
    rows = []
    for (en, es), loudness in {
        ("loud key channels", "con canales de clave fuertes"): 30.0,
        ("no loud channels", "sin ellos"): 1.0,
    }.items():
        for bits in (8, 4, 2):
            rng = np.random.default_rng(0)
            k, v, query = (rng.standard_normal((256, 64)) for _ in range(3))
            k[:, rng.choice(64, 3, replace=False)] *= loudness
            query[:, np.abs(k).max(axis=0) > 20] /= loudness  # as in a model, the loud channels do not decide alone
            weights = _softmax(query @ k.T / 8)
            by_channel, by_token = _both_ways(lab, k, bits)
            v_by_channel, v_by_token = _both_ways(lab, v, bits)
            rows.append(
                [{"en": en, "es": es}, bits]
                + [100 * _norm(query @ (key - k).T) / _norm(query @ k.T) for key in (by_channel, by_token)]
                + [100 * _norm(weights @ (value - v)) / _norm(weights @ v) for value in (v_by_channel, v_by_token)]
            )
    return {
        "title": {
            "en": "Keys and values of one head, 256 tokens of 64 channels",
            "es": "Claves y valores de una cabeza, 256 tokens de 64 canales",
        },
        "columns": {
            "en": [
                "keys",
                "bits",
                "error of logits, keys a channel (%)",
                "keys a token (%)",
                "error of the output, values a channel (%)",
                "values a token (%)",
            ],
            "es": [
                "claves",
                "bits",
                "error de los logits, claves por canal (%)",
                "claves por token (%)",
                "error de la salida, valores por canal (%)",
                "valores por token (%)",
            ],
        },
        "rows": rows,
        "formats": ["{}", "{}", "{:.2f}", "{:.2f}", "{:.2f}", "{:.2f}"],
    }


def _salient(rng):
    x, w = rng.standard_normal((192, 256)), 0.02 * rng.standard_normal((64, 256))
    x[:, rng.choice(256, 4, replace=False)] *= 30
    return x[:96], x[96:], w


def _opposed(rng):
    x, w = rng.standard_normal((192, 256)), 0.02 * rng.standard_normal((64, 256))
    loud = rng.choice(256, 128, replace=False)
    x[:, loud] *= 30
    w[:, loud] *= 0.05
    return x[:96], x[96:], w


def _plain(rng):
    x, w = rng.standard_normal((192, 256)), 0.02 * rng.standard_normal((64, 256))
    return x[:96], x[96:], w


def _exact(rng):
    """In each group of 16 one loud channel holds each row's largest weight: s = 1 is the best there is."""
    x, w = rng.standard_normal((192, 256)), 0.02 * rng.standard_normal((64, 256))
    x[:, ::16] *= 30
    w[:, ::16] = np.abs(w).reshape(64, 16, 16).max(axis=-1)
    return x[:96], x[96:], w


def _coded(w, group_size, bits):
    groups, qmax = w.reshape(len(w), -1, group_size), 2 ** (bits - 1) - 1
    scale = np.abs(groups).max(axis=-1, keepdims=True) / qmax
    return (np.rint(groups / scale) * scale).reshape(w.shape)


def _output_error(x, w, s, group_size, bits) -> float:
    return _norm(x @ (_coded(w * s, group_size, bits) / s - w).T)


def _both_ways(lab, a, bits):
    """a after a round trip with one scale a channel, and with one a token."""
    q, channel, q_token, token = lab.quantize_kv(a, a, bits=bits)
    return q * channel.astype(np.float64), q_token * token.astype(np.float64)[:, None]


def _softmax(logits):
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _layer(seed: int, loudness: float = LOUDNESS):
    rng = np.random.default_rng(seed)
    x, w = rng.standard_normal((192, 512)), 0.02 * rng.standard_normal((96, 512))
    loud = rng.choice(512, 4, replace=False)
    x[:, loud] *= loudness
    return x, w, np.setdiff1d(np.arange(512), loud)


def _uneven_layer(seed: int):
    """The same, with four columns of w 80 times louder as well: other ones than the loud channels of x."""
    x, w, quiet = _layer(seed)
    w[:, np.random.default_rng(seed).choice(quiet, 4, replace=False)] *= LOUDNESS
    return x, w


def _absmax(a):
    return np.abs(a).max(axis=0)


def _norm(a) -> float:
    return float(np.linalg.norm(a))


def _spread(loudness) -> float:
    return float(loudness.max() / np.median(loudness))


def _quiet_signal(x, w, quiet) -> float:
    return _norm(x[:, quiet] @ w[:, quiet].T)


def _error(lab, x, w, s) -> float:
    return _norm(lab.w8a8_linear(*lab.smooth(x, w, s)) - x @ w.T)


def _drop(lab, x, w, scales) -> float:
    return _error(lab, x, w, np.ones(x.shape[1])) / _error(lab, x, w, scales(x, w))


def _per_token(lab, x, w):
    return np.stack([lab.w8a8_linear(token, w) for token in x])
