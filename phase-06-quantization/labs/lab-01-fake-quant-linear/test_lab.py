"""What lab 01 must hold. `lab` is the implementation under test, `check` makes the claims,
`draw` gives irregular inputs; conftest.py at the root says what the three promise."""

import sys

import numpy as np
import pytest

exercise = pytest.mark.exercise
FLOAT32 = 1e-6  # eight units in the last place of float32: room for absmax * (1 / 127), none for another formula
HALF = 0.5 + 1e-4  # half a step, and float32's error in w / scale, at most 127 * 2**-23 = 1.5e-5 steps


def absmax(w, axis=None):
    return np.abs(np.asarray(w, np.float64)).max(axis=axis)


def one_scale(check, scale):
    return np.float64(check.array(scale, "scale", shape=(), ask="One scale for the whole matrix is asked for"))


def row_scales(check, scale, rows):
    return check.array(scale, "scale", shape=(rows,), ask="One scale a row is asked for").astype(np.float64)[:, None]


def half_away(steps):
    return np.sign(steps) * np.floor(np.abs(steps) + 0.5)


def codes_by_hand(w, scale, qmax):
    return np.clip(np.rint(np.asarray(w, np.float64) / scale), -qmax, qmax)


def takes_any_float_and_layout(quantize, check, draw, axis):
    """float16, float32 and float64, as they are and as transposed, reversed and strided views."""
    rows, columns = draw.sizes(2, 6, 14)
    base = draw.tensor(2 * columns, rows)
    for dtype in (np.float16, np.float32, np.float64):
        name = np.dtype(dtype).name
        view = base.astype(dtype)[::-2].T  # transposed, reversed, every second: (rows, columns)
        for w, kind, ask in (
            (np.ascontiguousarray(view), name, f"Is something computed in {name}? float16 keeps only three digits"),
            (view, f"transposed {name}", "Is the array's memory order relied on (ravel, reshape, view, frombuffer)?"),
        ):
            q, scale = quantize(w)
            q = check.codes(q, f"q of a {kind} w", shape=(rows, columns), low=-127, high=127)
            expected = absmax(w, axis) / 127
            scale = check.array(scale, f"scale of a {kind} w", shape=expected.shape, dtype=np.float32)
            check.close(scale, f"scale of a {kind} w", expected, rtol=FLOAT32, ask=ask)
            ratio = w.astype(np.float64) / np.asarray(scale, np.float64)[..., None]
            check.rounded(q, f"q of a {kind} w", ratio, low=-127, high=127, ask=ask)


def codes_never_wrap_around(quantize, check):
    """The one place where absmax / qmax needs its clip: weights of a few of float32's smallest steps."""
    # In units of 2**-149 the loudest is 180; 180 / 127 = 1.4 is stored as 1, so that 180 steps are asked for.
    w = np.ldexp(np.array([[180.0, 90, -180, 3], [-30, 180, 7, -180]]), -149).astype(np.float32)
    q, _ = quantize(w)
    q = check.codes(q, "q", shape=w.shape, low=-127, high=127)
    for at in zip(*np.nonzero(q * np.sign(w) < 0)):
        check.fail(
            q,
            f"q{list(map(int, at))} is {q[at]} for a weight of {w[at]:.3g}: the sign is lost",
            "180 does not fit int8 and wraps around to -76: is there a clip, and does it come before the cast?",
        )


def refuses_bad_weights(quantize, check, draw):
    good = draw.tensor(*draw.sizes(2))
    quantize(good)  # a function that refuses everything refuses nothing
    for value in (np.nan, np.inf, -np.inf):
        bad = good.copy()
        bad[-1, 0] = value
        check.refuses(quantize, bad, naming="w", because=f"a w that holds {value}")
    for bad in (good[0], good[None]):
        check.refuses(quantize, bad, naming="w", because=f"a w of shape {bad.shape}: it must be (out, in)")
    check.refuses(quantize, np.full((2, 3), 1e300), naming="w", because="a w of 1e300, whose scale is beyond float32")
    for bits in (-4, 0, 1, 9, 16):
        check.refuses(quantize, good, bits=bits, naming="bits", because=f"bits={bits} (2 to 8 are possible)")


# ---- exercise 1: one scale for the whole matrix ----


@exercise("quantize_per_tensor")
def test_the_scale_is_the_largest_magnitude_over_qmax(lab, check, draw):
    w = draw.tensor(*draw.sizes(2))  # the loudest value is negative
    _, scale = lab.quantize_per_tensor(w)
    check.array(scale, "scale", shape=(), dtype=np.float32, ask="One scale for the whole matrix: is it a float32?")
    check.close(
        scale,
        "scale",
        absmax(w) / 127,
        rtol=FLOAT32,
        suspects={
            "max|w| / 128: int8 has 128 negative codes, but the grid here is symmetric and ends at 127": absmax(w)
            / 128,
            "max|w| / 127.5: the grid here ends at 127 on both sides": absmax(w) / 127.5,
            "max|w| / 255, the largest unsigned code: codes here are signed": absmax(w) / 255,
            "an epsilon of 1e-8 added to the scale: only an exact zero needs a guard": absmax(w) / 127 + 1e-8,
            "max(w) without the magnitude: the loudest value may be negative": float(w.max()) / 127,
            "two slips at once, max(w) without the magnitude and 128 for 127": float(w.max()) / 128,
            "(max - min) / 255: that is the asymmetric scale, which needs a zero point": float(w.max() - w.min()) / 255,
            "|min(w)| / 127: the loudest value may also be positive": abs(float(w.min())) / 127,
            "127 / max|w|: the reciprocal": 127 / absmax(w),
            "max|w| itself, not yet divided by qmax": absmax(w),
            "a scale that went through float16, which keeps three digits": np.float16(absmax(w) / 127),
            "mean|w| / 127: the mean is not the maximum": np.abs(w).mean() / 127,
            "3 standard deviations / 127: a formula for bells, and the tail would be clipped": 3 * w.std() / 127,
            "a percentile (99.9) of |w| / 127: the loudest value would be clipped": np.percentile(np.abs(w), 99.9)
            / 127,
            "the first row's maximum / 127: one scale for the whole matrix is asked for": absmax(w[0]) / 127,
        },
        ask="scale = max|w| / qmax with qmax = 2**(bits-1) - 1: which of the three is different in yours?",
    )


@exercise("quantize_per_tensor")
def test_a_positive_peak_sets_the_scale_as_well(lab, check, draw):
    w = -draw.tensor(*draw.sizes(2))  # now the loudest value is positive
    _, scale = lab.quantize_per_tensor(w)
    check.close(
        scale,
        "scale",
        absmax(w) / 127,
        rtol=FLOAT32,
        suspects={
            "|min(w)| / 127: the loudest value may also be positive": abs(float(w.min())) / 127,
        },
        ask="With the loudest value negative it fitted: is the magnitude taken of every value?",
    )


