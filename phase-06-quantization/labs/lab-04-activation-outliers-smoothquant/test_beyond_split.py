"""Beyond the core of lab 04: LLM.int8(), the outlier columns in float. The fixtures are those of test_lab.py."""

import itertools

import numpy as np
import pytest

exercise = pytest.mark.exercise
FLOAT32 = 1e-6  # eight units in the last place of float32


def absmax(a, axis=None):
    return np.abs(np.asarray(a, np.float64)).max(axis=axis)


def norm(a):
    return float(np.linalg.norm(a))


def any_float_views(draw, *shape):
    """(view, its dtype) in float16, float32 and float64: reversed, strided and transposed."""
    base = draw.tensor(*shape[:-2], 2 * shape[-1], shape[-2])
    for dtype in (np.float16, np.float32, np.float64):
        yield base.astype(dtype)[..., ::-2, :].swapaxes(-1, -2), np.dtype(dtype)


def with_a(value, array):
    bad = array.copy()
    bad[(-1,) * bad.ndim] = value
    return bad


def codes(a, scale, how=np.rint, qmax=127):
    return np.clip(how(np.asarray(a, np.float64) / scale), -qmax, qmax)


def near_a_tie(ratio):
    return (np.abs(ratio - np.floor(ratio) - 0.5) < 1e-4).astype(np.float64)


def positive(scale):
    return np.where(scale == 0, 1.0, scale)


def fake(a, axis=None, qmax=127, how=np.rint, loudest=None):
    """a after a round trip through codes: one scale for all of it, or one for each slice along `axis`."""
    a = np.asarray(a, np.float64)
    loudest = np.abs(a).max(axis=axis, keepdims=axis is not None) if loudest is None else loudest
    scale = positive(loudest / qmax)
    return np.clip(how(a / scale), -qmax, qmax) * scale


def decomposed(x, w, outlier, below=np.inf, whole_rows=False):
    """(expected, tolerance) of a layer whose columns `outlier` stay in float.

    The weights' scales may be over the whole rows or over what is quantized of them. A token's scale is over the
    columns that are quantized; bitsandbytes' is over all values `below` the threshold, so that those in outlier
    columns count as well. A code within 1e-4 of a tie may go to either side; the rest is float32 rounding."""
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    rest, kept = np.where(outlier, 0, x), np.where(outlier, 0, w)
    loudest = rest if below == np.inf else np.where(np.abs(x) >= below, 0, x)
    x_scale = positive(np.abs(loudest).max(axis=-1, keepdims=True) / 127)
    w_scale = positive(absmax(w if whole_rows else kept, 1) / 127)
    x_q, w_q = codes(rest, x_scale), codes(kept, w_scale[:, None])
    x_doubt, w_doubt = near_a_tie(rest / x_scale), near_a_tie(kept / w_scale[:, None])
    doubt = x_doubt @ np.abs(w_q).T + np.abs(x_q) @ w_doubt.T + x_doubt @ w_doubt.T
    unit = x_scale * w_scale
    rounding = (np.abs(x_q) @ np.abs(w_q).T) * unit + np.abs(x * outlier) @ np.abs(w * outlier).T
    return (x_q @ w_q.T) * unit + (x * outlier) @ w.T, doubt * unit + (w.shape[1] + 8) * 2.0**-23 * rounding


def outlier_columns(x, threshold=6.0):
    return (np.abs(x) >= threshold).reshape(-1, x.shape[-1]).any(axis=0)


def the_layer(check, y, name, x, w, threshold=6.0, suspects=None, ask=""):
    """y is right in one of the four right ways; if not, say in what way it is wrong."""
    check.array(y, name, shape=(*x.shape[:-1], len(w)), dtype=np.float32)
    outlier = outlier_columns(x, threshold)
    for below, whole_rows in itertools.product((np.inf, threshold), (True, False)):
        expected, tolerance = decomposed(x, w, outlier, below, whole_rows)
        if (np.abs(y - expected) <= tolerance).all():
            return
    ask = ask or "y = codes of the rest, rescaled, + outlier columns in float: which of the two is different in yours?"
    check.close(y, name, expected, atol=tolerance, suspects=suspects or {}, ask=ask)


