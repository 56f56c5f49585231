"""What lab 03 must hold. `lab` is the implementation under test, `check` makes the claims,
`draw` gives irregular inputs; conftest.py at the root says what the three promise."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
UNIT = 2.0**-24  # the smallest positive float16, and the step of all float16 below 2**-14
HALF = 0.5 + 1e-5  # half a step, and float32's error in w / scale, at most 7.5 * 2**-23 = 9e-7 steps


def a_weight(draw, low=3, high=9):
    """(w, group_size): out, groups and group_size all differ; each group has a negative peak and a positive value."""
    rows, groups, size = draw.sizes(3, low, high)
    w = draw.tensor(rows, groups, size)
    quietest = np.abs(w).argmin(axis=2)[:, :, None]
    np.put_along_axis(w, quietest, np.abs(np.take_along_axis(w, quietest, 2)), 2)
    return w.reshape(rows, -1), size


def in_groups(w, size):
    return np.asarray(w, np.float64).reshape(len(w), -1, size)


def group_absmax(w, size):
    return np.abs(in_groups(w, size)).max(axis=2)


def spread(scale, size):
    """One scale a column, as float64."""
    return np.repeat(np.asarray(scale, np.float64), size, axis=1)


def stored(suspects):
    """The scales of each misunderstanding as float16 would hold them."""
    with np.errstate(over="ignore"):
        return {words: np.asarray(value).astype(np.float16) for words, value in suspects.items()}


def nearest_float16(exact, slack=0.5):
    """How far a float16 may lie from the exact scale: half its spacing, and float32's error on a tie.
    A max|group| / 7 computed in float16 is off by up to one spacing more."""
    return slack * np.spacing(np.asarray(exact).astype(np.float16)).astype(np.float64) + 1e-6 * np.asarray(exact)


# ---- exercise 1: one scale a group ----


@exercise("quantize_groupwise")
def test_each_group_of_neighbouring_columns_has_its_own_scale(lab, check, draw):
    w, size = a_weight(draw)
    q, scale = lab.quantize_groupwise(w, size)
    rows, groups, absmax = len(w), w.shape[1] // size, group_absmax(w, size)
    if np.shape(scale) == (groups, rows):
        check.fail(
            scale,
            f"scale has shape ({groups}, {rows}), expected (out, groups) = ({rows}, {groups})",
            "That is GPTQ's layout, groups first; here a row keeps its scales together",
        )
    if np.shape(scale) in ((rows,), (rows, 1)):
        check.fail(
            scale,
            f"scale has shape {np.shape(scale)}, one a row; expected one a group, ({rows}, {groups})",
            "Over which columns does the maximum run: the whole row, or one group of it?",
        )
    if np.shape(scale) == (rows, groups, 1):
        check.fail(
            scale,
            f"scale has shape ({rows}, {groups}, 1), expected ({rows}, {groups})",
            "keepdims belongs to the division only",
        )
    check.array(
        scale,
        "scale",
        shape=(rows, groups),
        dtype=np.float16,
        ask=f"w has {rows} rows of {groups} groups of {size}; a scale is kept in two bytes, as float16",
    )
    check.array(q, "q", shape=w.shape, dtype=np.int8)
    signed = in_groups(w, size)
    check.close(
        scale,
        "scale",
        absmax / 7,
        atol=nearest_float16(absmax / 7),
        suspects=stored(
            {
                "max|group| / 8: -8 is never used, the grid here ends at 7 on both sides": absmax / 8,
                "max|group| / 7.5: the grid here ends at 7 on both sides": absmax / 7.5,
                "max|group| / 127, the scale of int8": absmax / 127,
                "max|group| / 15: 15 is the whole range of four bits, not half of it": absmax / 15,
                "max(group) without the magnitude: the loudest value may be negative": signed.max(2) / 7,
                "(max - min) / 15: that is the asymmetric scale, which needs a zero point": (
                    signed.max(2) - signed.min(2)
                )
                / 15,
                "the whole row's maximum in every group": np.repeat(np.abs(w).max(1, keepdims=True) / 7.0, groups, 1),
                "the whole matrix's maximum in every group": np.full((rows, groups), absmax.max() / 7),
                "groups of every n-th column: a group is made of neighbours": np.abs(np.asarray(w, np.float64))
                .reshape(rows, size, groups)
                .max(1)
                / 7,
                "max|group| itself, not yet divided by 7": absmax,
                "7 / max|group|: the reciprocal": 7 / absmax,
                "mean|group| / 7: the mean is not the maximum": np.abs(signed).mean(2) / 7,
            }
        ),
        ask="scale[i, k] = max|w[i, k * group_size : (k + 1) * group_size]| / 7, rounded to float16",
    )


@exercise("quantize_groupwise")
def test_groups_with_a_positive_peak_or_no_negative_at_all_use_the_same_formula(lab, check, draw):
    w, size = a_weight(draw)
    w = -w  # now the loudest value of each group is positive
    w[0] = np.abs(w[0])  # and this row has no negative value
    _, scale = lab.quantize_groupwise(w, size)
    absmax, signed = group_absmax(w, size), in_groups(w, size)
    one_sided = np.where(signed.min(2) >= 0, absmax / 15, absmax / 7)
    check.close(
        scale,
        "scale",
        absmax / 7,
        atol=nearest_float16(absmax / 7),
        suspects=stored(
            {
                "|min(group)| / 7: the loudest value may also be positive": np.abs(signed.min(2)) / 7,
                "max|group| / 15 where nothing is negative: GPTQ's quirk, which clips half of such a group": one_sided,
                "max|group| / 8 where the peak is positive: the grid ends at 7 on both sides": absmax / 8,
            }
        ),
        ask="Is the magnitude taken before the maximum, and is the sign of the group of no account?",
    )


@exercise("quantize_groupwise")
def test_codes_are_the_nearest_points_of_each_groups_grid(lab, check, draw):
    w, size = a_weight(draw, 4, 11)
    q, scale = lab.quantize_groupwise(w, size)
    scale = check.array(scale, "scale", shape=(len(w), w.shape[1] // size), dtype=np.float16)
    check.codes(
        q,
        "q",
        shape=w.shape,
        low=-7,
        high=7,
        ask="Codes are signed and symmetric here, -7 to 7: no offset, and the clip after the rounding",
    )
    ratio = w / spread(scale, size)
    row = np.abs(w).max(1, keepdims=True) / 7.0
    check.rounded(
        q,
        "q",
        ratio,
        low=-7,
        high=7,
        suspects={
            "floor: every code is pulled down": np.clip(np.floor(ratio), -7, 7),
            "truncation (astype without rounding): every code is pulled towards zero": np.clip(np.trunc(ratio), -7, 7),
            "ceil: every code is pushed up": np.clip(np.ceil(ratio), -7, 7),
            "one scale for the whole row": np.clip(np.rint(w / row), -7, 7),
            "w * scale: a code is w divided by the scale": np.clip(np.rint(w * spread(scale, size)), -7, 7),
            "every n-th column's scale (tile): neighbours share a scale (repeat)": np.clip(
                np.rint(w / np.tile(np.asarray(scale, np.float64), (1, size))), -7, 7
            ),
        },
        ask="Are the codes of a group rint(group / its scale)?",
    )


@exercise("quantize_groupwise")
def test_ties_go_to_the_even_code_in_int4_too(lab, check):
    # The peaks are 7 * 2**-k, so the scales are exactly 1 and 1/4, and every k + 1/2 is an exact tie.
    steps = np.array([[0.5, 1.5, 2.5, -7], [-0.5, -1.5, -2.5, 7], [3.5, -4.5, 6.5, -7], [-6.5, 5.5, -5.5, 7]])
    w = np.hstack([steps, steps / 4]).astype(np.float32)
    q, _ = lab.quantize_groupwise(w, 4)
    steps = np.hstack([steps, steps])
    check.equal(
        q,
        "q",
        np.rint(steps),
        suspects={
            "ties away from zero: torch and numpy round half to even (np.rint)": np.sign(steps)
            * np.floor(np.abs(steps) + 0.5),
            "floor(x + 0.5), which pushes every tie up": np.floor(steps + 0.5),
            "truncation": np.trunc(steps),
            "floor": np.floor(steps),
        },
        ask="Which rounding is this: half up, or half to even?",
    )


@exercise("quantize_groupwise")
def test_codes_are_computed_with_the_scale_as_stored(lab, check):
    # Peaks whose max / 7 lies 0.45 of a float16 spacing beside the scale that float16 keeps, and values
    # 2e-4 of a step beside each tie: a scale that is off by 2**-12 gives other codes, float32's error does not.
    kept = np.repeat([1024, 1365, 1501, 1753, 2047], 2)[:, None] / 1024
    beside = np.array([0.45, 0.40, 0.45, -0.45, 0.45, -0.45, 0.45, -0.45, 0.45, -0.45])[:, None] / 1024
    ties = np.arange(7) + 0.5
    steps = np.concatenate([ties + 2e-4, 2e-4 - ties])
    w = np.hstack([-7 * (kept + beside), kept * steps, 0 * kept]).astype(np.float32)
    q, scale = lab.quantize_groupwise(w, w.shape[1])
    check.array(scale, "scale", shape=kept.shape, dtype=np.float16)
    check.equal(scale, "scale", kept, ask="The float16 nearest to max|group| / 7")
    exact, w64, half = np.abs(w).max(1, keepdims=True) / 7.0, w.astype(np.float64), kept.astype(np.float16)
    check.equal(
        q,
        "q",
        np.clip(np.rint(w64 / kept), -7, 7),
        suspects={
            "the scale from before its rounding to float16: whoever decodes has only the stored one": np.rint(
                w64 / exact
            ),
            "1 / scale in float16, which keeps three digits: is the scale cast up before it is inverted?": np.rint(
                w64 * (np.float16(1) / half).astype(np.float64)
            ),
            "w cast down to float16 before the division": np.rint(w.astype(np.float16).astype(np.float64) / kept),
            "the division in float16, whose quotient keeps three digits": np.rint(
                (w.astype(np.float16) / half).astype(np.float64)
            ),
        },
        ask="Which scale will the reader of these codes multiply by? Divide by that one, in float32",
    )


@exercise("quantize_groupwise")
def test_float16_weights_are_not_divided_in_float16(lab, check):
    # Every float16 value whose quotient, rounded to float16, lands on a tie that the true quotient is not on.
    scale = 1365 / 1024
    every = np.arange(1, np.float16(7 * scale).view(np.uint16), dtype=np.uint16).view(np.float16)
    true, rounded = every.astype(np.float64) / scale, (every / np.float16(scale)).astype(np.float64)
    moved = every[(np.rint(true) != np.rint(rounded)) & (np.abs(true % 1 - 0.5) > 1e-5)]
    w = np.concatenate([moved, [-np.float16(7 * scale)]]).astype(np.float16)[None]
    q, kept = lab.quantize_groupwise(w, w.shape[1])
    check.close(kept, "scale", np.array([[scale]]), atol=nearest_float16(scale, slack=1.5))
    kept = np.asarray(kept, np.float64)
    check.rounded(
        q,
        "q",
        w / kept,
        low=-7,
        high=7,
        suspects={
            "the division in float16: its quotient keeps three digits and falls on ties": np.rint(
                (w / kept.astype(np.float16)).astype(np.float64)
            ),
        },
        ask="Is w / scale computed in float32 or better?",
    )


@exercise("quantize_groupwise")
def test_loud_values_crush_their_own_group_only(lab, check, draw):
    for loud in ["a column of outliers", "a loud row"]:
        # Globally the error would stay small if every quiet group were rounded to zero: so each is judged alone.
        rows, groups, size = 16, 5, 32
        w = draw.gaussian(rows, groups * size)
        if loud == "a loud row":
            w[int(draw.rng.integers(rows))] *= 1000
        else:
            w[:, int(draw.rng.integers(w.shape[1]))] *= 1000
        q, scale = lab.quantize_groupwise(w, size)
        check.array(scale, "scale", shape=(rows, groups), dtype=np.float16)
        w_hat = np.asarray(q, np.float64) * spread(scale, size)
        error = np.linalg.norm(in_groups(w - w_hat, size), axis=2) / np.linalg.norm(in_groups(w, size), axis=2)
        # |w - w_hat| <= scale / 2 for each element, and the float16 scale is at most max|group| / 7 * (1 + 2**-11).
        step = group_absmax(w, size) / 7 * (1 + 2.0**-11)
        bound = np.sqrt(size) * step * HALF / np.linalg.norm(in_groups(w, size), axis=2)
        crushed = int((error > 0.99).sum())
        check.at_most(
            error,
            "relative error of group",
            bound,
            of=q,
            ask=f"{crushed} of {error.size} groups were rounded to nothing: whose scale did they get?"
            if crushed
            else "Does each group use its own scale from end to end?",
        )


@exercise("quantize_groupwise")
def test_each_weight_is_off_by_at_most_half_a_step(lab, check, draw):
    w, size = a_weight(draw, 5, 14)
    q, scale = lab.quantize_groupwise(w, size)
    check.array(scale, "scale", shape=(len(w), w.shape[1] // size), dtype=np.float16)
    step = spread(scale, size)
    # The scale's rounding lets the peak reach 7 * (1 + 2**-11) = 7.004 steps: still nearer to 7 than half a step.
    check.at_most(
        np.abs(w - q * step) / step, "error in steps", HALF, of=q, ask="Is each code the nearest to w / scale?"
    )


@exercise("quantize_groupwise")
def test_as_many_groups_as_rows_are_not_mixed_up(lab, check, draw):
    n, size = draw.sizes(2, 3, 8)
    loudness = np.geomspace(1, 1000, n * n).reshape(n, n, 1)  # every group its own, so that no two may be swapped
    w = (draw.tensor(n, n, size) * loudness).reshape(n, -1).astype(np.float32)
    q, scale = lab.quantize_groupwise(w, size)
    absmax = group_absmax(w, size)
    check.array(scale, "scale", shape=(n, n), dtype=np.float16)
    check.close(
        scale,
        "scale",
        absmax / 7,
        atol=nearest_float16(absmax / 7),
        suspects=stored(
            {
                "the scales transposed: row i, group k is scale[i, k]": absmax.T / 7,
            }
        ),
        ask="scale[i, k] belongs to row i, group k",
    )
    check.rounded(
        q,
        "q",
        w / spread(scale, size),
        low=-7,
        high=7,
        suspects={
            "the scales of row i taken from column i": np.clip(np.rint(w / spread(np.asarray(scale).T, size)), -7, 7),
        },
        ask="Is group k of row i divided by scale[i, k]?",
    )


@exercise("quantize_groupwise")
def test_a_zero_group_gives_zeros_beside_groups_that_live(lab, check, draw):
    w, size = a_weight(draw)
    absmax = group_absmax(w, size)
    w[1, size : 2 * size] = 0
    q, scale = lab.quantize_groupwise(w, size)
    scale = check.array(
        scale,
        "scale",
        shape=absmax.shape,
        dtype=np.float16,
        ask="0 / 0: what should the scale of an all-zero group be?",
    )
    check.that(
        scale[1, 1] > 0,
        f"scale[1, 1] is {scale[1, 1]} for the all-zero group, expected a positive number",
        of=q,
        ask="Whoever divides by this scale gets NaN: what scale is safe?",
    )
    check.equal(q[1, size : 2 * size], "q of the all-zero group", np.zeros(size))
    alive = np.ones(absmax.shape, bool)
    alive[1, 1] = False
    check.close(
        scale[alive],
        "scale of the other groups",
        absmax[alive] / 7,
        atol=nearest_float16(absmax[alive] / 7),
        ask="Does the guard for zero groups change the scales of the others?",
    )


@exercise("quantize_groupwise")
def test_an_all_zero_weight_gives_zero_codes(lab, check, draw):
    rows, size = draw.sizes(2)
    q, scale = lab.quantize_groupwise(np.zeros((rows, 2 * size), np.float32), size)
    scale = check.array(
        scale, "scale", shape=(rows, 2), dtype=np.float16, ask="0 / 0: what should the scale of nothing be?"
    )
    check.that(bool((scale > 0).all()), f"scale is {scale[0, 0]} for an all-zero w, expected a positive number", of=q)
    check.equal(check.codes(q, "q", shape=(rows, 2 * size), low=0, high=0), "q", np.zeros((rows, 2 * size)))


@exercise("quantize_groupwise")
def test_quiet_groups_keep_their_codes_down_to_the_smallest_scales(lab, check, draw):
    # Scales of 8 to 60 units of 2**-24, each 0.4 units beside the value that float16 keeps.
    units = np.arange(8, 60, 3.0)[:, None]
    peaks = -7 * (units + 0.4 * np.where(np.arange(len(units)) % 2, 1, -1)[:, None]) * UNIT
    w = np.hstack([peaks, peaks * draw.rng.uniform(-1, 1, (len(units), 11))])
    q, scale = lab.quantize_groupwise(w, 12)
    check.array(scale, "scale", shape=units.shape, dtype=np.float16)
    check.equal(
        scale,
        "scale",
        units * UNIT,
        suspects={
            "a floor at 2**-14 (np.finfo(np.float16).tiny): float16 has subnormals down to 2**-24": np.full(
                units.shape, 2.0**-14
            ),
            "an epsilon of 1e-8 added to every scale": np.rint(np.abs(peaks) / 7 / UNIT + 1e-8 / UNIT) * UNIT,
            "a floor at 1e-5": np.full(units.shape, float(np.float16(1e-5))),
            "a floor at 1e-6": np.maximum(units * UNIT, float(np.float16(1e-6))),
        },
        ask="Is an epsilon added to the scale, or a floor under it? The only floor is 2**-24",
    )
    check.rounded(
        q,
        "q",
        w / (units * UNIT),
        low=-7,
        high=7,
        ask="Is 1 / scale taken in float16? It ends at 65504, and these reciprocals are beyond",
    )


@exercise("quantize_groupwise")
def test_a_scale_that_float16_would_round_to_zero_becomes_the_smallest_float16(lab, check):
    w = (
        np.array([[3.0, -2.0, 0.4, -1.2], [-1.0, 0.6, 0.2, 0.0], [0.5e-3, -1e-3, 0, 0]]) * UNIT
    )  # 3 / 7 of a unit, and less
    q, scale = lab.quantize_groupwise(w, 4)
    scale = check.array(
        scale, "scale", shape=(3, 1), dtype=np.float16, ask="float16 ends at 2**-24: is the scale rounded to zero?"
    )
    check.that(
        bool((scale > 0).all()),
        f"scale is {scale[:, 0]}, expected positive numbers",
        of=q,
        ask="w / 7 is not zero, yet its float16 is: is the guard applied before the rounding only?",
    )
    check.equal(
        scale,
        "scale",
        np.full((3, 1), UNIT),
        suspects={
            "a scale of 1 for every group that float16 would lose": np.ones((3, 1)),
            "a floor at 2**-14 (np.finfo(np.float16).tiny)": np.full((3, 1), 2.0**-14),
            "a floor of 1e-5": np.full((3, 1), float(np.float16(1e-5))),
        },
        ask="The smallest positive float16 is 2**-24",
    )
    check.equal(q, "q", np.array([[3, -2, 0, -1], [-1, 1, 0, 0], [0, 0, 0, 0]]), ask="w in units of 2**-24, rounded")


@exercise("quantize_groupwise")
def test_codes_stay_in_range_where_the_smallest_scales_are_coarse(lab, check):
    # 10 / 7 = 1.43 units are kept as one unit of 2**-24: w / scale reaches 10, the one place where the clip bites.
    w = np.array([[10, -3, 2, 6], [-10, 9, 1, -6], [17, -17, 16, 3]], np.float64) * UNIT
    q, scale = lab.quantize_groupwise(w, 4)
    check.array(scale, "scale", shape=(3, 1), dtype=np.float16)
    check.equal(scale, "scale", np.array([[1], [1], [2]]) * UNIT, ask="10 / 7 and 17 / 7 units, to the nearest float16")
    check.codes(
        q,
        "q",
        shape=w.shape,
        low=-7,
        high=7,
        ask="So small a scale is coarse, and w / scale reaches 10: is there a clip, and is it at -7, not -8?",
    )
    check.equal(
        q, "q", np.array([[7, -3, 2, 6], [-7, 7, 1, -6], [7, -7, 7, 2]]), ask="Clipped to -7 and 7 after rounding"
    )


@exercise("quantize_groupwise")
def test_loud_weights_count_as_long_as_their_scale_fits_float16(lab, check):
    w = np.array([[400000.0, -200000, 60000, 1], [-70000, 30000, 0, 9000]], np.float32)  # beyond 65504, over 7 not
    q, scale = lab.quantize_groupwise(w, 4)
    exact = np.array([[400000.0], [70000]]) / 7
    check.array(scale, "scale", shape=(2, 1), dtype=np.float16, ask="Is w itself cast to float16, which ends at 65504?")
    check.close(scale, "scale", exact, atol=nearest_float16(exact))
    check.rounded(q, "q", w / np.asarray(scale, np.float64), low=-7, high=7)


@exercise("quantize_groupwise")
def test_groups_take_any_float_dtype_and_memory_layout(lab, check, draw):
    rows, groups, size = draw.sizes(3, 3, 9)
    base = draw.tensor(2 * groups * size, rows)
    for dtype in (np.float16, np.float32, np.float64):
        view = base.astype(dtype)[::-2].T  # transposed, reversed, every second: (rows, groups * size)
        q, scale = lab.quantize_groupwise(view, size)
        check.codes(q, f"q of a {view.dtype} view", shape=view.shape, low=-7, high=7)
        check.array(scale, f"scale of a {view.dtype} view", shape=(rows, groups), dtype=np.float16)
        exact = group_absmax(view, size) / 7
        check.close(
            scale,
            f"scale of a {view.dtype} view",
            exact,
            atol=nearest_float16(exact, 1.5 if dtype == np.float16 else 0.5),
            ask="Is the array's memory order relied on (ravel, view, order='K')?",
        )
        check.rounded(
            q,
            f"q of a {view.dtype} view",
            view / spread(scale, size),
            low=-7,
            high=7,
            ask="Is the array's memory order relied on (ravel, view, order='K')?",
        )


@exercise("quantize_groupwise")
def test_a_group_may_be_one_column_or_the_whole_row(lab, check, draw):
    w = draw.tensor(*draw.sizes(2, 4, 12))
    columns = w.shape[1]
    for size in (1, columns):
        q, scale = lab.quantize_groupwise(w, size)
        check.array(scale, f"scale for group_size={size}", shape=(len(w), columns // size), dtype=np.float16)
        exact = group_absmax(w, size) / 7
        check.close(scale, f"scale for group_size={size}", exact, atol=nearest_float16(exact))
        check.rounded(q, f"q for group_size={size}", w / spread(scale, size), low=-7, high=7)


@exercise("quantize_groupwise")
def test_group_size_is_128_unless_said_otherwise(lab, check, draw):
    w = draw.tensor(3, 2, 128).reshape(3, 256)
    _, scale = lab.quantize_groupwise(w)
    check.array(
        scale,
        "scale of 256 columns",
        shape=(3, 2),
        dtype=np.float16,
        ask="256 columns are two groups of the default 128",
    )
    exact = group_absmax(w, 128) / 7
    check.close(scale, "scale", exact, atol=nearest_float16(exact))


@exercise("quantize_groupwise")
def test_groupwise_refuses_bad_weights_by_name(lab, check, draw):
    good, size = a_weight(draw)
    lab.quantize_groupwise(good, size)  # a function that refuses everything refuses nothing
    for value in (np.nan, np.inf, -np.inf):
        bad = good.copy()
        bad[-1, 0] = value
        check.refuses(lab.quantize_groupwise, bad, size, naming="w", because=f"a w that holds {value}")
    check.refuses(
        lab.quantize_groupwise, good[0], size, naming="w", because=f"a w of shape {good[0].shape}: it must be (out, in)"
    )
    check.refuses(
        lab.quantize_groupwise,
        good[None],
        size,
        naming="w",
        because=f"a w of shape {good[None].shape}: it must be (out, in)",
    )
    for peak in (1e6, -1e6, 1e300):
        loud = good.astype(np.float64)
        loud[0, -1] = peak
        check.refuses(
            lab.quantize_groupwise,
            loud,
            size,
            naming=("w", "scale"),
            because=f"a w that reaches {peak:g}, whose scale is beyond float16 (65504)",
        )


@exercise("quantize_groupwise")
def test_groupwise_refuses_a_group_size_that_does_not_divide_the_columns(lab, check, draw):
    good, size = a_weight(draw)
    columns = good.shape[1]
    lab.quantize_groupwise(good, size)
    for wrong in (columns - 1, 2 * columns, 0, -1, -size):
        check.refuses(
            lab.quantize_groupwise,
            good,
            wrong,
            naming=("group_size", "w") if wrong > 0 else "group_size",
            because=f"group_size={wrong} for {columns} columns: it must be a positive divisor",
        )
    check.refuses(
        lab.quantize_groupwise,
        good,
        naming=("group_size", "w"),
        because=f"the default group_size=128 for {columns} columns",
    )


# ---- exercise 2: back to real numbers ----


def some_codes(draw, rows, columns):
    return draw.rng.integers(-8, 8, (rows, columns)).astype(np.int8)


def some_scales(draw, rows, groups):
    """Every scale different, in no order, none a power of two."""
    return draw.rng.permutation(np.geomspace(0.0031, 5, rows * groups)).reshape(rows, groups).astype(np.float16)


@exercise("dequantize_groupwise")
def test_each_code_is_multiplied_by_the_scale_of_its_group(lab, check, draw):
    rows, groups, size = draw.sizes(3, 3, 9)
    q, scale = some_codes(draw, rows, groups * size), some_scales(draw, rows, groups)
    w_hat = lab.dequantize_groupwise(q, scale)
    check.array(
        w_hat, "w_hat", shape=q.shape, dtype=np.float32, ask="int8 times float16 is float16 in numpy: cast up first"
    )
    # A code has at most 4 bits and a float16 11: their product is exact in float32, so nothing may differ.
    s = np.asarray(scale, np.float64)
    check.equal(
        w_hat,
        "w_hat",
        q * spread(scale, size),
        suspects={
            "the product in float16, rounded before it became float32": (q * np.repeat(scale, size, 1)).astype(
                np.float64
            ),
            "the scales tiled: neighbours share a scale, so each is repeated group_size times": q
            * np.tile(s, (1, size)),
            "the first group's scale for the whole row": q * s[:, :1],
            "the first row's scales for every row": q * spread(scale[:1], size),
            "q / scale: a code is w / scale, so w is the code times the scale": (q / spread(scale, size)).astype(
                np.float32
            ),
            "the codes themselves, not multiplied": q,
            "the codes read with an offset of 8: these are signed": (q - 8.0) * spread(scale, size),
        },
        ask="w_hat[i, j] = q[i, j] * scale[i, j // group_size]",
    )


@exercise("dequantize_groupwise")
def test_as_many_groups_as_rows_keep_their_scales(lab, check, draw):
    n, size = draw.sizes(2, 3, 8)
    q, scale = some_codes(draw, n, n * size), some_scales(draw, n, n)
    w_hat = lab.dequantize_groupwise(q, scale)
    check.array(w_hat, "w_hat", shape=q.shape, dtype=np.float32)
    check.equal(
        w_hat,
        "w_hat",
        q * spread(scale, size),
        suspects={
            "the scales transposed, as GPTQ stores them (groups, out)": q * spread(scale.T, size),
        },
        ask="Row i, group k is scale[i, k]",
    )


@exercise("dequantize_groupwise")
def test_one_group_a_row_and_one_a_column_both_work(lab, check, draw):
    rows, columns = draw.sizes(2, 4, 12)
    q = some_codes(draw, rows, columns)
    for groups in (1, columns):
        scale = some_scales(draw, rows, groups)
        w_hat = lab.dequantize_groupwise(q, scale)
        check.array(w_hat, f"w_hat with {groups} groups", shape=q.shape, dtype=np.float32)
        check.equal(
            w_hat,
            f"w_hat with {groups} groups",
            q * spread(scale, columns // groups),
            ask="The group size is q.shape[1] // scale.shape[1]: is 128 assumed?",
        )


@exercise("dequantize_groupwise")
def test_products_beyond_float16_neither_overflow_nor_vanish(lab, check):
    q = np.array([[7, -8, 3, 1], [-7, 5, -1, 2]], np.int8)
    scale = np.array([[60000, 2.0**-24], [3 * 2.0**-24, 65504]], np.float16)
    w_hat = lab.dequantize_groupwise(q, scale)
    check.array(
        w_hat, "w_hat", shape=q.shape, dtype=np.float32, ask="7 * 60000 is beyond float16: cast up before the product"
    )
    check.equal(w_hat, "w_hat", q * spread(scale, 2), ask="Are codes and scales float32 before they are multiplied?")


@exercise("dequantize_groupwise")
def test_grouped_codes_in_any_memory_layout_are_read_right(lab, check, draw):
    rows, groups, size = draw.sizes(3, 3, 8)
    q = some_codes(draw, groups * size, 2 * rows)[:, ::-2].T
    scale = some_scales(draw, groups, 2 * rows)[:, ::2].T
    w_hat = lab.dequantize_groupwise(q, scale)
    check.array(w_hat, "w_hat of transposed views", shape=(rows, groups * size), dtype=np.float32)
    check.equal(
        w_hat,
        "w_hat of transposed views",
        q * spread(scale, size),
        ask="Is the array's memory order relied on (ravel, view, order='K')?",
    )


@exercise("dequantize_groupwise")
def test_grouped_codes_and_scales_that_do_not_fit_are_refused_by_name(lab, check, draw):
    rows, size = draw.sizes(2, 4, 9)
    q, scale = some_codes(draw, rows, 3 * size), some_scales(draw, rows, 3)
    lab.dequantize_groupwise(q, scale)
    either = ("scale", "q")
    check.refuses(
        lab.dequantize_groupwise, q, scale[:-1], naming=either, because=f"{rows - 1} rows of scales for {rows} rows"
    )
    check.refuses(
        lab.dequantize_groupwise,
        q,
        scale[:1],
        naming=either,
        because=f"one row of scales for {rows} rows, which broadcasts but does not match",
    )
    check.refuses(
        lab.dequantize_groupwise, q[:, :-1], scale, naming=either, because=f"3 groups for {3 * size - 1} columns"
    )
    check.refuses(
        lab.dequantize_groupwise,
        q,
        scale[:, 0],
        naming=either,
        because=f"a scale of shape ({rows},): it must be (out, groups)",
    )
    check.refuses(
        lab.dequantize_groupwise,
        q[0],
        scale[:1],
        naming=either,
        because=f"a q of shape {q[0].shape}: it must be (out, in)",
    )
    for value in (np.nan, np.inf, 0.0, -0.5):
        bad = scale.copy()
        bad[-1, -1] = value
        check.refuses(
            lab.dequantize_groupwise,
            q,
            bad,
            naming="scale",
            because=f"a scale of {value}: scales are positive and finite",
        )


# ---- exercise 3: two codes a byte ----
# A round trip proves no layout: swapped nibbles, an offset of 8 and a split into halves all come back
# whole. So the bytes themselves are compared, and each of the two functions alone.


def bytes_by_hand(low, high):
    """The byte of each pair of codes, in plain integers: a negative code c is stored as 16 + c."""
    return np.where(low < 0, low + 16, low).astype(int) + 16 * np.where(high < 0, high + 16, high).astype(int)


def pack_suspects(q):
    q = q.astype(int)
    even, odd, middle = q[:, 0::2], q[:, 1::2], q.shape[1] // 2
    low, high = q & 15, q & 15
    magnitude = np.where(q < 0, 8 | (-q & 7), q)
    return {
        "the nibbles swapped: the even column belongs in the low nibble": bytes_by_hand(odd, even),
        "an offset of 8 (q + 8): here codes are stored in two's complement": (even + 8) + 16 * (odd + 8),
        "the first half of the columns low and the second half high: a byte holds two neighbours": bytes_by_hand(
            q[:, :middle], q[:, middle:]
        ),
        "both at once, an offset of 8 and swapped nibbles": (odd + 8) + 16 * (even + 8),
        "no mask: the sign bits of a negative low code fill the high nibble": (even | (odd << 4)) & 255,
        "a sum without a mask: a negative low code borrows from the high nibble": (even + 16 * odd) & 255,
        "a sign bit and a magnitude: two's complement stores -1 as 15": magnitude[:, 0::2] | (magnitude[:, 1::2] << 4),
        "a mask of three bits, which loses the sign": (even & 7) | ((odd & 7) << 4),
        "the columns from the right": bytes_by_hand(odd, even)[:, ::-1],
        "only the even columns": low[:, 0::2],
        "only the odd columns": high[:, 1::2] << 4,
    }


@exercise("pack_int4")
def test_the_bytes_are_those_computed_by_hand(lab, check):
    q = np.array([[1, 2, 3, 4], [-1, 3, 5, -2], [-8, 7, 0, -8], [0, -1, -3, -5]], np.int8)
    # 0x21: 1 low, 2 high. -1 is 0xF, -2 is 0xE, -3 is 0xD, -5 is 0xB, -8 is 0x8.
    expected = np.array([[0x21, 0x43], [0x3F, 0xE5], [0x78, 0x80], [0xF0, 0xBD]])
    packed = lab.pack_int4(q)
    if np.shape(packed) == (2, 4):
        check.fail(
            packed,
            "packed has shape (2, 4), expected (4, 2)",
            "Neighbouring columns share a byte here, not neighbouring rows",
        )
    check.array(packed, "packed", shape=(4, 2), dtype=np.uint8, ask="Two codes a byte: (out, in // 2), uint8")
    check.equal(
        packed, "packed", expected, suspects=pack_suspects(q), ask="Byte = (even column & 15) + 16 * (odd column & 15)"
    )


@exercise("pack_int4")
def test_even_columns_lie_in_the_low_nibble_in_twos_complement(lab, check, draw):
    rows, half = draw.sizes(2, 4, 12)
    q = some_codes(draw, rows, 2 * half)
    packed = lab.pack_int4(q)
    check.array(packed, "packed", shape=(rows, half), dtype=np.uint8)
    check.equal(
        packed,
        "packed",
        bytes_by_hand(q[:, 0::2], q[:, 1::2]),
        suspects=pack_suspects(q),
        ask="Column 2j goes to bits 0 to 3 of byte j, column 2j + 1 to bits 4 to 7",
    )


@exercise("pack_int4")
def test_every_pair_of_codes_has_its_byte(lab, check):
    low, high = np.meshgrid(np.arange(-8, 8), np.arange(-8, 8))
    q = np.stack([low, high], axis=-1).reshape(16, 32).astype(np.int8)
    packed = lab.pack_int4(q)
    check.array(packed, "packed", shape=(16, 16), dtype=np.uint8)
    check.equal(
        packed,
        "packed",
        bytes_by_hand(low, high),
        suspects=pack_suspects(q),
        ask="Try the pair of codes at that place alone",
    )


@exercise("pack_int4")
def test_a_square_of_codes_is_packed_along_its_rows(lab, check, draw):
    n = 2 * draw.sizes(1)[0]
    q = some_codes(draw, n, n)
    packed = lab.pack_int4(q)
    if np.shape(packed) == (n // 2, n):
        check.fail(
            packed,
            f"packed has shape ({n // 2}, {n}), expected ({n}, {n // 2})",
            "Neighbouring columns share a byte here, not neighbouring rows",
        )
    check.array(packed, "packed", shape=(n, n // 2), dtype=np.uint8)
    check.equal(
        packed,
        "packed",
        bytes_by_hand(q[:, 0::2], q[:, 1::2]),
        suspects=pack_suspects(q)
        | {
            "the matrix transposed before packing": bytes_by_hand(q.T[:, 0::2], q.T[:, 1::2]),
        },
        ask="Which neighbours share a byte?",
    )


@exercise("pack_int4")
def test_packing_takes_any_memory_layout(lab, check, draw):
    rows, half = draw.sizes(2, 3, 9)
    q = some_codes(draw, 4 * half, rows)[::-2].T  # transposed, reversed, every second
    check.equal(
        lab.pack_int4(q),
        "packed from a view",
        bytes_by_hand(q[:, 0::2], q[:, 1::2]),
        ask="Is the array's memory order relied on (ravel, view, order='K')?",
    )


@exercise("pack_int4")
def test_what_does_not_fit_four_bits_is_refused(lab, check, draw):
    rows, half = draw.sizes(2, 3, 9)
    q = some_codes(draw, rows, 2 * half)
    lab.pack_int4(q)
    for code in (8, -9, 15, 127, -128):
        bad = q.copy()
        bad[-1, -1] = code
        check.refuses(lab.pack_int4, bad, naming="q", because=f"a code of {code}: four bits hold -8 to 7")
    wide = q.astype(np.int32)
    wide[0, 0] = 256 + 3
    check.refuses(lab.pack_int4, wide, naming="q", because="an int32 code of 259, which as int8 would be 3")
    check.refuses(lab.pack_int4, q[:, :-1], naming="q", because=f"{2 * half - 1} columns, an odd number")
    check.refuses(lab.pack_int4, q[0], naming="q", because=f"a q of shape {q[0].shape}: it must be (out, in)")
    check.refuses(
        lab.pack_int4, np.full((2, 4), 0.3, np.float32), naming="q", because="floats of 0.3, which are no codes"
    )


# ---- exercise 4: and back ----


def unpack_suspects(packed):
    packed = packed.astype(int)
    low, high = packed & 15, packed >> 4
    signed = [np.where(n > 7, n - 16, n) for n in (low, high)]

    def pairs(first, second):
        return np.stack([first, second], axis=-1).reshape(len(packed), -1)

    return {
        "the high nibble first: the even column lies in the low nibble": pairs(signed[1], signed[0]),
        "no sign extension: 8 to 15 stand for -8 to -1": pairs(low, high),
        "an offset of 8 (nibble - 8): these are stored in two's complement": pairs(low - 8, high - 8),
        "all low nibbles first, then all high ones: a byte holds two neighbours": np.hstack(signed),
        "all high nibbles first, then all low ones: a byte holds two neighbours": np.hstack(signed[::-1]),
        "the sign of the low nibble only: the high one needs it as well": pairs(signed[0], high),
        "the sign of the high nibble only: the low one needs it as well": pairs(low, signed[1]),
        "a sign bit and a magnitude: in two's complement 15 is -1": pairs(
            *(np.where(n > 7, -(n & 7), n) for n in (low, high))
        ),
        "nibble - 15 (one's complement): in two's complement 15 is -1": pairs(
            *(np.where(n > 7, n - 15, n) for n in (low, high))
        ),
        "8 read as +8: the code 0x8 is -8": pairs(*(np.where(n > 8, n - 16, n) for n in (low, high))),
        "the high nibble not shifted down": pairs(signed[0], (packed & 0xF0).astype(np.uint8).astype(np.int8)),
        "the low nibble twice": pairs(signed[0], signed[0]),
    }


@exercise("unpack_int4")
def test_the_codes_of_bytes_written_by_hand(lab, check):
    packed = np.array([[0x21, 0x43], [0x3F, 0xE5], [0x78, 0x80], [0xF0, 0xBD]], np.uint8)
    expected = np.array([[1, 2, 3, 4], [-1, 3, 5, -2], [-8, 7, 0, -8], [0, -1, -3, -5]])
    q = lab.unpack_int4(packed)
    check.array(q, "q", shape=(4, 4), dtype=np.int8, ask="Two codes from each byte: (out, 2 * packed.shape[1]), int8")
    check.equal(
        q, "q", expected, suspects=unpack_suspects(packed), ask="0x21 holds 1 (low nibble) and then 2 (high nibble)"
    )


@exercise("unpack_int4")
def test_every_byte_is_read_right(lab, check, draw):
    packed = draw.rng.permutation(256).reshape(8, 32).astype(np.uint8)
    low, high = packed.astype(int) % 16, packed.astype(int) // 16
    expected = np.empty((8, 64), int)
    expected[:, 0::2], expected[:, 1::2] = np.where(low > 7, low - 16, low), np.where(high > 7, high - 16, high)
    q = lab.unpack_int4(packed)
    check.array(q, "q", shape=(8, 64), dtype=np.int8)
    check.equal(
        q,
        "q",
        expected,
        suspects=unpack_suspects(packed),
        ask="Take the byte at that place alone: which two codes is it?",
    )


@exercise("unpack_int4")
def test_unpacking_takes_any_memory_layout(lab, check, draw):
    rows, half = draw.sizes(2, 3, 9)
    packed = draw.rng.integers(0, 256, (2 * half, rows)).astype(np.uint8)[::-2].T
    low, high = packed.astype(int) % 16, packed.astype(int) // 16
    expected = np.empty((rows, 2 * half), int)
    expected[:, 0::2], expected[:, 1::2] = np.where(low > 7, low - 16, low), np.where(high > 7, high - 16, high)
    q = lab.unpack_int4(packed)
    check.array(q, "q from a view", shape=expected.shape, dtype=np.int8)
    check.equal(
        q,
        "q from a view",
        expected,
        suspects=unpack_suspects(packed),
        ask="Is the array's memory order relied on (ravel, view, order='K')?",
    )


@exercise("unpack_int4")
def test_only_a_matrix_of_bytes_is_unpacked(lab, check, draw):
    packed = draw.rng.integers(0, 256, draw.sizes(2)).astype(np.uint8)
    lab.unpack_int4(packed)
    check.refuses(
        lab.unpack_int4,
        packed[0],
        naming="packed",
        because=f"a packed of shape {packed[0].shape}: it must be (out, in // 2)",
    )
    check.refuses(
        lab.unpack_int4,
        packed[None],
        naming="packed",
        because=f"a packed of shape {packed[None].shape}: it must be (out, in // 2)",
    )


# ---- exercise 5: the layer ----


def linear_by_hand(x, w, bias=0.0):
    """(expected, tolerance): float32 sums of `in` products differ by at most in * 2**-23 * sum|x||w|, in any order."""
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    tolerance = (w.shape[1] + 4) * 2.0**-23 * (np.abs(x) @ np.abs(w).T + np.abs(bias))
    return x @ w.T + bias, tolerance


def a_layer(draw, square=False):
    """(q, packed, scale, w, bias), packed by hand."""
    rows, groups, size = (8, 4, 2) if square else draw.sizes(3, 3, 9)
    size = size if square else 2 * size
    q, scale = some_codes(draw, rows, groups * size), some_scales(draw, rows, groups)
    packed = bytes_by_hand(q[:, 0::2], q[:, 1::2]).astype(np.uint8)
    return q, packed, scale, q * spread(scale, size), draw.tensor(rows)


def swap_neighbours(q):
    return q.reshape(len(q), -1, 2)[:, :, ::-1].reshape(q.shape)


@exercise("int4_linear")
def test_the_layer_is_x_times_the_unpacked_weight_transposed_plus_bias(lab, check, draw):
    q, packed, scale, w, bias = a_layer(draw)
    x, size = draw.tensor(14, q.shape[1]), q.shape[1] // scale.shape[1]
    y = lab.int4_linear(x, packed, scale, bias)
    check.array(y, "y", shape=(14, len(q)), dtype=np.float32)
    expected, tolerance = linear_by_hand(x, w, bias)
    s, x64 = spread(scale, size), x.astype(np.float64)
    check.close(
        y,
        "y",
        expected,
        atol=tolerance,
        suspects={
            "the bias left out": expected - bias,
            "the scale left out": x64 @ q.T + bias,
            "the bias subtracted": expected - 2 * bias,
            "the nibbles swapped at unpacking": x64 @ (swap_neighbours(q) * s).T + bias,
            "no sign extension at unpacking": x64 @ ((q & 15) * s).T + bias,
            "an offset of 8 at unpacking": x64 @ (((q & 15) - 8) * s).T + bias,
            "the first group's scale for the whole row": x64 @ (q * s[:, :1]).T + bias,
            "the scales tiled instead of repeated": x64 @ (q * np.tile(np.asarray(scale, np.float64), (1, size))).T
            + bias,
        },
        ask="y = x @ dequantize_groupwise(unpack_int4(packed), scale).T + bias, in float32",
    )


@exercise("int4_linear")
def test_a_square_int4_weight_is_transposed_as_well(lab, check, draw):
    q, packed, scale, w, bias = a_layer(draw, square=True)
    x = draw.tensor(3, q.shape[1])
    expected, tolerance = linear_by_hand(x, w, bias)
    check.close(
        lab.int4_linear(x, packed, scale, bias),
        "y",
        expected,
        atol=tolerance,
        suspects={
            "x @ w without the transpose: w is (out, in)": lambda: x @ w + bias,
        },
        ask="Which axis of w meets the last axis of x?",
    )


@exercise("int4_linear")
def test_without_a_bias_nothing_is_added_in_int4(lab, check, draw):
    q, packed, scale, w, _ = a_layer(draw)
    x = draw.tensor(5, q.shape[1])
    expected, tolerance = linear_by_hand(x, w)
    check.close(lab.int4_linear(x, packed, scale), "y", expected, atol=tolerance, ask="bias=None means no bias")


@exercise("int4_linear")
def test_int4_keeps_any_number_of_leading_axes(lab, check, draw):
    for leading in [(), (1,), (2, 3), (2, 1, 4)]:
        q, packed, scale, w, bias = a_layer(draw)
        x = draw.tensor(*leading, q.shape[1])
        y = lab.int4_linear(x, packed, scale, bias)
        check.array(y, "y", shape=(*leading, len(q)), dtype=np.float32, ask="Only the last axis of x is the layer's")
        expected, tolerance = linear_by_hand(x, w, bias)
        check.close(y, "y", expected, atol=tolerance)


@exercise("int4_linear")
def test_other_float_inputs_give_float32_from_int4_too(lab, check, draw):
    for dtype in [np.float16, np.float64]:
        q, packed, scale, w, bias = a_layer(draw)
        x, bias = draw.tensor(2, 7, q.shape[1]).astype(dtype)[:, ::-2], bias.astype(dtype)
        y = lab.int4_linear(x, packed, scale, bias)
        check.array(y, "y", shape=(2, 4, len(q)), dtype=np.float32)
        expected, tolerance = linear_by_hand(x, w, bias.astype(np.float64))
        check.close(
            y,
            "y",
            expected,
            atol=tolerance,
            ask="Is the weight or the product in float16? Its sums keep only three digits",
        )


@exercise("int4_linear")
def test_int4_arguments_that_do_not_fit_are_refused_by_name(lab, check, draw):
    q, packed, scale, _, bias = a_layer(draw)
    columns, linear = q.shape[1], lab.int4_linear
    x = draw.tensor(5, columns)
    linear(x, packed, scale, bias)
    any_of = ("scale", "packed", "q")
    check.refuses(
        linear,
        x[:, :-1],
        packed,
        scale,
        naming=("x", "packed"),
        because=f"x of {columns - 1} features for {columns} columns",
    )
    check.refuses(
        linear,
        x[:, : columns // 2],
        packed,
        scale,
        naming=("x", "packed"),
        because=f"x of {columns // 2} features: packed has as many bytes a row, but twice as many columns",
    )
    check.refuses(
        linear,
        x,
        packed,
        scale,
        bias[:-1],
        naming=("bias", "packed"),
        because=f"a bias of {len(q) - 1} values for {len(q)} rows",
    )
    check.refuses(
        linear,
        x,
        packed,
        scale,
        bias[:1],
        naming=("bias", "packed"),
        because="a bias of one value, which broadcasts but does not match",
    )
    check.refuses(
        linear, x, packed, scale, bias[:, None], naming=("bias", "packed"), because=f"a bias of shape ({len(q)}, 1)"
    )
    check.refuses(
        linear, x, packed, scale[:-1], naming=any_of, because=f"{len(q) - 1} rows of scales for {len(q)} rows"
    )
    for value in (np.nan, np.inf):
        bad = x.copy()
        bad[-1, -1] = value
        check.refuses(linear, bad, packed, scale, naming="x", because=f"an x that holds {value}")


# ---- exercises 6 and 7: bytes and bits ----


@exercise("memory_bytes_int4")
def test_packed_codes_and_scales_are_both_counted(lab, check, draw):
    rows, half, groups = draw.sizes(3)
    packed, scale = np.zeros((rows, half), np.uint8), np.ones((rows, groups), np.float16)
    check.equal(
        lab.memory_bytes_int4(packed, scale),
        "bytes",
        rows * half + 2 * rows * groups,
        suspects={
            "the scales left out": rows * half,
            "4 bytes a scale: a float16 takes 2": rows * half + 4 * rows * groups,
            "one byte a scale: a float16 takes 2": rows * half + rows * groups,
            "one scale a row: there is one a group": rows * half + 2 * rows,
            "packed halved once more: it already holds two codes a byte": rows * half // 2 + 2 * rows * groups,
            "one byte a code: a byte holds two": 2 * rows * half + 2 * rows * groups,
            "bits instead of bytes": 8 * (rows * half + 2 * rows * groups),
        },
        ask="The packed bytes and the scales' bytes",
    )


@exercise("memory_bytes_int4")
def test_wider_scales_take_their_own_width(lab, check, draw):
    rows, half, groups = draw.sizes(3)
    taken = lab.memory_bytes_int4(np.zeros((rows, half), np.uint8), np.ones((rows, groups), np.float32))
    check.equal(
        taken,
        "bytes",
        rows * half + 4 * rows * groups,
        suspects={
            "2 bytes a scale, whatever its dtype": rows * half + 2 * rows * groups,
        },
        ask="Is the scale's own dtype asked?",
    )


@exercise("memory_bytes_int4")
def test_int4_is_nearly_eight_times_smaller_only_when_groups_are_long(lab, check, draw):
    for group_size, ratio in [(128, 7.76), (64, 7.53), (32, 7.11), (16, 6.4)]:
        (rows,) = draw.sizes(1)
        columns = 512
        taken = lab.memory_bytes_int4(
            np.zeros((rows, columns // 2), np.uint8), np.ones((rows, columns // group_size), np.float16)
        )
        # float32 over int4 with a float16 scale a group: 32 / (4 + 16 / g) = 8 / (1 + 4 / g), whatever the width.
        check.close(
            4 * rows * columns / float(taken),
            f"float32 bytes / int4 bytes in groups of {group_size}",
            8 / (1 + 4 / group_size),
            rtol=1e-6,
            ask=f"In groups of {group_size} it is {ratio}, not 8: what besides the codes is stored?",
        )


@exercise("memory_bytes_int4")
def test_a_view_of_packed_bytes_counts_only_what_it_shows(lab, check):
    packed, scale = np.zeros((8, 30), np.uint8)[::2, ::3].T, np.ones((10, 6), np.float16)[:, ::3]
    check.equal(
        lab.memory_bytes_int4(packed, scale),
        "bytes of views",
        10 * 4 + 2 * 10 * 2,
        ask="Is the memory of the array behind the view counted?",
    )


@exercise("bits_per_weight")
def test_a_weight_takes_four_bits_and_its_share_of_the_scale(lab, check):
    for group_size in [128, 64, 32, 16, 1]:
        bits = lab.bits_per_weight(group_size)
        check.array(bits, "bits", shape=(), ask="One number")
        check.close(
            bits,
            "bits",
            4 + 16 / group_size,
            rtol=1e-6,
            suspects={
                "the scale left out": 4.0,
                "a scale of 32 bits: float16 has 16": 4 + 32 / group_size,
                "a scale of 8 bits": 4 + 8 / group_size,
                "the share in bytes": 4 + 2 / group_size,
                "the whole scale for every weight: the group shares it": 4 + 16.0,
                "integer division": 4.0 + 16 // group_size,
                "bits of the group, not of one weight": 4.0 * group_size + 16,
            },
            ask="4 + scale_bits / group_size",
        )


@exercise("bits_per_weight")
def test_zero_points_and_other_scales_are_counted(lab, check):
    for group_size, scale_bits, zero_point_bits in [(128, 16, 4), (64, 16, 8), (128, 16, 16), (64, 32, 0), (96, 8, 3)]:
        bits = lab.bits_per_weight(group_size, scale_bits=scale_bits, zero_point_bits=zero_point_bits)
        check.array(bits, "bits", shape=(), ask="One number")
        check.close(
            bits,
            "bits",
            4 + (scale_bits + zero_point_bits) / group_size,
            rtol=1e-6,
            suspects={
                "the zero point left out": 4 + scale_bits / group_size,
                "the scale left out": 4 + zero_point_bits / group_size,
                "16 bits for every scale": 4 + (16 + zero_point_bits) / group_size,
                "a whole zero point for every weight: the group shares it": 4
                + scale_bits / group_size
                + zero_point_bits,
                "the zero point subtracted": 4 + (scale_bits - zero_point_bits) / group_size,
            },
            ask="4 + (scale_bits + zero_point_bits) / group_size",
        )


@exercise("bits_per_weight")
def test_the_options_may_be_given_in_order(lab, check):
    check.close(
        lab.bits_per_weight(64, 8),
        "bits",
        4 + 8 / 64,
        rtol=1e-6,
        suspects={
            "the second argument taken for zero_point_bits: scale_bits comes first": 4 + 24 / 64,
        },
        ask="The order is group_size, scale_bits, zero_point_bits",
    )
    check.close(
        lab.bits_per_weight(64, 8, 3),
        "bits",
        4 + 11 / 64,
        rtol=1e-6,
        ask="The order is group_size, scale_bits, zero_point_bits",
    )


@exercise("bits_per_weight")
def test_a_group_of_no_weights_has_no_bits_per_weight(lab, check):
    lab.bits_per_weight(128)
    for size in (0, -1, -128):
        check.refuses(
            lab.bits_per_weight,
            size,
            naming="group_size",
            because=f"group_size={size}: a group has at least one weight",
        )