@exercise("quantize_per_tensor")
def test_codes_are_the_nearest_grid_points(lab, check, draw):
    w = draw.tensor(*draw.sizes(2, 5, 16))
    q, scale = lab.quantize_per_tensor(w)
    check.codes(q, "q", shape=w.shape, low=-127, high=127)
    scale = one_scale(check, scale)
    ratio = w.astype(np.float64) / scale
    check.rounded(
        q,
        "q",
        ratio,
        low=-127,
        high=127,
        suspects={
            "floor: every code is pulled down": np.clip(np.floor(ratio), -127, 127),
            "truncation (astype without rounding): every code is pulled towards zero": np.trunc(ratio),
            "ceil: every code is pushed up": np.clip(np.ceil(ratio), -127, 127),
            "w * scale: a code is w divided by the scale": codes_by_hand(w, 1 / scale, 127),
        },
        ask="Are the codes rint(w / scale)?",
    )


@exercise("quantize_per_tensor")
def test_ties_go_to_the_even_code(lab, check):
    # absmax 127 * 2**-3 makes the scale exactly 1/8, so that every k + 1/2 is an exact tie.
    ties = np.array([[0.5, 1.5, 2.5, -0.5, -1.5], [-2.5, 3.5, 126.5, -126.5, -127.0]], np.float32) / 8
    q, _ = lab.quantize_per_tensor(ties)
    q = check.codes(q, "q", shape=ties.shape, low=-127, high=127)
    steps = ties.astype(np.float64) * 8
    check.equal(
        q,
        "q",
        np.rint(steps),
        suspects={
            "ties away from zero: torch and numpy round half to even (np.rint)": half_away(steps),
            "floor(x + 0.5), which pushes every tie up": np.floor(steps + 0.5),
            "ceil(x - 0.5), which pulls every tie down": np.ceil(steps - 0.5),
            "truncation instead of rounding": np.trunc(steps),
            "floor instead of rounding": np.floor(steps),
        },
        ask="Which of the three roundings is yours: floor, half up, or half to even?",
    )


@exercise("quantize_per_tensor")
def test_bits_set_the_grid(lab, check, draw):
    for bits in [2, 3, 4, 5, 6, 7, 8]:
        w, qmax = draw.tensor(*draw.sizes(2, 4, 14)), 2 ** (bits - 1) - 1
        q, scale = lab.quantize_per_tensor(w, bits=bits)
        check.close(
            scale,
            "scale",
            absmax(w) / qmax,
            rtol=FLOAT32,
            suspects={
                "127 for every number of bits: is `bits` used?": absmax(w) / 127 if bits < 8 else np.nan,
                "qmax = 2**(bits-1): one code too many on the positive side": absmax(w) / (qmax + 1),
                "qmax = 2**bits - 1: that is an unsigned grid": absmax(w) / (2**bits - 1),
            },
            ask=f"For {bits} bits the largest code is 2**{bits - 1} - 1 = {qmax}",
        )
        check.codes(q, "q", shape=w.shape, low=-qmax, high=qmax)
        check.rounded(
            q, "q", w.astype(np.float64) / float(scale), low=-qmax, high=qmax, ask="Does the clip use this qmax too?"
        )


@exercise("quantize_per_tensor")
def test_round_trip_error_is_at_most_half_a_step(lab, check, draw):
    w = draw.tensor(*draw.sizes(2, 8, 40))
    q, scale = lab.quantize_per_tensor(w)
    check.codes(q, "q", shape=w.shape, low=-127, high=127)
    step = one_scale(check, scale)
    error = np.abs(w.astype(np.float64) - q.astype(np.float64) * step)
    # |w - w_hat| <= scale / 2 wherever no clipping happens, and with scale = max|w| / 127 nothing is clipped.
    check.at_most(
        error / step,
        "|w - w_hat| in steps",
        HALF,
        of=q,
        ask="More than half a step is not rounding: is anything clipped or truncated?",
    )


@exercise("quantize_per_tensor")
def test_an_all_zero_weight_gives_zeros_and_a_usable_scale(lab, check, draw):
    w = np.zeros(draw.sizes(2), np.float32)
    q, scale = lab.quantize_per_tensor(w)
    scale = check.array(scale, "scale", shape=(), dtype=np.float32, ask="0 / 0: what should the scale of nothing be?")
    check.equal(check.codes(q, "q", shape=w.shape, low=0, high=0), "q", np.zeros(w.shape))
    check.that(
        scale > 0,
        f"scale is {scale} for an all-zero w, expected a positive number",
        of=q,
        ask="Whoever divides by this scale gets NaN: what scale is safe?",
    )


@exercise("quantize_per_tensor")
def test_quiet_weights_keep_their_codes(lab, check, draw):
    loud = draw.tensor(*draw.sizes(2))
    for power in (-60, -100):  # far below any "small" epsilon, far above the smallest float32
        w = np.ldexp(loud, power).astype(np.float32)
        q, scale = lab.quantize_per_tensor(w)
        check.close(
            scale,
            "scale",
            absmax(w) / 127,
            rtol=FLOAT32,
            ask="Is an epsilon added to the scale, or a floor under it? Only an exact zero needs a guard",
        )
        check.rounded(
            q,
            "q",
            w.astype(np.float64) / float(scale),
            low=-127,
            high=127,
            ask="The scale is right: is something else, beside it, divided or compared with an epsilon?",
        )


@exercise("quantize_per_tensor")
def test_no_code_wraps_around(lab, check):
    codes_never_wrap_around(lab.quantize_per_tensor, check)


@exercise("quantize_per_tensor")
def test_per_tensor_takes_any_float_dtype_and_memory_layout(lab, check, draw):
    takes_any_float_and_layout(lab.quantize_per_tensor, check, draw, axis=None)


@exercise("quantize_per_tensor")
def test_per_tensor_refuses_bad_input_by_name(lab, check, draw):
    refuses_bad_weights(lab.quantize_per_tensor, check, draw)


# ---- exercise 2: one scale a row ----


@exercise("quantize_per_channel")
def test_each_row_has_its_own_scale(lab, check, draw):
    rows, columns = draw.sizes(2)
    w = draw.tensor(rows, columns)
    _, scale = lab.quantize_per_channel(w)
    if np.shape(scale) == (columns,):
        check.fail(
            scale,
            f"scale has shape ({columns},), one a column; expected one a row, ({rows},)",
            "w is (out, in): over which axis does the maximum run to leave one number a row?",
        )
    check.array(
        scale,
        "scale",
        shape=(rows,),
        dtype=np.float32,
        ask="One number a row, as a flat (out,) array: keepdims belongs to the division only",
    )
    check.close(
        scale,
        "scale",
        absmax(w, 1) / 127,
        rtol=FLOAT32,
        suspects={
            "the whole matrix's maximum in every row": np.full(rows, absmax(w) / 127),
            "max|row| / 128": absmax(w, 1) / 128,
            "max|row| / 127.5": absmax(w, 1) / 127.5,
            "max|row| / 255, the largest unsigned code: codes here are signed": absmax(w, 1) / 255,
            "an epsilon of 1e-8 added to every scale: only an exact zero needs a guard": absmax(w, 1) / 127 + 1e-8,
            "127 / max|row|: the reciprocal": 127 / absmax(w, 1),
            "scales that went through float16, which keeps three digits": (absmax(w, 1) / 127).astype(np.float16),
            "mean|row| / 127: the mean is not the maximum": np.abs(w).mean(axis=1) / 127,
            "3 standard deviations of each row / 127": 3 * w.std(axis=1) / 127,
            "max(row) without the magnitude": w.max(axis=1) / 127,
            "|min(row)| / 127": np.abs(w.min(axis=1)) / 127,
            "(max - min) / 255 of each row, the asymmetric scale": (w.max(axis=1) - w.min(axis=1)) / 255,
            "max|row| not yet divided by qmax": absmax(w, 1),
        },
        ask="scale[i] = max|w[i]| / qmax",
    )


