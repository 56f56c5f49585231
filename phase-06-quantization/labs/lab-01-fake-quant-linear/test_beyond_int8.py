"""Beyond the core: the layer in real int8 arithmetic."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
FLOAT32 = 1e-6  # eight units in the last place of float32: room for a reciprocal, none for another formula


def absmax(w, axis=None):
    return np.abs(np.asarray(w, np.float64)).max(axis=axis)


def half_away(steps):
    return np.sign(steps) * np.floor(np.abs(steps) + 0.5)


def some_codes(draw, rows, columns):
    return draw.rng.integers(-127, 128, (rows, columns)).astype(np.int8)


def a_layer(draw, rows, columns):
    bias = draw.tensor(rows) * np.float32(100)
    return some_codes(draw, rows, columns), np.geomspace(0.003, 0.02, rows).astype(np.float32), bias


def tokens(draw, *shape, dtype=np.float32):
    """Activations whose codes are beyond doubt: what lies within 1e-3 steps of a tie is set to 0."""
    x = draw.tensor(*shape, dtype=dtype)
    steps = x / absmax(x, -1)[..., None] * 127
    x[np.abs(steps - np.floor(steps) - 0.5) < 1e-3] = 0
    return x


def int8_by_hand(x, q, scale, bias=0.0, x_scale=None, rounding=np.rint):
    """y, with all sums in float64; `x_scale` for other scales than the tokens' own."""
    x = np.asarray(x, np.float64)
    x_scale = absmax(x, -1)[..., None] / 127 if x_scale is None else x_scale
    codes = np.clip(rounding(x / np.where(x_scale == 0, 1, x_scale)), -127, 127)
    return (codes * x_scale) @ q.T.astype(np.float64) * np.asarray(scale, np.float64) + bias


def room(x, q, scale, bias=0.0):
    """float32 products of the dequantized codes are right as well: in * 2**-23 of the terms' size, in any order."""
    size = np.abs(np.asarray(x, np.float64)) @ np.abs(q.T.astype(np.float64)) * np.asarray(scale, np.float64)
    return (q.shape[1] + 8) * 2.0**-23 * (size * 1.01 + np.abs(bias)) + 1e-38


def wrapped(x, q, scale, bias, dtype):
    x_scale = absmax(x, -1)[..., None] / 127
    sums = np.rint(x / x_scale).astype(np.int64) @ q.T.astype(np.int64)
    return sums.astype(dtype) * x_scale * scale.astype(np.float64) + bias


@exercise("int8_linear")
def test_codes_of_tokens_times_codes_of_the_weight_times_both_scales(lab, check, draw):
    rows, columns = draw.sizes(2, 5, 12)
    q, scale, bias = a_layer(draw, rows, columns + 12)
    x = tokens(draw, 13, q.shape[1])
    y = lab.int8_linear(x, q, scale, bias)
    check.array(y, "y", shape=(13, rows), dtype=np.float32)
    own, s, flat = absmax(x, -1)[:, None] / 127, scale.astype(np.float64), np.asarray(x, np.float64)
    expected = int8_by_hand(x, q, scale, bias)
    sums = int8_by_hand(x, q, 1.0) / own  # the integers before any scale

    def by(x_scale=None, rounding=np.rint):
        return int8_by_hand(x, q, scale, bias, x_scale, rounding)

    check.close(
        y,
        "y",
        expected,
        atol=room(x, q, scale, bias),
        suspects={
            "activations left in float: that is quant_linear, and here x becomes int8 codes as well": flat
            @ (q * s[:, None]).T
            + bias,
            "truncation: x / x_scale cast to int8 without rounding": by(rounding=np.trunc),
            "floor: every code of x is pulled down": by(rounding=np.floor),
            "x_scale = max|token| / 128: the grid ends at 127 on both sides": by(absmax(x, -1)[:, None] / 128),
            "x_scale = max|token| / 127.5: the grid ends at 127 on both sides": by(absmax(x, -1)[:, None] / 127.5),
            "max(token) without the magnitude: the loudest activation may be negative": by(
                np.abs(flat.max(-1))[:, None] / 127
            ),
            "one scale for all of x: each token has its own": by(absmax(x) / 127),
            "one scale an input channel: the scales of x run over tokens, not over channels": by(
                absmax(x, 0)[None] / 127
            ),
            "the tokens' scale left out: the sums are in steps of x_scale * scale": sums * s + bias,
            "the weight's scale left out: the sums are in steps of x_scale * scale": sums * own + bias,
            "both scales left out": sums + bias,
            "the tokens' scale divided by instead of multiplied": sums / own * s + bias,
            "the weight's scale divided by instead of multiplied": sums * own / s + bias,
            "the first row's scale for every output": sums * own * s[0] + bias,
            "the bias left out": expected - bias,
            "the bias added to the sums, before the scales: it is in real units already": (sums + bias) * own * s,
            "the bias rounded into the int32 sums, where only the weight's scale was reckoned": np.rint(bias / s)
            * (own * s)
            + expected
            - bias,
            "codes of x read as unsigned: -1 became 255": np.rint(flat / own) % 256 @ q.T * own * s + bias,
            "sums that wrapped around in int8": wrapped(x, q, scale, bias, np.int8),
            "sums that wrapped around in int16": wrapped(x, q, scale, bias, np.int16),
        },
        ask="y = (x_q @ q.T) * x_scale * scale + bias, x_q = rint(x / x_scale), x_scale = max|token| / 127",
    )


