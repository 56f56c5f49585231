"""What zero points must hold, beyond lab 03's core. `lab` is the implementation under test, `check` makes the
claims, `draw` gives irregular inputs; conftest.py at the root says what the three promise."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
UNIT = 2.0**-24  # the smallest positive float16


def in_groups(w, size):
    return np.asarray(w, np.float64).reshape(len(w), -1, size)


def spread(values, size):
    """One value a column, as float64."""
    return np.repeat(np.asarray(values, np.float64), size, axis=1)


def as_float16(exact):
    with np.errstate(over="ignore"):
        return np.maximum(np.asarray(exact, np.float64), UNIT).astype(np.float16)


def nearest_float16(exact, slack=0.5):
    """How far a float16 may lie from the exact scale: half its spacing, and float32's error on a tie."""
    return slack * np.spacing(as_float16(exact)).astype(np.float64) + 1e-6 * np.asarray(exact)


def a_two_sided_weight(draw, low=3, high=9):
    """(w, group_size): sizes all differ, each group has values of both signs and its own range, never symmetric."""
    rows, groups, size = draw.sizes(3, low, high)
    w = draw.tensor(rows, groups, size).astype(np.float64)
    w[:, :, 0], w[:, :, 1] = -np.abs(w[:, :, 0]) - 0.1, np.abs(w[:, :, 1]) + 0.1
    w *= np.where(w > 0, draw.rng.uniform(0.3, 3, (rows, groups, 1)), 1)
    return draw.rng.permuted(w, axis=2).reshape(rows, -1).astype(np.float32), size


def ends(w, size):
    """(lowest, highest) of each group, 0 always between them."""
    groups = in_groups(w, size)
    return np.minimum(groups.min(2), 0), np.maximum(groups.max(2), 0)


def check_groups(check, made, w, size, slack=0.5, what=""):
    """Shapes, dtypes, ranges; then scale, zero point and codes by their definition, with every suspect by name."""
    q, scale, zero_point = made
    rows, groups = len(w), w.shape[1] // size
    lowest, highest = ends(w, size)
    raw, exact = in_groups(w, size), (highest - lowest) / 15
    scale = check.array(scale, f"scale{what}", shape=(rows, groups), dtype=np.float16, ask="One float16 a group")
    check.codes(zero_point, f"zero_point{what}", shape=(rows, groups), low=0, high=15, dtype=np.uint8,
                ask="A zero point is a code, so it has a code's range")  # fmt: skip
    check.codes(q, f"q{what}", shape=w.shape, low=0, high=15, dtype=np.uint8, ask="Codes are unsigned here, 0 to 15")
    absmax, row_low, row_high = (
        np.maximum(-lowest, highest),
        lowest.min(1, keepdims=True),
        highest.max(1, keepdims=True),
    )
    check.close(
        scale,
        f"scale{what}",
        exact,
        atol=nearest_float16(exact, slack),
        suspects={
            words: as_float16(value)
            for words, value in {
                "(max - min) / 15 without 0 in the range: a one-sided group's zero point is then no code": (
                    raw.max(2) - raw.min(2)
                )
                / 15,
                "range / 16: sixteen codes have fifteen steps between them": exact * 15 / 16,
                "max|group| / 7, the symmetric scale": absmax / 7,
                "max|group| / 15: the range reaches from the lowest to the highest value": absmax / 15,
                "max(group) / 15: the negative side is forgotten": highest / 15,
                "range / 255, the scale of eight bits": exact * 15 / 255,
                "range / 14: fifteen steps, not fourteen": exact * 15 / 14,
                "the range itself, not yet divided by 15": exact * 15,
                "the whole row's range in every group": np.repeat((row_high - row_low) / 15, groups, 1),
                "(max + min) / 15: the lowest value is negative, so it is subtracted": np.abs(highest + lowest) / 15,
            }.items()
        },
        ask="scale = (highest - lowest) / 15 of its group, 0 included, rounded to float16",
    )
    step = np.asarray(scale, np.float64)
    zero = -lowest / step
    # The exact scale and the stored one differ by 2**-11 of it, so zero, at most 15, by less than 0.03.
    tie = np.abs(zero - np.floor(zero) - 0.5) < 0.03
    check.close(
        zero_point,
        f"zero_point{what}",
        np.clip(np.rint(zero), 0, 15),
        atol=np.where(tie, 1.0, 0.0),
        suspects={
            "0 everywhere: the codes then start at the lowest value, not at zero": np.zeros(zero.shape),
            "8 everywhere, the zero point of symmetric codes": np.full(zero.shape, 8),
            "-min(group) / scale without 0 in the range": np.clip(np.rint(-raw.min(2) / step), 0, 15),
            "highest / scale: the zero point counts up from the lowest value": np.clip(np.rint(highest / step), 0, 15),
            "rounded down: the nearest code is wanted": np.clip(np.floor(zero), 0, 15),
            "rounded up: the nearest code is wanted": np.clip(np.ceil(zero), 0, 15),
            "-lowest / scale less 8, as for signed codes": np.clip(np.rint(zero) - 8, 0, 15),
            "the smallest magnitude over the scale": np.clip(np.rint(np.abs(raw).min(2) / step), 0, 15),
        },
        ask="zero_point = -lowest / scale, rounded: the code that stands for 0",
    )
    steps, zeros = w / spread(step, size), spread(zero_point, size)
    offset = spread(lowest / step, size)
    check.rounded(
        q,
        f"q{what}",
        steps + zeros,
        low=0,
        high=15,
        suspects={
            "w / scale without the zero point: every negative weight is clipped away": np.clip(np.rint(steps), 0, 15),
            "the zero point subtracted: it is added to encode and subtracted to decode": np.clip(
                np.rint(steps) - zeros, 0, 15
            ),
            "truncation (astype without rounding)": np.clip(np.trunc(steps + zeros), 0, 15),
            "floor": np.clip(np.floor(steps) + zeros, 0, 15),
            "(w - min) / scale: that grid starts at the minimum, and zero lies between two codes": np.clip(
                np.rint(steps - offset), 0, 15
            ),
            "the scales and zero points tiled: neighbours share them, so each is repeated group_size times": np.clip(
                np.rint(w / np.tile(step, (1, size))) + np.tile(zero_point, (1, size)), 0, 15
            ),
        },
        ask="q = w / scale + zero_point of its own group, rounded, with the scale as stored",
    )
    return q, step, np.asarray(zero_point, np.float64)