@exercise("quantize_per_channel")
def test_rows_whose_peak_is_positive_count_too(lab, check, draw):
    w = draw.tensor(*draw.sizes(2))
    w[::2] *= -1
    _, scale = lab.quantize_per_channel(w)
    check.close(
        scale,
        "scale",
        absmax(w, 1) / 127,
        rtol=FLOAT32,
        suspects={
            "max(row) without the magnitude": w.max(axis=1) / 127,
            "|min(row)| / 127: the loudest value may also be positive": np.abs(w.min(axis=1)) / 127,
        },
        ask="scale[i] = max|w[i]| / qmax, whichever sign the loudest value has",
    )


@exercise("quantize_per_channel")
def test_codes_of_each_row_are_the_nearest_on_its_own_grid(lab, check, draw):
    w = draw.tensor(*draw.sizes(2, 5, 16)) * np.float32(3)
    w[1] *= 1e-4
    q, scale = lab.quantize_per_channel(w)
    check.codes(q, "q", shape=w.shape, low=-127, high=127)
    scale = row_scales(check, scale, len(w))
    ratio = w.astype(np.float64) / scale
    check.rounded(
        q,
        "q",
        ratio,
        low=-127,
        high=127,
        suspects={
            "floor: every code is pulled down": np.clip(np.floor(ratio), -127, 127),
            "truncation (astype without rounding): every code is pulled towards zero": np.trunc(ratio),
            "ceil: every code is pushed up": np.clip(np.ceil(ratio), -127, 127),
            "one scale for all rows": codes_by_hand(w, absmax(w) / 127, 127),
            "w * scale: a code is w divided by the scale": codes_by_hand(w, 1 / scale, 127),
        },
        ask="Are the codes of row i rint(w[i] / scale[i])?",
    )


@exercise("quantize_per_channel")
def test_a_square_weight_is_scaled_by_row_not_by_column(lab, check, draw):
    (n,) = draw.sizes(1)  # on a square matrix a scale of the wrong axis fits without an error
    w = draw.tensor(n, n) * np.geomspace(1, 1000, n, dtype=np.float32)[:, None]
    q, scale = lab.quantize_per_channel(w)
    check.close(
        scale,
        "scale",
        absmax(w, 1) / 127,
        rtol=FLOAT32,
        suspects={
            "the maximum of each column: w is (out, in), an output channel is a row": absmax(w, 0) / 127,
        },
        ask="Which axis is the output channel?",
    )
    own = np.asarray(scale, np.float64)
    check.rounded(
        q,
        "q",
        w / own[:, None],
        low=-127,
        high=127,
        suspects={
            "the scales laid along the columns: (out,) broadcasts over the last axis": codes_by_hand(w, own, 127),
        },
        ask="Is w[i] divided by scale[i]?",
    )


@exercise("quantize_per_channel")
def test_ties_in_a_row_go_to_the_even_code(lab, check):
    w = np.array([[0.5, 1.5, 2.5, -127.0], [-0.5, -2.5, 127.0, 4.5], [0.25, -1.25, 63.5, 0.75]], np.float32)
    q, _ = lab.quantize_per_channel(w)  # the rows' scales are exactly 1, 1 and 1/2
    steps = w.astype(np.float64) / np.array([[1], [1], [0.5]])
    check.equal(
        q,
        "q",
        np.rint(steps),
        suspects={
            "ties away from zero: torch and numpy round half to even (np.rint)": half_away(steps),
            "floor(x + 0.5), which pushes every tie up": np.floor(steps + 0.5),
            "truncation": np.trunc(steps),
            "floor": np.floor(steps),
        },
        ask="Which rounding is this: half up, or half to even?",
    )


@exercise("quantize_per_channel")
def test_bits_set_each_rows_grid(lab, check, draw):
    for bits in [2, 4, 5, 8]:
        w, qmax = draw.tensor(*draw.sizes(2, 4, 14)), 2 ** (bits - 1) - 1
        q, scale = lab.quantize_per_channel(w, bits=bits)
        check.close(
            scale,
            "scale",
            absmax(w, 1) / qmax,
            rtol=FLOAT32,
            suspects={
                "127 for every number of bits: is `bits` used?": absmax(w, 1) / 127
                if bits < 8
                else np.full(len(w), np.nan),
                "qmax = 2**(bits-1)": absmax(w, 1) / (qmax + 1),
            },
            ask=f"For {bits} bits the largest code is {qmax}",
        )
        check.codes(q, "q", shape=w.shape, low=-qmax, high=qmax)
        check.rounded(q, "q", w / np.asarray(scale, np.float64)[:, None], low=-qmax, high=qmax)


@exercise("quantize_per_channel")
def test_a_loud_row_leaves_the_quiet_rows_intact(lab, check, draw):
    # The drama of this lab: one of 64 rows is 10000 times louder. One scale for all would round every
    # quiet row to zero while the global error stays under 1 %; so each row is judged against itself.
    w = draw.gaussian(64, 129)
    w[int(draw.rng.integers(64))] *= 10_000
    q, scale = lab.quantize_per_channel(w)
    check.codes(q, "q", shape=w.shape, low=-127, high=127)
    w_hat = q.astype(np.float64) * row_scales(check, scale, 64)
    # Each element is off by at most half of its row's step: ||row error|| <= sqrt(in) * max|row| / 254.
    bound = np.sqrt(w.shape[1]) * absmax(w, 1) / 127 * HALF / np.linalg.norm(w.astype(np.float64), axis=1)
    error = np.linalg.norm(w - w_hat, axis=1) / np.linalg.norm(w.astype(np.float64), axis=1)
    crushed = int((error > 0.99).sum())
    check.at_most(
        error,
        "relative error of row",
        bound,
        of=q,
        ask=f"{crushed} of 64 rows were rounded to nothing: whose scale did they get?"
        if crushed
        else "Does each row use its own scale from end to end?",
    )