@exercise("int8_linear")
def test_each_token_has_a_scale_of_its_own(lab, check, draw):
    rows, columns = draw.sizes(2, 6, 12)
    q, scale, _ = a_layer(draw, rows, columns)
    loudness = np.array([[1.0, 500, 0.01], [30, 1, 2000]], np.float32)[..., None]
    x = tokens(draw, 2, 3, columns) * loudness
    y = lab.int8_linear(x, q, scale)
    check.array(y, "y", shape=(2, 3, rows), dtype=np.float32)
    check.close(
        y,
        "y",
        int8_by_hand(x, q, scale),
        atol=room(x, q, scale),
        suspects={
            "one scale for all of x: then quiet tokens lose every bit beside loud ones": int8_by_hand(
                x, q, scale, x_scale=absmax(x) / 127
            ),
            "one scale a sequence: each token has its own": int8_by_hand(
                x, q, scale, x_scale=absmax(x, (1, 2))[:, None, None] / 127
            ),
            "one scale an input channel: the maximum runs along the last axis of x": int8_by_hand(
                x, q, scale, x_scale=absmax(x, (0, 1)) / 127
            ),
            "one scale a position, shared by the sequences: each token has its own": int8_by_hand(
                x, q, scale, x_scale=absmax(x, 0).max(-1)[:, None] / 127
            ),
        },
        ask="Tokens are up to 200000 times louder than others here: does each use its own scale from end to end?",
    )


@exercise("int8_linear")
def test_sums_of_products_do_not_wrap_around(lab, check, draw):
    columns = 600  # sums of about 600 * 90 * 90 = 5e6: far beyond int16, within int32, and exact in float32 too
    x = draw.rng.integers(60, 127, (3, columns)).astype(np.float32) * np.float32(0.01)
    x[:, 0] = 1.27
    q = draw.rng.integers(60, 128, (4, columns)).astype(np.int8)
    q[1] *= -1
    scale = np.geomspace(0.3, 1.7, 4).astype(np.float32)
    y = lab.int8_linear(x, q, scale)
    check.array(y, "y", shape=(3, 4), dtype=np.float32, ask="float16 ends at 65504: in which dtype are the sums held?")
    own, s = absmax(x, -1)[:, None] / 127, scale.astype(np.float64)
    codes = np.rint(x / own).astype(np.int64)
    products = codes[:, None, :] * q.astype(np.int64)
    sums = products.sum(-1)
    check.close(
        y,
        "y",
        sums * own * s,
        atol=room(x, q, scale),
        suspects={
            "sums that wrapped around in int8: numpy's int8 @ int8 stays int8": sums.astype(np.int8) * own * s,
            "sums that wrapped around in int16: 127 * 127 * 3 is beyond it": sums.astype(np.int16) * own * s,
            "products that wrapped around in int8 before they were summed": products.astype(np.int8).sum(-1) * own * s,
            "sums that saturate at int16's end": np.clip(sums, -32768, 32767) * own * s,
            "sums that saturate at int8's end": np.clip(sums, -128, 127) * own * s,
            "sums cut off to uint8": sums.astype(np.uint8) * own * s,
        },
        ask="The sums reach millions: what dtype do the codes have when they are multiplied and added?",
    )