def ways(words, x, w, outlier, **other):
    """One misunderstanding under each of the right choices of the scales."""
    for number, (below, whole_rows) in enumerate(itertools.product((np.inf, 6.0), (True, False))):
        yield words + " " * number, lambda b=below, r=whole_rows: decomposed(x, w, outlier, b, r, **other)[0]


def a_layer_with_loud_columns(draw, square=False):
    """(x, w) with four outlier columns: two loud on both sides, one below zero only, one at a single token.

    Another column is always near the threshold and never there; a weight elsewhere is loud; and the rows of w
    are of different loudness. The median channel reaches 2."""
    outputs, width = draw.sizes(2, 9, 18)
    tokens, outputs = (width, width) if square else (15, outputs)
    x = draw.tensor(tokens, width)
    x = np.clip(x * np.float32(2 / np.median(np.abs(x).max(axis=0))), -4.5, 4.5)
    w = draw.tensor(outputs, width) * np.geomspace(0.02, 3, outputs, dtype=np.float32)[:, None]
    always, often, below_zero, once, near, loud_weight = draw.rng.choice(width, 6, replace=False)
    signs = np.resize([-1, 1], tokens)
    x[:, always] = draw.rng.uniform(13, 40, tokens) * signs
    x[:, often] = draw.rng.uniform(13, 20, tokens) * signs
    x[:, below_zero] = draw.rng.uniform(-8.5, -7.2, tokens)
    x[:, near] = draw.rng.uniform(4.6, 5.9, tokens) * signs
    x[tokens // 2, once], x[0, often], x[1, below_zero] = 9.0, 0.7, -0.5
    x[3, [always, often, below_zero]] = 0.7, -0.9, -0.4  # one token without an outlier
    w[-1, loud_weight], w[0, always] = -31.0, 7.5
    return x, w


@exercise("llm_int8_linear")
def test_outlier_columns_are_computed_in_float_and_the_rest_on_codes(lab, check, draw):
    x, w = a_layer_with_loud_columns(draw)
    outlier, magnitude = outlier_columns(x), np.abs(x.astype(np.float64))
    wide, rows, every = x.astype(np.float64), w.astype(np.float64), np.ones(x.shape[1], bool)
    rest, in_float = np.where(outlier, 0, wide), (wide * outlier) @ rows.T
    element, token = magnitude >= 6, (magnitude >= 6).any(axis=1)[:, None]
    clipped = fake(wide, -1, loudest=np.abs(rest).max(axis=1, keepdims=True))
    suspects = {
        "every column on codes: nothing was taken out, though one loud value in a column is enough": lambda: (
            fake(wide, -1) @ fake(rows, 1).T
        ),
        "every column in float: nothing was quantized": lambda: wide @ rows.T,
        "the outliers left out altogether": lambda: fake(rest, -1) @ fake(rows, 1).T,
        "the outliers counted twice: in float, and on codes as well": lambda: (
            fake(wide, -1) @ fake(rows, 1).T + in_float
        ),
        "the outliers counted twice: in float, and clipped to code 127 as well": lambda: (
            clipped @ fake(rows, 1).T + in_float
        ),
        "a token's scale made with the outliers in it: they leave before the scale is found": lambda: (
            fake(rest, -1, loudest=magnitude.max(axis=1, keepdims=True)) @ fake(rows, 1).T + in_float
        ),
        "one activation scale for all tokens: here it is one a token": lambda: fake(rest) @ fake(rows, 1).T + in_float,
        "one weight scale for the whole matrix: it is one an output channel": lambda: (
            fake(rest, -1) @ fake(rows).T + in_float
        ),
        "one weight scale an input channel: it is one an output channel": lambda: (
            fake(rest, -1) @ fake(rows, 0).T + in_float
        ),
        "one activation scale a channel: it is one a token": lambda: fake(rest, 0) @ fake(rows, 1).T + in_float,
        "the activations left in float": lambda: wide @ np.where(outlier, rows, fake(rows, 1)).T,
        "the weights left in float": lambda: np.where(outlier, wide, fake(rest, -1)) @ rows.T,
        "the outlier columns' weights rounded to int8 first: both sides of an outlier column stay in float": lambda: (
            fake(rest, -1) @ fake(rows, 1).T + (wide * outlier) @ fake(rows, 1).T
        ),
        "the outliers' activations on codes of their own: they stay in float": lambda: (
            fake(rest, -1) @ fake(rows, 1).T + fake(wide * outlier, -1) @ rows.T
        ),
        "only the loud values in float, and the rest of their column on codes: a whole column is taken out": lambda: (
            fake(np.where(element, 0, wide), -1) @ fake(rows, 1).T + np.where(element, wide, 0) @ rows.T
        ),
        "tokens that hold an outlier in float, the others on codes: it is columns that are taken out": lambda: np.where(
            token, wide @ rows.T, fake(wide, -1) @ fake(rows, 1).T
        ),
        "activations truncated to codes": lambda: fake(rest, -1, how=np.trunc) @ fake(rows, 1).T + in_float,
        "both truncated to codes": lambda: fake(rest, -1, how=np.trunc) @ fake(rows, 1, how=np.trunc).T + in_float,
        "floor for rounding on both sides": lambda: (
            fake(rest, -1, how=np.floor) @ fake(rows, 1, how=np.floor).T + in_float
        ),
        "scales of max / 128": lambda: fake(rest, -1, qmax=128) @ fake(rows, 1, qmax=128).T + in_float,
        "scales of max / 127.5": lambda: fake(rest, -1, qmax=127.5) @ fake(rows, 1, qmax=127.5).T + in_float,
    }
    median = np.median(magnitude.max(axis=0))
    for words, mask in {
        "the threshold held against the mean of a column: one loud value makes an outlier": magnitude.mean(axis=0) >= 6,
        "the threshold held against w: outliers are sought in the activations": outlier_columns(w),
        "the threshold held against x without the magnitude": (x >= 6).any(axis=0),
        "the threshold taken as a factor over the median channel, as in outlier_channels": magnitude.max(axis=0)
        >= 6 * median,
        "the quiet columns in float and the loud ones on codes": ~outlier,
        "outliers sought at the first token only": magnitude[0] >= 6,
    }.items():
        if (mask != outlier).any() and not (mask == every).all():
            suspects.update(ways(words, x, w, mask))
    # The weights' scales may also be over the rest of the row: the same slips, with those.
    rows_rest = {
        "the outliers left out altogether ": lambda: fake(rest, -1) @ fake(np.where(outlier, 0, rows), 1).T,
        "one activation scale for all tokens: here it is one a token ": lambda: (
            fake(rest) @ fake(np.where(outlier, 0, rows), 1).T + in_float
        ),
        "a token's scale made with the outliers in it: they leave before the scale is found ": lambda: (
            fake(rest, -1, loudest=magnitude.max(axis=1, keepdims=True)) @ fake(np.where(outlier, 0, rows), 1).T
            + in_float
        ),
        "one weight scale for the whole matrix: it is one an output channel ": lambda: (
            fake(rest, -1) @ fake(np.where(outlier, 0, rows)).T + in_float
        ),
    }
    the_layer(check, lab.llm_int8_linear(x, w), "y", x, w, suspects={**suspects, **rows_rest})


@exercise("llm_int8_linear")
def test_exactly_the_threshold_is_an_outlier(lab, check, draw):
    for threshold in (6.0, 2.5, 0.75):
        x, w = a_layer_with_loud_columns(draw)
        x[:, 1:4] *= np.float32(0.3 * threshold) / np.abs(x[:, 1:4]).max()
        x[3, 1], x[5, 2], x[6, 3] = threshold, -threshold, np.nextafter(np.float32(threshold), np.float32(0))
        above = (np.abs(x) > threshold).any(axis=0)
        the_layer(
            check,
            lab.llm_int8_linear(x, w, threshold=threshold),
            f"y at threshold={threshold}",
            x,
            w,
            threshold,
            suspects={
                **dict(ways("> for >=: exactly the threshold is an outlier", x, w, above)),
                **dict(ways("a threshold of 6 whatever is asked", x, w, outlier_columns(x))),
            },
            ask=f"Columns 1 and 2 reach {threshold} and -{threshold}, column 3 is just below: which are outliers?",
        )


@exercise("llm_int8_linear")
def test_the_threshold_decides_how_many_columns_stay_in_float(lab, check, draw):
    x, w = a_layer_with_loud_columns(draw)
    for threshold in (1.0, 4.55, 12.0, 30.0):
        the_layer(
            check,
            lab.llm_int8_linear(x, w, threshold),
            f"y at threshold={threshold}",
            x,
            w,
            threshold,
            suspects=dict(ways("a threshold of 6 whatever is asked", x, w, outlier_columns(x))),
            ask="Is `threshold` used, as it is?",
        )


@exercise("llm_int8_linear")
def test_without_outliers_it_is_the_int8_layer(lab, check, draw):
    # The control arm: nothing is taken out, and nothing changes.
    x, w = a_layer_with_loud_columns(draw)
    x *= np.float32(5.5 / np.abs(x).max())
    the_layer(
        check,
        lab.llm_int8_linear(x, w),
        "y without outliers",
        x,
        w,
        suspects={
            "every column in float: nothing is loud, so all of it belongs on codes": x.astype(np.float64) @ w.T,
            "the loudest column taken out all the same": lambda: decomposed(x, w, absmax(x, 0) == absmax(x))[0],
        },
        ask="No column reaches 6: what does your code do with no outliers at all?",
    )


@exercise("llm_int8_linear")
def test_where_every_column_is_an_outlier_nothing_is_rounded(lab, check, draw):
    x, w = a_layer_with_loud_columns(draw)
    x = np.where(x < 0, x - 6, x + 6).astype(np.float32)
    y = lab.llm_int8_linear(x, w)
    check.array(
        y, "y", shape=(len(x), len(w)), dtype=np.float32, ask="Nothing is left for codes: what is its scale then?"
    )
    the_layer(check, y, "y of outliers only", x, w, ask="Every column is loud: all of it is x @ w.T in float32")


@exercise("llm_int8_linear")
def test_each_token_has_its_own_scale_and_outliers_count_for_all_of_them(lab, check, draw):
    (width,) = draw.sizes(1, 6, 14)
    w = draw.tensor(9, width)
    for leading in [(), (1,), (4, 5), (2, 1, 4)]:
        x = draw.tensor(*leading, width)
        size = np.geomspace(5, 0.02, int(np.prod(leading)), dtype=np.float32).reshape(*leading, 1)
        x *= size / np.abs(x).max(axis=-1, keepdims=True)
        x[..., 2] *= 0.1
        x.reshape(-1, width)[-1, 2] = -70.0  # loud at the last token of the last sequence, an outlier for every token
        flat, wide = x.reshape(-1, width), w.astype(np.float64)
        one_by_one, by_sequence = {}, {}
        for whole in (False, True):
            words, each = " " * whole, [decomposed(t[None], w, np.abs(t) >= 6, whole_rows=whole)[0] for t in flat]
            one_by_one["outliers sought token by token: a column is taken out for all" + words] = np.reshape(
                each, (*leading, len(w))
            )
            if len(leading) == 2:
                by_sequence["outliers sought sequence by sequence: a column is taken out for all" + words] = np.array(
                    [decomposed(s, w, outlier_columns(s), whole_rows=whole)[0] for s in x]
                )
        the_layer(
            check,
            lab.llm_int8_linear(x, w),
            f"y of an x {x.shape}",
            x,
            w,
            suspects={
                **by_sequence,
                **one_by_one,
                "one activation scale for all tokens": lambda x=x: (
                    fake(np.where(outlier_columns(x), 0, x)) @ fake(wide, 1).T + (x * outlier_columns(x)) @ wide.T
                ),
            },
            ask="Every leading axis is tokens: is the last axis alone the channels, and each token scaled by itself?",
        )


@exercise("llm_int8_linear")
def test_on_square_matrices_columns_of_x_and_w_are_taken_out(lab, check, draw):
    x, w = a_layer_with_loud_columns(draw, square=True)
    outlier, wide, rows = outlier_columns(x), x.astype(np.float64), w.astype(np.float64)
    loud_tokens = (np.abs(x) >= 6).any(axis=1)
    the_layer(
        check,
        lab.llm_int8_linear(x, w),
        "y",
        x,
        w,
        suspects={
            "one weight scale an input channel: it is one an output channel, a row of w": lambda: (
                fake(wide * ~outlier, -1) @ fake(rows, 0).T + (wide * outlier) @ rows.T
            ),
            "x @ w without the transpose": lambda: fake(wide * ~outlier, -1) @ fake(rows, 1) + (wide * outlier) @ rows,
            "rows of x for columns: an outlier is a channel": lambda: decomposed(x, w, loud_tokens)[0],
            "rows of w taken out: an input channel is a column of w": lambda: (
                fake(wide * ~outlier, -1) @ fake(rows, 1).T + wide[:, outlier] @ rows[outlier]
            ),
        },
        ask="Which axis of x is the channel, and which of w is the same channel?",
    )


@exercise("llm_int8_linear")
def test_outliers_no_longer_cost_the_quiet_channels_their_signal(lab, check, draw):
    # Gaussian x and w, four channels 80 times louder. With those in float, what remains has steps of about 3.2
    # standard deviations / 127 on both sides: 0.7 % of a value each, 1 % together. With them on codes, a token's step
    # is up to 80 times larger, and much of the quiet signal is lost, although the global error looks harmless.
    x, w = draw.gaussian(64, 256), 0.02 * draw.gaussian(48, 256)
    loud = draw.rng.choice(256, 4, replace=False)
    x[:, loud] *= 80
    quiet = np.setdiff1d(np.arange(256), loud)
    exact, signal = x.astype(np.float64) @ w.T, norm(x[:, quiet] @ w[:, quiet].T)
    got = lab.llm_int8_linear(x, w)
    y = check.array(got, "y", shape=exact.shape, dtype=np.float32)
    assert norm(fake(x, -1) @ fake(w, 1).T - exact) > 0.15 * signal, "the case itself: on codes alone much is lost"
    check.that(
        norm(y - exact) <= 0.02 * signal,
        f"against the quiet channels' signal the error is {norm(y - exact) / signal:.1%}, at most 2 % is needed",
        of=got,
        ask="Are the loud columns out before a token's scale is found?",
    )


@exercise("llm_int8_linear")
def test_long_sums_of_codes_do_not_wrap_beside_the_float_columns(lab, check, draw):
    outputs, tokens = draw.sizes(2)
    (width,) = draw.sizes(1, 300, 900)
    x = draw.rng.uniform(0.8, 1.0, (tokens, width)).astype(np.float32)
    w = -draw.rng.uniform(0.8, 1.0, (outputs, width)).astype(np.float32)
    x[0, 5] = 60.0
    outlier = outlier_columns(x)

    def wrapped(dtype):
        rest, in_float = np.where(outlier, 0, x).astype(np.float64), (x * outlier).astype(np.float64) @ w.T
        x_scale, w_scale = absmax(rest, 1)[:, None] / 127, absmax(w, 1) / 127
        sums = codes(rest, x_scale).astype(dtype) @ codes(w, w_scale[:, None]).astype(dtype).T
        return sums * x_scale * w_scale + in_float

    the_layer(
        check,
        lab.llm_int8_linear(x, w),
        "y",
        x,
        w,
        suspects={
            "sums that wrapped in int8: the codes must be widened before they are multiplied": lambda: wrapped(np.int8),
            "sums that wrapped in int16: they need int32": lambda: wrapped(np.int16),
        },
        ask=f"The sums reach {width} * 127 * 127: which type holds them exactly?",
    )


@exercise("llm_int8_linear")
def test_codes_beside_outliers_round_half_to_even(lab, check):
    # The loudest magnitude on codes is 127 everywhere, so all scales are 1 and each k + 1/2 is an exact tie.
    values = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 125.5, -127.0])
    roundings = {
        "ties away from zero: torch and numpy round half to even (np.rint)": np.sign(values)
        * np.floor(np.abs(values) + 0.5),
        "floor(v + 0.5), which pushes every tie up": np.floor(values + 0.5),
        "truncation instead of rounding": np.trunc(values),
        "floor instead of rounding": np.floor(values),
    }
    unit = 127 * np.eye(len(values))
    for name, x, w, turn in (
        ("x", values, unit, np.ravel),
        ("w", unit, values[None], lambda v: np.reshape(v, (-1, 1))),
    ):
        y = lab.llm_int8_linear(x.astype(np.float32), w.astype(np.float32), threshold=200.0)
        check.close(
            np.asarray(y, np.float64),
            f"y (127 times the codes of {name})",
            turn(127 * np.rint(values)),
            rtol=FLOAT32,
            suspects={f"{words}, in {name}": turn(127 * value) for words, value in roundings.items()},
            ask=f"How are the codes of {name} rounded?",
        )