@exercise("quantize_per_channel")
def test_a_zero_row_gives_zeros_beside_rows_that_live(lab, check, draw):
    w = draw.tensor(*draw.sizes(2, 4, 12))
    w[2] = 0
    q, scale = lab.quantize_per_channel(w)
    scale = check.array(
        scale, "scale", shape=w.shape[:1], dtype=np.float32, ask="0 / 0: what should the scale of an all-zero row be?"
    )
    says = f"scale[2] is {scale[2]} for the all-zero row, expected a positive number"
    check.that(bool((scale > 0).all()), says, of=q, ask="Whoever divides by this scale gets NaN: what scale is safe?")
    check.codes(q, "q", shape=w.shape, low=-127, high=127)
    check.equal(q[2], "q[2] (all-zero row)", np.zeros(w.shape[1]))
    alive = np.arange(len(w)) != 2
    check.close(
        scale[alive],
        "scale of the other rows",
        absmax(w, 1)[alive] / 127,
        rtol=FLOAT32,
        ask="Does the guard for zero rows change the scales of the others?",
    )


@exercise("quantize_per_channel")
def test_quiet_rows_are_not_swallowed_by_an_epsilon(lab, check, draw):
    w = draw.tensor(*draw.sizes(2, 4, 12))
    w[0] *= np.float32(2.0**-80)
    q, scale = lab.quantize_per_channel(w)
    check.close(
        scale,
        "scale",
        absmax(w, 1) / 127,
        rtol=FLOAT32,
        ask="Row 0 is 2**-80 as loud: is an epsilon added to the scale, or a floor under it?",
    )
    check.rounded(q, "q", w / np.asarray(scale, np.float64)[:, None], low=-127, high=127)


@exercise("quantize_per_channel")
def test_no_code_of_a_row_wraps_around(lab, check):
    codes_never_wrap_around(lab.quantize_per_channel, check)


@exercise("quantize_per_channel")
def test_one_row_or_one_column_keeps_its_axis(lab, check, draw):
    for shape in [(1, 5), (5, 1), (1, 1)]:
        w = draw.tensor(*shape)
        q, scale = lab.quantize_per_channel(w)
        check.array(scale, "scale", shape=shape[:1], ask="Is an axis of length 1 squeezed away?")
        check.close(scale, "scale", absmax(w, 1) / 127, rtol=FLOAT32, ask="Which axis does the maximum run over?")
        q = check.codes(q, "q", shape=shape, low=-127, high=127)
        check.rounded(q, "q", w / np.asarray(scale, np.float64)[:, None], low=-127, high=127)


@exercise("quantize_per_channel")
def test_per_channel_takes_any_float_dtype_and_memory_layout(lab, check, draw):
    takes_any_float_and_layout(lab.quantize_per_channel, check, draw, axis=1)


@exercise("quantize_per_channel")
def test_per_channel_refuses_bad_input_by_name(lab, check, draw):
    refuses_bad_weights(lab.quantize_per_channel, check, draw)


# ---- exercise 3: back to real numbers ----


def some_codes(draw, rows, columns):
    return draw.rng.integers(-127, 128, (rows, columns)).astype(np.int8)


@exercise("dequantize")
def test_one_scale_multiplies_every_code(lab, check, draw):
    q, scale = some_codes(draw, *draw.sizes(2)), np.float32(0.037)
    w_hat = lab.dequantize(q, scale)
    check.array(w_hat, "w_hat", shape=q.shape, dtype=np.float32)
    check.close(
        w_hat,
        "w_hat",
        q.astype(np.float64) * float(scale),
        rtol=FLOAT32,
        suspects={
            "q / scale: a code is w / scale, so w is the code times the scale": q / scale,
            "the codes themselves, not multiplied": q,
            "q / 127 * scale: the scale has been divided by 127 already": q / np.float32(127) * scale,
            "q * scale in float16: four bytes a weight are asked for": q * np.float16(scale),
            "codes read as unsigned: int8 -1 became 255": q.view(np.uint8) * scale,
        },
        ask="w_hat = q * scale",
    )


@exercise("dequantize")
def test_one_scale_a_row_multiplies_that_row(lab, check, draw):
    rows, columns = draw.sizes(2)
    q, scale = some_codes(draw, rows, columns), np.geomspace(0.001, 5, rows).astype(np.float32)
    w_hat = lab.dequantize(q, scale)
    check.array(w_hat, "w_hat", shape=q.shape, dtype=np.float32)
    check.close(
        w_hat,
        "w_hat",
        q.astype(np.float64) * scale.astype(np.float64)[:, None],
        rtol=FLOAT32,
        suspects={
            "q / scale: a code is w / scale, so w is the code times the scale": q / scale[:, None],
            "the first row's scale for every row": q * scale[0],
        },
        ask="Row i is q[i] * scale[i], as float32",
    )


@exercise("dequantize")
def test_on_a_square_weight_the_scales_still_run_along_the_rows(lab, check, draw):
    (n,) = draw.sizes(1)
    q, scale = some_codes(draw, n, n), np.geomspace(0.001, 5, n).astype(np.float32)
    w_hat = lab.dequantize(q, scale)
    check.close(
        w_hat,
        "w_hat",
        q * scale.astype(np.float64)[:, None],
        rtol=FLOAT32,
        suspects={
            "the scales laid along the columns: (out,) broadcasts over the last axis": q * scale,
        },
        ask="(out, in) times (out,): which axis does numpy line up?",
    )


@exercise("dequantize")
def test_large_codes_times_large_scales_do_not_wrap(lab, check):
    q, scale = np.array([[127, -127, 3], [100, -90, 0]], np.int8), np.array([300.0, 2.0], np.float32)
    w_hat = lab.dequantize(q, scale)
    check.close(
        w_hat,
        "w_hat",
        q * scale.astype(np.float64)[:, None],
        rtol=FLOAT32,
        ask="127 * 300 does not fit int8: are the codes float before they are multiplied?",
    )


@exercise("dequantize")
def test_a_float64_scale_still_gives_float32(lab, check, draw):
    q = some_codes(draw, *draw.sizes(2))
    w_hat = lab.dequantize(q, np.linspace(0.1, 1, len(q)))
    check.array(w_hat, "w_hat", shape=q.shape, dtype=np.float32)


@exercise("dequantize")
def test_one_row_or_one_column_stays_a_matrix(lab, check, draw):
    for shape in [(1, 5), (5, 1)]:
        q, scale = some_codes(draw, *shape), np.linspace(0.1, 1, shape[0], dtype=np.float32)
        w_hat = lab.dequantize(q, scale)
        check.array(w_hat, "w_hat", shape=shape, dtype=np.float32, ask="Is an axis of length 1 squeezed away?")
        check.close(w_hat, "w_hat", q * scale.astype(np.float64)[:, None], rtol=FLOAT32)


@exercise("dequantize")
def test_codes_in_any_memory_layout_are_read_right(lab, check, draw):
    rows, columns = draw.sizes(2)
    q, scale = some_codes(draw, columns, 2 * rows)[:, ::-2].T, np.geomspace(0.01, 1, rows).astype(np.float32)
    w_hat = lab.dequantize(q, scale)
    check.close(
        w_hat,
        "w_hat of a transposed view",
        q * scale.astype(np.float64)[:, None],
        rtol=FLOAT32,
        ask="Is the array's memory order relied on (ravel, reshape, view)?",
    )