@exercise("quantize_groupwise_asymmetric")
def test_each_group_has_its_range_its_zero_point_and_its_codes(lab, check, draw):
    w, size = a_two_sided_weight(draw)
    check_groups(check, lab.quantize_groupwise_asymmetric(w, size), w, size)


@exercise("quantize_groupwise_asymmetric")
def test_the_range_of_a_one_sided_group_includes_zero(lab, check, draw):
    rows, size = draw.sizes(2, 4, 9)
    w = np.abs(draw.tensor(rows, 3 * size)) + 2  # far from 0: without it the range would be much smaller
    w[:, size : 2 * size] *= -1
    made = lab.quantize_groupwise_asymmetric(w, size)
    check_groups(check, made, w, size, what=" of one-sided groups")
    expected = np.tile([0, 15, 0], (rows, 1))
    check.equal(made[2], "zero_point of groups above, below and above 0", expected, ask="Which code stands for 0?")


@exercise("quantize_groupwise_asymmetric")
def test_each_weight_is_off_by_at_most_half_a_step_with_zero_points_too(lab, check, draw):
    w, size = a_two_sided_weight(draw, 5, 14)
    w[0] *= 100  # a loud row, and a loud column, may not cost the others anything
    w[:, -1] *= 30
    q, scale, zero_point = lab.quantize_groupwise_asymmetric(w, size)
    check.array(scale, "scale", shape=(len(w), w.shape[1] // size), dtype=np.float16)
    check.array(zero_point, "zero_point", shape=np.shape(scale))
    check.array(q, "q", shape=w.shape)
    step = spread(scale, size)
    w_hat = (np.asarray(q, np.float64) - spread(zero_point, size)) * step
    # The float16 scale may be 2**-11 too small: over 15 steps the ends are then 15 * 2**-11 < 0.01 steps further off.
    check.at_most(
        np.abs(w - w_hat) / step,
        "error in steps",
        0.51,
        of=q,
        ask="Decoded as (q - zero_point) * scale: is it nearest?",
    )


@exercise("quantize_groupwise_asymmetric")
def test_a_weight_of_zero_stays_exactly_zero(lab, check, draw):
    w, size = a_two_sided_weight(draw, 4, 11)
    w[draw.rng.random(w.shape) < 0.3] = 0
    q, scale, zero_point = lab.quantize_groupwise_asymmetric(w, size)
    check.array(q, "q", shape=w.shape)
    check.array(zero_point, "zero_point", shape=(len(w), w.shape[1] // size))
    zeros = spread(zero_point, size)
    check.equal(
        np.where(w == 0, np.asarray(q, np.float64) - zeros, 0),
        "q - zero_point where w is 0",
        np.zeros(w.shape),
        ask="The zero point is the code that stands for 0; is it rounded before it is used?",
    )


@exercise("quantize_groupwise_asymmetric")
def test_zero_and_constant_groups_keep_their_values(lab, check, draw):
    w, size = a_two_sided_weight(draw)
    constant = 0.25  # a group that max - min would divide by nothing
    w[0, :size], w[1, :size], w[2, :size] = 0, constant, -constant
    q, scale, zero_point = lab.quantize_groupwise_asymmetric(w, size)
    scale = check.array(scale, "scale", shape=(len(w), w.shape[1] // size), dtype=np.float16,
                        ask="0 / 0: what should the scale of an all-zero group be?")  # fmt: skip
    check.array(q, "q", shape=w.shape, dtype=np.uint8)
    check.that(
        bool((scale > 0).all()),
        f"scale[0, 0] is {scale[0, 0]} for the all-zero group, expected positive",
        of=q,
        ask="Whoever divides by this scale gets NaN: what scale is safe?",
    )
    w_hat = ((np.asarray(q, np.float64) - spread(zero_point, size)) * spread(scale, size))[:3, :size]
    check.close(
        w_hat,
        "(q - zero_point) * scale of groups that are all 0, all 0.25 and all -0.25",
        w[:3, :size],
        atol=0.51 * constant / 15,  # half a step
        suspects={"constant groups lost: AutoAWQ's quirk, max - min with 0 left out of the range": 0 * w[:3, :size]},
        ask="What is the range of a constant group, if it includes 0?",
    )
    lab_zero = lab.quantize_groupwise_asymmetric(np.zeros((3, 2 * size), np.float32), size)
    check.that(bool((np.asarray(lab_zero[1]) > 0).all()), "scale is not positive for an all-zero w", of=lab_zero[1])
    check.equal(
        np.asarray(lab_zero[0], np.float64) - spread(lab_zero[2], size), "q - zero_point of an all-zero w",
        np.zeros((3, 2 * size)),
    )  # fmt: skip


@exercise("quantize_groupwise_asymmetric")
def test_unsigned_codes_are_computed_with_the_scale_as_stored(lab, check, draw):
    # Scales of 40 to 90 units of 2**-24, each 0.4 units beside the value that float16 keeps: off by up to 1 %.
    # Values a hundredth of a step beside each tie then get another code with the exact scale.
    units = np.arange(40, 90, 3.0)[:, None]
    beside = 0.4 * np.where(np.arange(len(units)) % 2, 1, -1)[:, None]
    steps = np.arange(3, 12) + np.where(beside < 0, 0.49, 0.51)
    w = np.hstack([0 * units, 15 * (units + beside), steps * units]) * UNIT
    q, scale, zero_point = lab.quantize_groupwise_asymmetric(w, w.shape[1])
    check.array(scale, "scale", shape=units.shape, dtype=np.float16)
    check.equal(scale, "scale", units * UNIT, ask="range / 15 to the nearest float16: is there a floor, or an epsilon?")
    check.equal(
        np.asarray(q)[:, 2:],
        "q[:, 2:]",
        np.rint(w / (units * UNIT))[:, 2:],
        suspects={
            "the scale from before its rounding to float16: whoever decodes has only the stored one": np.rint(
                w / ((units + beside) * UNIT)
            )[:, 2:]
        },
        ask="Which scale will the reader of these codes multiply by?",
    )


@exercise("quantize_groupwise_asymmetric")
def test_asymmetric_groups_take_any_float_dtype_size_and_memory_layout(lab, check, draw):
    rows, groups, size = draw.sizes(3, 3, 9)
    base = draw.tensor(2 * groups * size, rows)
    for dtype in (np.float16, np.float32, np.float64):
        view = base.astype(dtype)[::-2].T
        slack = 2.5 if dtype == np.float16 else 0.5  # the range may be taken in float16, and divided there
        what = f" of a {view.dtype} view"
        check_groups(check, lab.quantize_groupwise_asymmetric(view, size), view.astype(np.float64), size, slack, what)
    for width in (1, groups * size):
        w = base[: groups * size].T
        check_groups(check, lab.quantize_groupwise_asymmetric(w, width), w, width, what=f" for group_size={width}")
    w = draw.tensor(3, 256)
    check_groups(check, lab.quantize_groupwise_asymmetric(w), w, 128, what=" for the default group_size")


@exercise("quantize_groupwise_asymmetric")
def test_a_range_beyond_float16_counts_as_long_as_its_scale_fits(lab, check):
    for dtype in (np.float16, np.float32):
        w = np.array([[60000.0, -60000, 12345, 1], [-40000, 30000, 0, 9000]]).astype(dtype)
        q, scale, zero_point = lab.quantize_groupwise_asymmetric(w, 4)
        exact = np.array([[120000.0], [70000]]) / 15
        check.array(scale, f"scale of {w.dtype}", shape=(2, 1), dtype=np.float16,
                    ask="60000 - -60000 is beyond float16: is the range taken in float16?")  # fmt: skip
        check.close(scale, f"scale of {w.dtype}", exact, atol=nearest_float16(exact, 2.5))
        check.rounded(q, f"q of {w.dtype}", w / spread(scale, 4) + spread(zero_point, 4), low=0, high=15)


@exercise("quantize_groupwise_asymmetric")
def test_asymmetric_refuses_bad_input_by_name(lab, check, draw):
    w, size = a_two_sided_weight(draw)
    function, columns = lab.quantize_groupwise_asymmetric, w.shape[1]
    function(w, size)  # a function that refuses everything refuses nothing
    for value in (np.nan, np.inf, -np.inf, 1e30):
        bad = w.copy()
        bad[-1, 0] = value
        check.refuses(function, bad, size, naming=("w", "scale"), because=f"a w that holds {value}")
    for bad in (w[0], w[None]):
        check.refuses(function, bad, size, naming="w", because=f"a w of shape {bad.shape}: it must be (out, in)")
    for wrong in (columns - 1, 2 * columns, 0, -size):
        check.refuses(function, w, wrong, naming=("group_size", "w") if wrong > 0 else "group_size",
                      because=f"group_size={wrong} for {columns} columns: it must be a positive divisor")  # fmt: skip