@exercise("llm_int8_linear")
def test_silent_tokens_and_rows_give_zeros_beside_outliers(lab, check, draw):
    x, w = a_layer_with_loud_columns(draw)
    outlier = outlier_columns(x)
    x[1], w[2] = 0, 0
    x[4, ~outlier] = 0  # a token of outliers only
    w[3, ~outlier] = 0  # a row whose weights all meet outliers
    for scaled, name in ((x, "y"), (x * np.float32(2.0**-30), "y of a quiet x"), (np.zeros_like(x), "y of a silent x")):
        y = lab.llm_int8_linear(scaled, w)
        check.array(
            y,
            name,
            shape=(len(x), len(w)),
            dtype=np.float32,
            ask="Token 1 and row 2 are all zero, token 4 and row 3 have only outliers: what is divided by their scale?",
        )
        the_layer(check, y, name, scaled, w, ask="Is an epsilon added to a scale, or a floor put under it?")


@exercise("llm_int8_linear")
def test_the_split_layer_takes_any_float_dtype_and_memory_layout(lab, check, draw):
    outputs, width, tokens, batch = draw.sizes(4, 4, 14)
    for (x, dtype), (w, _) in zip(any_float_views(draw, batch, tokens, width), any_float_views(draw, outputs, width)):
        x[-1, -1, 2] = 50
        the_layer(
            check,
            lab.llm_int8_linear(x, w),
            f"y from {dtype} views",
            x,
            w,
            ask="Is a scale or the outliers' product computed in float16? It keeps three digits"
            if dtype == np.float16
            else "Is the array's memory order relied on (ravel, view)?",
        )


@exercise("llm_int8_linear")
def test_split_layers_that_do_not_fit_are_refused_by_name(lab, check, draw):
    x, w = a_layer_with_loud_columns(draw)
    layer = lab.llm_int8_linear
    layer(x, w)
    check.refuses(layer, x[:, :-1], w, naming=("x", "w"), because=f"x of {w.shape[1] - 1} features for a w {w.shape}")
    check.refuses(layer, x, w[0], naming="w", because=f"a w of shape {w[0].shape}: it must be (out, in)")
    check.refuses(layer, x, w[None], naming="w", because=f"a w of shape {w[None].shape}: it must be (out, in)")
    for value in (np.nan, np.inf, -np.inf):
        check.refuses(layer, with_a(value, x), w, naming="x", because=f"an x that holds {value}")
        check.refuses(layer, x, with_a(value, w), naming="w", because=f"a w that holds {value}")