@exercise("dequantize")
def test_codes_and_scales_that_do_not_fit_are_refused_by_name(lab, check, draw):
    rows, columns = draw.sizes(2)
    q, scale = some_codes(draw, rows, columns), np.full(rows, 0.5, np.float32)
    lab.dequantize(q, scale)
    either = ("scale", "q")
    for bad, words in (
        (np.full(columns, 0.5, np.float32), f"one scale a column, ({columns},), for a q {q.shape}"),
        (scale[:, None], f"a scale of shape ({rows}, 1): () or (out,) is possible"),
        (scale[:1], f"a scale of shape (1,) for {rows} rows"),
    ):
        check.refuses(lab.dequantize, q, bad, naming=either, because=words)
    for bad in (q[0], q[None]):
        check.refuses(
            lab.dequantize, bad, np.float32(0.5), naming="q", because=f"a q of shape {bad.shape}: it must be (out, in)"
        )
    for value in (np.nan, np.inf, 0.0, -0.5):
        bad = scale.copy()
        bad[-1] = value
        check.refuses(
            lab.dequantize, q, bad, naming="scale", because=f"a scale of {value}: scales are positive and finite"
        )


# ---- exercise 4: the layer ----


def linear_by_hand(x, w, bias=0.0):
    """(expected, tolerance): float32 sums of `in` products differ by at most in * 2**-23 * sum|x||w|, in any order."""
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    tolerance = (w.shape[1] + 4) * 2.0**-23 * (np.abs(x) @ np.abs(w).T + np.abs(bias))
    return x @ w.T + bias, tolerance


def a_layer(draw, square=False):
    rows, columns = draw.sizes(2)
    q = some_codes(draw, rows, rows if square else columns)
    bias = draw.tensor(rows) * np.float32(100)  # as loud as the products: a bias in float16 is seen as well
    return q, np.geomspace(0.3, 1.7, rows).astype(np.float32), bias


@exercise("quant_linear")
def test_the_layer_is_x_times_the_dequantized_weight_transposed_plus_bias(lab, check, draw):
    q, scale, bias = a_layer(draw)
    w, x = q * scale.astype(np.float64)[:, None], draw.tensor(14, q.shape[1])
    y = lab.quant_linear(x, q, scale, bias)
    check.array(y, "y", shape=(14, len(q)), dtype=np.float32)
    expected, tolerance = linear_by_hand(x, w, bias)
    check.close(
        y,
        "y",
        expected,
        atol=tolerance,
        suspects={
            "the bias left out": expected - bias,
            "the scale left out": linear_by_hand(x, q, bias)[0],
            "the bias scaled along with the codes: it is in real units already": (x @ q.T + bias) * scale.astype(float),
            "the bias subtracted": expected - 2 * bias,
            "the bias added twice": expected + bias,
            "q / scale: a code is w / scale, so w is the code times it": x @ (q.T / scale.astype(float)) + bias,
            "the first row's scale for every row": x @ (q.T * float(scale[0])) + bias,
        },
        ask="y = x @ dequantize(q, scale).T + bias",
    )


@exercise("quant_linear")
def test_a_square_weight_is_transposed_as_well(lab, check, draw):
    q, scale, bias = a_layer(draw, square=True)
    w, x = q * scale.astype(np.float64)[:, None], draw.tensor(3, q.shape[1])
    expected, tolerance = linear_by_hand(x, w, bias)
    y = lab.quant_linear(x, q, scale, bias)
    check.close(
        y,
        "y",
        expected,
        atol=tolerance,
        suspects={
            "x @ w without the transpose: w is (out, in)": lambda: x @ w + bias,
            "the scales along the input axis": lambda: x @ (q * scale.astype(np.float64)).T + bias,
        },
        ask="Which axis of w meets the last axis of x?",
    )


@exercise("quant_linear")
def test_without_a_bias_nothing_is_added(lab, check, draw):
    q, scale, _ = a_layer(draw)
    x = draw.tensor(5, q.shape[1])
    expected, tolerance = linear_by_hand(x, q * scale.astype(np.float64)[:, None])
    y = lab.quant_linear(x, q, scale)
    check.close(y, "y", expected, atol=tolerance, ask="bias=None means no bias")


@exercise("quant_linear")
def test_one_scale_for_the_whole_weight_works_too(lab, check, draw):
    q, _, bias = a_layer(draw)
    x, scale = draw.tensor(4, q.shape[1]), np.float32(0.05)
    expected, tolerance = linear_by_hand(x, q * float(scale), bias)
    y = lab.quant_linear(x, q, scale, bias)
    check.close(y, "y", expected, atol=tolerance, ask="Does it work with a scale of shape ()?")


@exercise("quant_linear")
def test_a_layer_with_one_output_keeps_that_axis(lab, check, draw):
    q, scale, bias = some_codes(draw, 1, 7), np.array([0.3], np.float32), draw.tensor(1)
    x = draw.tensor(4, 7)
    expected, tolerance = linear_by_hand(x, q * scale.astype(np.float64)[:, None], bias)
    y = lab.quant_linear(x, q, scale, bias)
    check.array(y, "y", shape=(4, 1), dtype=np.float32, ask="Is an axis of length 1 squeezed away?")
    check.close(y, "y", expected, atol=tolerance)


@exercise("quant_linear")
def test_any_number_of_leading_axes_is_kept(lab, check, draw):
    for leading in [(), (1,), (2, 3), (2, 1, 4)]:
        q, scale, bias = a_layer(draw)
        x = draw.tensor(*leading, q.shape[1])
        y = lab.quant_linear(x, q, scale, bias)
        check.array(y, "y", shape=(*leading, len(q)), dtype=np.float32, ask="Only the last axis of x is the layer's")
        expected, tolerance = linear_by_hand(x, q * scale.astype(np.float64)[:, None], bias)
        check.close(y, "y", expected, atol=tolerance)


@exercise("quant_linear")
def test_other_float_inputs_give_float32_computed_in_float32(lab, check, draw):
    for dtype in [np.float16, np.float64]:
        q, scale, bias = a_layer(draw)
        x = draw.tensor(2, 7, q.shape[1]).astype(dtype)[:, ::-2]
        bias = bias.astype(dtype)
        y = lab.quant_linear(x, q, scale, bias)
        check.array(
            y,
            "y",
            shape=(2, 4, len(q)),
            dtype=np.float32,
            ask="Whatever the dtype of x: is the product computed in float32, and given as float32?",
        )
        expected, tolerance = linear_by_hand(x, q * scale.astype(np.float64)[:, None], bias.astype(np.float64))
        check.close(
            y, "y", expected, atol=tolerance, ask="Is the product computed in float16? Its sums keep only three digits"
        )