@exercise("int8_linear")
def test_ties_of_activations_go_to_the_even_code(lab, check):
    # The largest magnitude 127 / 8 makes the scale exactly 1/8; q is 1 on the diagonal, so that y shows the codes.
    steps = np.array([[0.5, 1.5, 2.5, -0.5, -127.0], [-2.5, -1.5, 127.0, 3.7, -126.5]])
    q, scale = np.eye(5, dtype=np.int8), np.ones(5, np.float32)
    y = lab.int8_linear((steps / 8).astype(np.float32), q, scale)
    check.close(
        y,
        "y",
        np.rint(steps) / 8,
        atol=1e-5,
        suspects={
            "ties away from zero: torch and numpy round half to even (np.rint)": half_away(steps) / 8,
            "floor(x + 0.5), which pushes every tie up": np.floor(steps + 0.5) / 8,
            "truncation: x / x_scale cast to int8 without rounding": np.trunc(steps) / 8,
            "floor instead of rounding": np.floor(steps) / 8,
            "ties towards zero: is the scale a little too large, by an epsilon?": np.sign(steps)
            * np.ceil(np.abs(steps) - 0.5)
            / 8,
            "activations left in float: here x becomes int8 codes as well": steps / 8,
        },
        ask="Each y here is one code of x times 1/8: which rounding is yours?",
    )


@exercise("int8_linear")
def test_scales_of_tokens_and_outputs_keep_to_their_axes(lab, check, draw):
    (n,) = draw.sizes(1, 4, 9)  # as many tokens as outputs as inputs: whatever is laid along the wrong axis fits
    q, scale, bias = a_layer(draw, n, n)
    x = tokens(draw, n, n) * np.geomspace(1, 50, n, dtype=np.float32)[:, None]
    own, s = absmax(x, -1) / 127, scale.astype(np.float64)
    codes = np.rint(x / own[:, None])
    y = lab.int8_linear(x, q, scale, bias)
    check.close(
        y,
        "y",
        int8_by_hand(x, q, scale, bias),
        atol=room(x, q, scale, bias),
        suspects={
            "x_q @ q without the transpose: q is (out, in)": codes @ q * own[:, None] * s + bias,
            "the tokens' scales laid along the outputs": codes @ q.T * own * s + bias,
            "the weight's scales laid along the tokens": codes @ q.T * own[:, None] * s[:, None] + bias,
            "the two scales each along the other's axis": codes @ q.T * own * s[:, None] + bias,
            "the scale of each input channel where the token's belongs": int8_by_hand(
                x, q, scale, bias, x_scale=absmax(x, 0) / 127
            ),
            "the bias laid along the tokens": int8_by_hand(x, q, scale, bias[:, None]),
        },
        ask="The sums are (tokens, out): which scale belongs to the rows, which to the columns?",
    )