@exercise("quant_linear")
def test_arguments_that_do_not_fit_are_refused_by_name(lab, check, draw):
    q, scale, bias = a_layer(draw)
    x = draw.tensor(5, q.shape[1])
    lab.quant_linear(x, q, scale, bias)
    rows, columns = q.shape
    for bad in (x[:, :-1], x[0, 0]):
        check.refuses(
            lab.quant_linear,
            bad,
            q,
            scale,
            naming=("x", "q"),
            because=f"an x of shape {bad.shape} for a q {q.shape}: its last axis must be {columns}",
        )
    for bad in (bias[:-1], bias[:1], bias[:, None], bias[None]):
        check.refuses(
            lab.quant_linear,
            x,
            q,
            scale,
            bad,
            naming=("bias", "q"),
            because=f"a bias of shape {bad.shape}: it must be ({rows},)",
        )
    check.refuses(lab.quant_linear, x, q, scale[:-1], naming=("scale", "q"), because=f"{rows - 1} scales, {rows} rows")
    check.refuses(
        lab.quant_linear,
        x,
        q[0],
        np.float32(0.5),
        naming="q",
        because=f"a q of shape {q[0].shape}: it must be (out, in)",
    )


@exercise("quant_linear")
def test_values_that_are_no_numbers_are_refused_by_name(lab, check, draw):
    q, scale, bias = a_layer(draw)
    x = draw.tensor(5, q.shape[1])
    lab.quant_linear(x, q, scale, bias)
    for value in (np.nan, np.inf, -np.inf):
        bad = x.copy()
        bad[-1, -1] = value
        check.refuses(lab.quant_linear, bad, q, scale, naming="x", because=f"an x that holds {value}")
    for value in (np.nan, np.inf, 0.0, -0.5):
        bad = scale.copy()
        bad[-1] = value
        check.refuses(
            lab.quant_linear, x, q, bad, naming="scale", because=f"a scale of {value}: scales are positive and finite"
        )


# ---- exercises 5 and 6: bytes ----


@exercise("memory_bytes")
def test_a_weight_takes_its_size_times_the_width_of_its_dtype(lab, check, draw):
    for dtype, width in [(np.float16, 2), (np.float32, 4), (np.float64, 8)]:
        w = draw.tensor(*draw.sizes(2), dtype=dtype)
        check.equal(
            lab.memory_bytes(w),
            "bytes",
            w.shape[0] * w.shape[1] * width,
            suspects={
                "4 bytes for every dtype": w.size * 4,
                "the number of values, not their bytes": w.size,
                "bits instead of bytes": w.size * width * 8,
                "2 bytes for every dtype": w.size * 2,
                "sys.getsizeof, which adds the Python object around the values": sys.getsizeof(w),
            },
            ask="How many bytes does one value take in this dtype?",
        )


@exercise("memory_bytes")
def test_a_view_counts_only_what_it_shows(lab, check, draw):
    w = draw.tensor(8, 30)[::2, ::3].T
    taken = lab.memory_bytes(w)
    check.equal(
        taken,
        "bytes of a view",
        4 * 10 * 4,
        suspects={
            "the array behind the view: a view holds only some of its values": 8 * 30 * 4,
        },
        ask="How many values does this view show?",
    )


@exercise("memory_bytes")
def test_only_a_matrix_has_weight_bytes(lab, check, draw):
    w = draw.tensor(*draw.sizes(2))
    lab.memory_bytes(w)
    for bad in (w[0], w[None]):
        check.refuses(lab.memory_bytes, bad, naming="w", because=f"a w of shape {bad.shape}: it must be (out, in)")


@exercise("memory_bytes_quant")
def test_codes_and_scales_are_both_counted(lab, check, draw):
    rows, columns = draw.sizes(2)
    q, scale = some_codes(draw, rows, columns), np.ones(rows, np.float32)
    check.equal(
        lab.memory_bytes_quant(q, scale),
        "bytes",
        rows * columns + 4 * rows,
        suspects={
            "the scales left out": rows * columns,
            "one byte a scale: a float32 takes 4": rows * columns + rows,
            "4 bytes a code: int8 takes 1": 4 * rows * columns + 4 * rows,
            "one scale only": rows * columns + 4,
            "2 bytes a scale": rows * columns + 2 * rows,
        },
        ask="The codes' bytes and the scales' bytes",
    )


@exercise("memory_bytes_quant")
def test_one_scale_for_the_matrix_takes_four_bytes(lab, check, draw):
    q = some_codes(draw, *draw.sizes(2))
    check.equal(
        lab.memory_bytes_quant(q, np.array(0.5, np.float32)),
        "bytes",
        q.size + 4,
        suspects={
            "the scale left out": q.size,
            "one scale a row": q.size + 4 * len(q),
        },
        ask="Here the scale has shape ()",
    )


@exercise("memory_bytes_quant")
def test_int8_is_nearly_four_times_smaller_only_when_rows_are_long(lab, check, draw):
    for columns, ratio in [(16, 3.2), (128, 3.879), (1024, 3.984)]:
        (rows,) = draw.sizes(1)
        float32 = 4 * rows * columns
        expected = rows * columns + 4 * rows  # float32 over int8 with one float32 scale a row: 4 in / (in + 4)
        assert abs(float32 / expected - ratio) < 1e-3, "the case itself"
        taken = lab.memory_bytes_quant(some_codes(draw, rows, columns), np.ones(rows, np.float32))
        check.equal(
            taken,
            f"bytes of {rows} x {columns} codes with a scale a row",
            expected,
            suspects={
                "the scales left out: codes alone are exactly 4 times smaller than float32": rows * columns,
            },
            ask=f"float32 takes {float32}, {ratio} times as much: what besides the codes is stored?",
        )


@exercise("memory_bytes_quant")
def test_float16_scales_take_two_bytes_each(lab, check, draw):
    rows, columns = draw.sizes(2)
    taken = lab.memory_bytes_quant(some_codes(draw, rows, columns), np.ones(rows, np.float16))
    check.equal(
        taken,
        "bytes",
        rows * columns + 2 * rows,
        suspects={
            "4 bytes a scale, whatever its dtype": rows * columns + 4 * rows,
        },
        ask="Is the scale's own dtype asked?",
    )


@exercise("memory_bytes_quant")
def test_views_of_codes_and_scales_count_what_they_show(lab, check, draw):
    q, scale = some_codes(draw, 12, 10)[::2, ::2].T, np.ones(15, np.float32)[::3]
    check.equal(lab.memory_bytes_quant(q, scale), "bytes", 5 * 6 + 4 * 5, ask="Is an array behind a view counted?")


@exercise("memory_bytes_quant")
def test_only_a_matrix_has_code_bytes(lab, check, draw):
    q, scale = some_codes(draw, *draw.sizes(2)), np.array(0.5, np.float32)
    lab.memory_bytes_quant(q, scale)
    for bad in (q[0], q[None]):
        check.refuses(
            lab.memory_bytes_quant, bad, scale, naming="q", because=f"a q of shape {bad.shape}: it must be (out, in)"
        )


# ---- exercises 7 and 8: how wrong ----


@exercise("relative_error")
def test_relative_error_is_the_norm_of_the_difference_over_the_norm_of_the_reference(lab, check, draw):
    shape = draw.sizes(2)
    r, a = draw.tensor(*shape).astype(np.float64), draw.tensor(*shape).astype(np.float64)
    error = lab.relative_error(r, a)
    check.array(error, "error", shape=(), ask="One number for the whole array")
    norm, d = np.linalg.norm, r - a
    check.close(
        error,
        "error",
        norm(d) / norm(r),
        rtol=1e-5,
        suspects={
            "the norm of the approximation below: the reference is the yardstick": norm(d) / norm(a),
            "squares without the root": (norm(d) / norm(r)) ** 2,
            "the mean of |r - a| / |r| element by element, which explodes near zero": np.mean(np.abs(d) / np.abs(r)),
            "sums of magnitudes (L1) for norms": np.abs(d).sum() / np.abs(r).sum(),
            "the largest difference over the largest value": np.abs(d).max() / np.abs(r).max(),
            "the spectral norm: Frobenius is the root of the sum of squares": norm(d, 2) / norm(r, 2),
            "the norm of the difference, not yet divided": norm(d),
            "a root mean square on one side only": np.sqrt(np.mean(d**2)) / norm(r),
            "the difference of the norms, not the norm of the difference": abs(norm(r) - norm(a)) / norm(r),
            "the mean of the rows' errors: one norm over all is asked for": np.mean(norm(d, axis=1) / norm(r, axis=1)),
            "per cent: 1 % is 0.01": 100 * norm(d) / norm(r),
            "norm(x, 1), which for a matrix is the loudest column's sum": norm(d, 1) / norm(r, 1),
            "standard deviations, which forget a shift of all values": d.std() / r.std(),
            "the approximation added": norm(r + a) / norm(r),
        },
        ask="||r - a|| / ||r||, both over all elements",
    )


@exercise("relative_error")
def test_arrays_of_any_rank_and_layout_are_compared(lab, check, draw):
    for shape in [(7,), (6, 6), (2, 3, 5)]:
        r, a = (
            draw.tensor(*shape),
            np.asfortranarray(draw.tensor(*shape)),
        )  # the second one lies in memory column by column
        expected = np.sqrt(((r.astype(np.float64) - a) ** 2).sum() / (r.astype(np.float64) ** 2).sum())
        check.close(
            lab.relative_error(r, a),
            "error",
            expected,
            rtol=1e-5,
            ask="All elements count, whatever the shape: is a matrix, or an order in memory, taken for granted?",
        )


def one_error(check, error):
    check.that(
        np.shape(error) == (),
        f"error has shape {np.shape(error)}, expected ()",
        of=error,
        ask="One number for the whole array",
    )
    return float(error)


@exercise("relative_error")
def test_equal_arrays_have_no_error_and_a_lost_one_has_error_one(lab, check, draw):
    r = draw.tensor(*draw.sizes(2))
    check.equal(lab.relative_error(r, r.copy()), "error of a perfect copy", 0.0)
    error = one_error(check, lab.relative_error(r, np.zeros_like(r)))
    check.that(
        np.abs(error - 1) < 1e-6,
        f"error of an approximation by zeros is {error:.6g}, expected 1",
        ask="Everything is lost, and that is all of the reference: which norm is below?",
    )


@exercise("relative_error")
def test_a_quiet_reference_is_measured_like_a_loud_one(lab, check, draw):
    shape = draw.sizes(2)
    r, a = draw.tensor(*shape), draw.tensor(*shape)
    expected = np.linalg.norm(r.astype(np.float64) - a) / np.linalg.norm(r.astype(np.float64))
    quiet = np.float32(2.0**-55)  # exact, and its squares are still float32 numbers
    check.close(
        lab.relative_error(r * quiet, a * quiet),
        "error",
        expected,
        rtol=1e-5,
        ask="Both are 2**-55 as loud: is an epsilon added, or a small norm taken for zero?",
    )


@exercise("relative_error")
def test_a_zero_reference_gives_zero_or_infinity_never_nan(lab, check):
    zero = np.zeros((2, 3), np.float32)
    error = one_error(check, lab.relative_error(zero, zero.copy()))
    check.that(error == 0, f"error of zero against zero is {error}, expected 0", ask="0 / 0: nothing was lost")
    error = one_error(check, lab.relative_error(zero, zero + 1))
    check.that(
        error == np.inf,
        f"error of ones against a zero reference is {error}, expected inf",
        ask="x / 0 is infinite: is there an epsilon, or a rule for 0 / 0 that also catches this?",
    )


@exercise("relative_error")
def test_narrow_dtypes_do_not_overflow_on_the_way(lab, check):
    r = np.array([[200.0, -300.0, 100.0]], np.float16)  # squares reach 90000, float16 ends at 65504
    check.close(
        lab.relative_error(r, r / 2),
        "error of float16 arrays",
        0.5,
        rtol=1e-3,
        ask="Are the squares summed in float16?",
    )
    q = np.array([[100, -100, 90]], np.int8)
    check.close(
        lab.relative_error(q, -q),
        "error of int8 codes against their negatives",
        2.0,
        rtol=1e-5,
        ask="100 - (-100) does not fit int8: is the difference taken in float?",
    )


@exercise("relative_error")
def test_arrays_that_do_not_fit_have_no_relative_error(lab, check, draw):
    rows, columns = draw.sizes(2)
    r = draw.tensor(rows, columns)
    lab.relative_error(r, r.copy())
    either = ("reference", "approximation")
    for bad in (r[:1], r[:, :-1], r.T):  # the first would broadcast, the last has as many elements
        check.refuses(lab.relative_error, r, bad, naming=either, because=f"arrays of shapes {r.shape} and {bad.shape}")
    refuses_what_is_not_finite(lab.relative_error, check, r)


def refuses_what_is_not_finite(measure, check, r):
    for value in (np.nan, np.inf):
        bad = r.copy()
        bad[0, -1] = value
        check.refuses(measure, bad, r, naming="reference", because=f"a reference that holds {value}")
        check.refuses(measure, r, bad, naming="approximation", because=f"an approximation that holds {value}")