@exercise("int8_linear")
def test_a_token_of_zeros_gives_the_bias_and_a_quiet_one_is_heard(lab, check, draw):
    rows, columns = draw.sizes(2, 4, 12)
    q, scale, bias = a_layer(draw, rows, columns)
    x = tokens(draw, 4, columns)
    x[1] = 0
    y = lab.int8_linear(x, q, scale, bias)
    check.array(y, "y", shape=(4, rows), ask="Token 1 is all zero, its maximum too: what is it divided by?")
    check.close(y[1], "y[1] (an all-zero token)", bias, rtol=FLOAT32, ask="Nothing times anything: the bias remains")
    check.close(y, "y", int8_by_hand(x, q, scale, bias), atol=room(x, q, scale, bias))
    quiet = tokens(draw, 3, columns) * np.float32(2.0**-60)
    y = lab.int8_linear(quiet, q, scale)
    check.close(
        y,
        "y of quiet tokens",
        int8_by_hand(quiet, q, scale),
        atol=room(quiet, q, scale),
        suspects={
            "zeros: an epsilon or a floor made the scale so large that every code is 0": np.zeros(y.shape),
        },
        ask="They are 2**-60 as loud: is an epsilon added to the scale, or a floor under it?",
    )
    # Of float32's smallest steps the loudest is 180; 180 / 127 = 1.4 is stored as 1, so 180 steps are asked for.
    steps = np.array([[180.0, 90, -180, 3]])
    y = lab.int8_linear(np.ldexp(steps, -149).astype(np.float32), np.eye(4, dtype=np.int8), np.full(4, 2.0**60))
    check.that(
        bool((np.asarray(y) * steps >= 0).all()),
        f"y has the signs {np.sign(y).astype(int).ravel().tolist()} for codes of the signs [1, 1, -1, 1]",
        ask="180 does not fit int8 and wraps around to -76: is there a clip, and does it come before the cast?",
    )


@exercise("int8_linear")
def test_any_leading_axes_dtypes_and_one_scale_for_the_weight_work(lab, check, draw):
    for leading in [(), (1,), (2, 1, 4)]:
        q, scale, bias = a_layer(draw, *draw.sizes(2))
        x = tokens(draw, *leading, q.shape[1])
        for words, a_scale in (("a scale a row", scale), ("one scale for the weight", np.float32(0.007))):
            y = lab.int8_linear(x, q, a_scale, bias)
            check.array(
                y, "y", shape=(*leading, len(q)), dtype=np.float32, ask="Only the last axis of x is the layer's"
            )
            check.close(
                y, f"y with {words}", int8_by_hand(x, q, a_scale, bias), atol=room(x, q, a_scale, bias),
                ask=f"An x of shape {x.shape} and {words}: does every axis line up?",
            )  # fmt: skip
    for dtype in [np.float16, np.float64]:
        q, scale, bias = a_layer(draw, 5, 40)
        x = tokens(draw, 2, 17, 40, dtype=dtype)[:, ::-2]
        y = lab.int8_linear(x, q, scale, bias.astype(dtype))
        check.array(y, "y", shape=(2, 9, 5), dtype=np.float32)
        name, bias = np.dtype(dtype).name, bias.astype(dtype).astype(np.float64)
        check.close(
            y, f"y of a {name} x", int8_by_hand(x, q, scale, bias), atol=room(x, q, scale, bias),
            ask=f"Is x / x_scale computed in {name}? float16 keeps three digits, too few for 127 codes",
        )  # fmt: skip


@exercise("int8_linear")
def test_int8_arguments_that_do_not_fit_are_refused_by_name(lab, check, draw):
    rows, columns = draw.sizes(2)
    q, scale, bias = a_layer(draw, rows, columns)
    x = tokens(draw, 5, columns)
    lab.int8_linear(x, q, scale, bias)
    for value in (np.nan, np.inf):
        bad = x.copy()
        bad[-1, -1] = value
        check.refuses(lab.int8_linear, bad, q, scale, naming="x", because=f"an x that holds {value}")
    bad = x[:, :-1]
    check.refuses(lab.int8_linear, bad, q, scale, naming=("x", "q"), because=f"an x {bad.shape} for a q {q.shape}")
    either = ("scale", "q")
    check.refuses(lab.int8_linear, x, q, scale[:-1], naming=either, because=f"{rows - 1} scales for {rows} rows")
    check.refuses(lab.int8_linear, x, q, scale * -1, naming="scale", because="a negative scale")
    check.refuses(lab.int8_linear, x, q[0], scale, naming=either, because=f"a q of shape {q[0].shape}")
    for bad in (bias[:-1], bias[:1]):
        words = f"a bias of shape {bad.shape} for {rows} rows"
        check.refuses(lab.int8_linear, x, q, scale, bad, naming=("bias", "q"), because=words)