@exercise("row_relative_error")
def test_each_row_is_measured_against_its_own_norm(lab, check, draw):
    shape = draw.sizes(2)
    loudness = np.geomspace(1, 1e4, shape[0], dtype=np.float32)[:, None]
    r = draw.tensor(*shape) * loudness
    a = r + draw.tensor(*shape) * np.float32(0.3)
    error = lab.row_relative_error(r, a)
    r, a = r.astype(np.float64), a.astype(np.float64)  # both are float32 numbers, so float32 inside is right as well
    d, norm = r - a, np.linalg.norm
    if np.shape(error) == (shape[1],):
        check.fail(
            error,
            f"error has shape ({shape[1]},), one a column; expected one a row, ({shape[0]},)",
            "Which axis does the norm run over?",
        )
    check.array(error, "error", shape=(shape[0],), ask="One number a row, as a flat (out,) array")
    check.close(
        error,
        "error",
        norm(d, axis=1) / norm(r, axis=1),
        rtol=1e-5,
        suspects={
            "the whole matrix's norm below: then loud rows hide quiet ones again": norm(d, axis=1) / norm(r),
            "squares without the root": (norm(d, axis=1) / norm(r, axis=1)) ** 2,
            "the norm of the approximation below": norm(d, axis=1) / norm(a, axis=1),
            "sums of magnitudes (L1) for norms": np.abs(d).sum(1) / np.abs(r).sum(1),
            "the global relative error in every row": np.full(shape[0], norm(d) / norm(r)),
            "the largest difference over the largest value of each row": np.abs(d).max(1) / np.abs(r).max(1),
            "the norms of the rows' differences, not yet divided": norm(d, axis=1),
            "the whole difference's norm above": norm(d) / norm(r, axis=1),
            "the mean row norm below: each row has its own": norm(d, axis=1) / norm(r, axis=1).mean(),
            "the difference of the norms, not the norm of the difference": np.abs(norm(r, axis=1) - norm(a, axis=1))
            / norm(r, axis=1),
            "per cent: 1 % is 0.01": 100 * norm(d, axis=1) / norm(r, axis=1),
            "the rows' errors sorted: the i-th belongs to row i": np.sort(norm(d, axis=1) / norm(r, axis=1)),
        },
        ask="||r[i] - a[i]|| / ||r[i]|| for each row i",
    )


@exercise("row_relative_error")
def test_a_square_matrix_is_measured_by_row(lab, check, draw):
    (n,) = draw.sizes(1)
    r, a = draw.tensor(n, n).astype(np.float64), draw.tensor(n, n).astype(np.float64)
    norm = np.linalg.norm
    check.close(
        lab.row_relative_error(r, a),
        "error",
        norm(r - a, axis=1) / norm(r, axis=1),
        rtol=1e-5,
        suspects={
            "one number a column: an output channel is a row": norm(r - a, axis=0) / norm(r, axis=0),
        },
        ask="Which axis does the norm run over?",
    )


@exercise("row_relative_error")
def test_it_sees_the_crushed_rows_that_the_global_error_hides(lab, check, draw):
    # One row 10000 times louder, and a per-tensor round trip: the global error is under 1 %, yet
    # every quiet row has been rounded to zero, which is a relative error of exactly 1.
    w = draw.gaussian(64, 129).astype(np.float64)
    loud = int(draw.rng.integers(64))
    w[loud] *= 10_000
    scale = np.abs(w).max() / 127
    w_hat = np.rint(w / scale) * scale
    assert np.linalg.norm(w - w_hat) / np.linalg.norm(w) < 0.01, "the case itself: globally under 1 %"
    error = check.array(lab.row_relative_error(w, w_hat), "error", shape=(64,))
    quiet = np.arange(64) != loud
    check.close(
        error[quiet],
        "error of the quiet rows",
        np.ones(63),
        rtol=1e-6,
        ask="Each quiet row lost everything: its error is 1",
    )
    check.at_most(error[loud], "error of the loud row", 0.01, of=error)


@exercise("row_relative_error")
def test_zero_rows_give_zero_or_infinity_never_nan(lab, check):
    r = np.array([[3.0, 4.0, 0.0], [0, 0, 0], [0, 0, 0]])
    a = np.array([[3.0, 4.0, 0.5], [0, 0, 0], [0, 0, 1]])
    error = np.asarray(lab.row_relative_error(r, a), np.float64)
    check.that(error.shape == (3,), f"error has shape {error.shape}, expected (3,)")
    says = f"error is {error} for rows that lost 0.5 of 5, nothing of 0, and 1 of 0; "
    check.that(np.abs(error[0] - 0.1) < 1e-6, says + "expected 0.1 first", ask="Is row 0 changed by its neighbours?")
    check.that(error[1] == 0, says + "expected 0 second", ask="0 / 0: nothing was lost")
    check.that(
        error[2] == np.inf,
        says + "expected inf third",
        ask="x / 0 is infinite: is there an epsilon, or a rule for 0 / 0 that also catches this?",
    )


@exercise("row_relative_error")
def test_a_quiet_row_is_measured_like_a_loud_one(lab, check, draw):
    r, a = draw.tensor(3, 7), draw.tensor(3, 7)
    expected = np.linalg.norm(r.astype(np.float64) - a, axis=1) / np.linalg.norm(r.astype(np.float64), axis=1)
    quiet = np.array([[1], [2.0**-55], [2.0**-20]], np.float32)  # exact, and the squares are still float32 numbers
    error = lab.row_relative_error(r * quiet, a * quiet)
    check.close(
        error,
        "error",
        expected,
        rtol=1e-5,
        ask="Row 1 is 2**-55 as loud: is an epsilon added, or a small norm taken for zero?",
    )


@exercise("row_relative_error")
def test_rows_are_found_in_any_memory_layout(lab, check, draw):
    r = draw.tensor(5, 1)
    error = lab.row_relative_error(r, r * 0.75)
    check.close(error, "error of rows of one weight", np.full(5, 0.25), rtol=1e-5, ask="Is an axis squeezed away?")
    r = draw.tensor(5, 7)
    a = np.asfortranarray(r * np.array([[1], [0.5], [0], [2], [1]], np.float32))  # in memory column by column
    error = lab.row_relative_error(r, a)
    check.close(error, "error", np.array([0, 0.5, 1, 1, 0]), atol=1e-6, ask="Is the order in memory relied on?")


@exercise("row_relative_error")
def test_narrow_rows_do_not_overflow_on_the_way(lab, check):
    r = np.array([[200.0, -300.0, 100.0], [1, 2, 3]], np.float16)  # 300 squared is beyond float16
    error = lab.row_relative_error(r, r / 2)
    check.close(error, "error of float16 rows", np.full(2, 0.5), rtol=1e-3, ask="Are the squares summed in float16?")
    q = np.array([[100, -100, 90], [1, 2, -3]], np.int8)
    error = lab.row_relative_error(q, -q)
    check.close(
        error,
        "error of int8 codes against their negatives",
        np.full(2, 2.0),
        rtol=1e-5,
        ask="100 - (-100) does not fit int8: is the difference taken in float?",
    )


@exercise("row_relative_error")
def test_matrices_that_do_not_fit_have_no_row_errors(lab, check, draw):
    r = draw.tensor(*draw.sizes(2))
    lab.row_relative_error(r, r.copy())
    either = ("reference", "approximation")
    for bad in (r[:1], r[:, :-1], r.T):  # the first would broadcast, the last has as many elements
        check.refuses(lab.row_relative_error, r, bad, naming=either, because=f"shapes {r.shape} and {bad.shape}")
    for bad in (r[0], r[None]):
        check.refuses(
            lab.row_relative_error,
            bad,
            bad.copy(),
            naming=either,
            because=f"arrays of shape {bad.shape}: rows need a matrix",
        )
    refuses_what_is_not_finite(lab.row_relative_error, check, r)
