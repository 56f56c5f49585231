"""What lab 04 must hold. `lab` is the implementation under test, `check` makes the claims,
`draw` gives irregular inputs; conftest.py at the root says what the three promise."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
FLOAT32 = 1e-6  # eight units in the last place of float32: room for x * (1 / s), none for another formula
POWER = 1e-5  # a power taken in float32, also as exp(alpha * log(a)): about 14 * 2**-24 for a down to 1e-6
LEADING = pytest.mark.parametrize(
    "leading", [(), (1,), (2, 3), (2, 1, 4)], ids=["one vector", "one row", "batch and tokens", "three axes"]
)


def absmax(a, axis=None):
    return np.abs(np.asarray(a, np.float64)).max(axis=axis)


def norm(a):
    return float(np.linalg.norm(a))


def both_signs(draw, rows, columns):
    """A matrix whose columns peak below zero and above it by turns, and hold both signs each."""
    a = draw.tensor(rows, columns)
    a[0], a[1] = np.abs(a[0]) + 0.01, -np.abs(a[1]) - 0.01
    peak = 1.1 * np.abs(a).max(axis=0) + 0.01
    a[-1] = np.where(np.arange(columns) % 2, peak, -peak)
    return a


def any_float_views(draw, *shape):
    """(view, its dtype) in float16, float32 and float64: reversed, strided and transposed."""
    base = draw.tensor(*shape[:-2], 2 * shape[-1], shape[-2])
    for dtype in (np.float16, np.float32, np.float64):
        yield base.astype(dtype)[..., ::-2, :].swapaxes(-1, -2), np.dtype(dtype)


def with_a(value, array):
    bad = array.copy()
    bad[(-1,) * bad.ndim] = value
    return bad


# ---- exercise 1: how loud is each channel ----


@exercise("channel_absmax")
def test_each_channel_gives_the_loudest_magnitude_over_its_tokens(lab, check, draw):
    tokens, width = draw.sizes(2)
    x = both_signs(draw, tokens, width)
    loudness = lab.channel_absmax(x)
    if np.shape(loudness) == (tokens,):
        check.fail(
            loudness,
            f"absmax has shape ({tokens},), one a token; expected one a channel, ({width},)",
            "Which axes does the maximum run over? Only the last one, the channels, stays",
        )
    check.array(
        loudness,
        "absmax",
        shape=(width,),
        dtype=np.float32,
        ask="One number a channel: every axis but the last is reduced",
    )
    check.close(
        loudness,
        "absmax",
        absmax(x, 0),
        rtol=FLOAT32,
        suspects={
            "max(x) without the magnitude: a channel may peak below zero": x.max(axis=0),
            "|min(x)|: a channel may also peak above zero": np.abs(x.min(axis=0)),
            "|max(x)|: the magnitude comes before the maximum": np.abs(x.max(axis=0)),
            "mean|x|: the scale must hold the loudest value, so it is the maximum that counts": np.abs(x).mean(axis=0),
            "std(x): the scale must hold the loudest value, not the usual one": x.std(axis=0),
            "the root mean square: the scale must hold the loudest value": np.sqrt(
                (x.astype(np.float64) ** 2).mean(axis=0)
            ),
            "the norm of each channel, which grows with the number of tokens": np.linalg.norm(
                x.astype(np.float64), axis=0
            ),
            "max - min, the range (what llm-compressor records): here it is the loudest magnitude": x.max(axis=0)
            - x.min(axis=0),
            "(max - min) / 2: right only where a channel is symmetric": (x.max(axis=0) - x.min(axis=0)) / 2,
            "the loudest value of all x in every channel": np.full(width, absmax(x)),
            "one token only, the first: calibration looks at all of them": np.abs(x[0]),
            "one token only, the last: calibration looks at all of them": np.abs(x[-1]),
            "the smallest magnitude": np.abs(x).min(axis=0),
        },
        ask="absmax[j] = max over tokens of |x[..., j]|",
    )


@exercise("channel_absmax")
def test_a_square_x_is_measured_by_channel_not_by_token(lab, check, draw):
    (n,) = draw.sizes(1)  # on a square x the wrong axis has the right shape
    x = draw.tensor(n, n) * np.geomspace(1, 80, n, dtype=np.float32)
    check.close(
        lab.channel_absmax(x),
        "absmax",
        absmax(x, 0),
        rtol=FLOAT32,
        suspects={
            "one number a token: a channel is a place on the last axis": absmax(x, 1),
        },
        ask="Which axes does the maximum run over?",
    )


@exercise("channel_absmax")
@LEADING
def test_every_leading_axis_is_reduced(lab, check, draw, leading):
    (width,) = draw.sizes(1, 5, 12)
    x = draw.tensor(*leading, width)
    loudness = lab.channel_absmax(x)
    check.array(
        loudness,
        "absmax",
        shape=(width,),
        dtype=np.float32,
        ask=f"x has {len(leading)} leading axes here: all of them are reduced, the last axis stays"
        if leading
        else "x is one token alone here, a vector of channels: each is its own maximum",
    )
    check.close(
        loudness,
        "absmax",
        absmax(x.reshape(-1, width), 0),
        rtol=FLOAT32,
        suspects={
            "the first sequence of the batch only": absmax(x[0].reshape(-1, width), 0) if leading else np.nan,
            "the last sequence of the batch only": absmax(x[-1].reshape(-1, width), 0) if leading else np.nan,
            "the magnitude left out": x.reshape(-1, width).max(axis=0),
        },
        ask="Is every token of every sequence looked at?",
    )


@exercise("channel_absmax")
def test_quiet_and_dead_channels_are_reported_as_they_are(lab, check, draw):
    x = draw.tensor(*draw.sizes(2, 4, 12))
    x[:, 1], x[:, 2] = 0, x[:, 2] * np.float32(2.0**-60)
    check.close(
        lab.channel_absmax(x),
        "absmax",
        absmax(x, 0),
        rtol=FLOAT32,
        ask="Channel 1 is dead, channel 2 is 2**-60 as loud: is an epsilon added, or a floor put under it?",
    )


@exercise("channel_absmax")
def test_loudness_is_measured_in_any_float_dtype_and_memory_layout(lab, check, draw):
    for x, dtype in any_float_views(draw, *draw.sizes(3)):
        loudness = lab.channel_absmax(x)
        check.array(loudness, f"absmax of a {dtype} view", shape=x.shape[-1:], dtype=np.float32)
        check.close(
            loudness,
            f"absmax of a {dtype} view",
            absmax(x, (0, 1)),
            rtol=FLOAT32,
            ask="Is the array's memory order relied on (ravel, view)?",
        )


@exercise("channel_absmax")
def test_activations_without_a_loudness_are_refused_by_name(lab, check, draw):
    x = draw.tensor(*draw.sizes(3))
    lab.channel_absmax(x)
    for value in (np.nan, np.inf, -np.inf):
        check.refuses(lab.channel_absmax, with_a(value, x), naming="x", because=f"an x that holds {value}")
    check.refuses(lab.channel_absmax, np.array(3.0), naming="x", because="an x of shape (): it has no channels")


# ---- exercise 2: the scale of each channel. s itself first: the drop in error alone is blind ----


def a_calibration(draw, square=False):
    """Activation loudness with one outlier, and a weight whose columns differ a hundredfold."""
    rows, columns = draw.sizes(2, 5, 14)
    columns = rows if square else columns
    w = both_signs(draw, rows, columns) * draw.rng.permutation(np.geomspace(0.01, 1, columns)).astype(np.float32)
    act = draw.rng.uniform(0.5, 4, columns).astype(np.float32)
    act[draw.rng.integers(columns)] *= 80
    return act, w


def s_by_hand(act, w, alpha=0.5):
    return np.asarray(act, np.float64) ** alpha / absmax(w, 0) ** (1 - alpha)


@exercise("smoothing_scales")
def test_s_is_activation_loudness_over_weight_loudness_channel_by_channel(lab, check, draw):
    act, w = a_calibration(draw)
    rows, columns = w.shape
    s = lab.smoothing_scales(act, w)
    if np.shape(s) == (rows,):
        check.fail(
            s,
            f"s has shape ({rows},), one an output; expected one an input channel, ({columns},)",
            "w is (out, in): over which axis does max|w| run to leave one number a column?",
        )
    check.array(s, "s", shape=(columns,), dtype=np.float32)
    expected, wide = s_by_hand(act, w), w.astype(np.float64)
    a = act.astype(np.float64)
    loud = a > 20 * np.median(a)
    check.close(
        s,
        "s",
        expected,
        rtol=POWER,
        suspects={
            "the weight term forgotten: s = act**alpha alone": np.sqrt(a),
            "the activation term forgotten: s = 1 / wmax**(1 - alpha) alone": 1 / np.sqrt(absmax(w, 0)),
            "mean|w| for max|w|: the mean is not the maximum": np.sqrt(a / np.abs(wide).mean(axis=0)),
            "std(w) for max|w|: the spread is not the maximum": np.sqrt(a / wide.std(axis=0)),
            "std(w), with n - 1 below, for max|w|: the spread is not the maximum": np.sqrt(
                a / wide.std(axis=0, ddof=1)
            ),
            "the root mean square of w for max|w|": np.sqrt(a / np.sqrt((wide**2).mean(axis=0))),
            "the norm of each column for max|w|": np.sqrt(a / np.linalg.norm(wide, axis=0)),
            "max(w) without the magnitude": np.sqrt(a / wide.max(axis=0)),
            "|min(w)| for max|w|": np.sqrt(a / -wide.min(axis=0)),
            "max - min of each column for max|w|": np.sqrt(a / (wide.max(axis=0) - wide.min(axis=0))),
            "the whole matrix's maximum for every column": np.sqrt(a / absmax(w)),
            "2 * max|w| for max|w|: that is llm-compressor's range of a symmetric column": np.sqrt(
                a / (2 * absmax(w, 0))
            ),
            "outlier channels scaled by hand, by their loudness, the rest left at 1": np.where(loud, a, 1.0),
            "outlier channels scaled by hand, by the root of their loudness, the rest left at 1": np.where(
                loud, np.sqrt(a), 1.0
            ),
            "outlier channels scaled by hand, by their loudness over the median, the rest left at 1": np.where(
                loud, a / np.median(a), 1.0
            ),
            "only outlier channels smoothed, the rest left at 1": np.where(loud, expected, 1.0),
            "1 / s: the reciprocal": 1 / expected,
            "act * wmax instead of act / wmax": np.sqrt(a * absmax(w, 0)),
            "no powers: act / wmax is s squared": a / absmax(w, 0),
            "s divided by sqrt(max(s) * min(s)), as AWQ does: SmoothQuant does not normalize": expected
            / np.sqrt(expected.max() * expected.min()),
            "s divided by its mean: SmoothQuant does not normalize": expected / expected.mean(),
            "s divided by its maximum: SmoothQuant does not normalize": expected / expected.max(),
            "s divided by its median: SmoothQuant does not normalize": expected / np.median(expected),
            "s never below 1: quiet channels may be amplified, that is half of the idea": np.maximum(expected, 1.0),
            "an s rounded to a power of two": np.exp2(np.rint(np.log2(expected))),
        },
        ask="s[j] = act_absmax[j]**alpha / max|w[:, j]|**(1 - alpha): which of the four is different in yours?",
    )


@exercise("smoothing_scales")
def test_a_square_weight_is_measured_by_column(lab, check, draw):
    act, w = a_calibration(draw, square=True)
    s = lab.smoothing_scales(act, w)
    check.close(
        s,
        "s",
        s_by_hand(act, w),
        rtol=POWER,
        suspects={
            "max|w| of each row: an input channel is a column of w": np.sqrt(act / absmax(w, 1)),
        },
        ask="w is (out, in): which axis is the input channel?",
    )


@exercise("smoothing_scales")
def test_alpha_shares_the_loudness_between_the_two(lab, check, draw):
    for alpha in [0, 0.25, 0.6, 0.85, 1]:
        act, w = a_calibration(draw)
        a, wmax = act.astype(np.float64), absmax(w, 0)
        s = lab.smoothing_scales(act, w, alpha=alpha)
        check.array(s, "s", shape=act.shape, dtype=np.float32)
        check.close(
            s,
            "s",
            s_by_hand(act, w, alpha),
            rtol=POWER,
            suspects={
                "alpha = 0.5 whatever is asked: is `alpha` used?": s_by_hand(act, w),
                "alpha and 1 - alpha changed over": a ** (1 - alpha) / wmax**alpha,
                "alpha on both terms: the weight's power is 1 - alpha": (a / wmax) ** alpha,
                "1 - alpha on both terms: the activation's power is alpha": (a / wmax) ** (1 - alpha),
                "the weight term multiplied: it divides": a**alpha * wmax ** (1 - alpha),
                "no power on the activation term": a / wmax ** (1 - alpha),
                "no power on the weight term": a**alpha / wmax,
                "the weight term forgotten": a**alpha,
                "a square root on both terms besides alpha": np.sqrt(s_by_hand(act, w, alpha)),
            },
            ask=f"alpha={alpha}: the activation's power is {alpha}, the weight's {1 - alpha:g}",
        )


@exercise("smoothing_scales")
def test_a_dead_channel_gets_one(lab, check, draw):
    act, w = a_calibration(draw)
    act[1], w[:, 3] = 0, 0
    act[4], w[:, 4] = 0, 0
    dead = [1, 3, 4]
    alive = np.setdiff1d(np.arange(len(act)), dead)
    for alpha in (0.5, 0, 1, 0.75):
        s = check.array(
            lab.smoothing_scales(act, w, alpha=alpha),
            "s",
            shape=act.shape,
            dtype=np.float32,
            ask="A channel may be silent in x, or have no weights: what is safe to divide by there?",
        )
        check.close(
            s[dead],
            f"s of the dead channels {dead} at alpha={alpha}",
            np.ones(3),
            rtol=FLOAT32,
            suspects={"1e-5, the floor, where a dead channel should be left alone": np.full(3, 1e-5)},
            ask="Channel 1 is silent in x, channel 3 has no weights, channel 4 neither: each is left alone, s = 1",
        )
        check.close(
            s[alive],
            "s of the other channels",
            s_by_hand(act[alive], w[:, alive], alpha),
            rtol=POWER,
            ask="Does the guard for dead channels change the others?",
        )


@exercise("smoothing_scales")
def test_s_is_never_below_the_floor(lab, check, draw):
    _, w = a_calibration(draw)
    w = w / np.abs(w).max(axis=0)  # every column's maximum is 1, so that s = sqrt(act)
    act = np.full(w.shape[1], 4e-10, np.float32)  # s = 2e-5, above the floor
    act[1] = 1e-14  # s would be 1e-7
    act[-1] = 1.0
    formula = s_by_hand(act, w)
    check.close(
        lab.smoothing_scales(act, w),
        "s",
        np.maximum(formula, 1e-5),
        rtol=POWER,
        suspects={
            "no floor: x / s then overflows sooner or later": formula,
            "1e-5 added: it is a floor, and changes nothing above it": formula + 1e-5,
            "the floor under act_absmax: it belongs under s": np.sqrt(np.maximum(act, 1e-5) / absmax(w, 0)),
            "a channel below the floor taken for dead": np.where(formula < 1e-5, 1.0, formula),
            "quiet channels taken for dead: only exact silence is": np.where(act < 1e-5, 1.0, formula),
            "a floor of 1e-6": np.maximum(formula, 1e-6),
            "a floor of 1e-4": np.maximum(formula, 1e-4),
            "a floor of 1e-8": np.maximum(formula, 1e-8),
        },
        ask="s is the formula's value or 1e-5, whichever is larger",
    )


@exercise("smoothing_scales")
def test_no_epsilon_blurs_quiet_channels(lab, check, draw):
    act, w = a_calibration(draw)
    act[0] = 2.0**-20
    w[:, 1] *= np.float32(2.0**-6 / np.abs(w[:, 1]).max())
    w[:, 2] *= np.float32(2.0**-16 / np.abs(w[:, 2]).max())
    s = lab.smoothing_scales(act, w)
    check.close(
        s,
        "s",
        s_by_hand(act, w),
        rtol=POWER,
        ask="Channel 0 of x and channels 1 and 2 of w are quiet, not dead: is an epsilon "
        "added before the power, or a floor put there?",
    )


@exercise("smoothing_scales")
def test_scales_come_in_float32_from_any_float_dtype_and_layout(lab, check, draw):
    rows, columns = draw.sizes(2)
    for w, dtype in any_float_views(draw, rows, columns):
        act = draw.rng.uniform(0.5, 300, 2 * columns).astype(dtype)[::-2]
        s = lab.smoothing_scales(act, w)
        check.array(s, f"s from {dtype}", shape=(columns,), dtype=np.float32)
        check.close(
            s,
            f"s from {dtype}",
            s_by_hand(act, w),
            rtol=POWER,
            ask="Is the power taken in float16? It keeps three digits" if dtype == np.float16 else "",
        )


def w8a8_output(x, w):
    """The layer on int8 codes, in float64: one scale for x, one a row of w."""
    x_scale, w_scale = absmax(x) / 127, absmax(w, 1)[:, None] / 127
    return (np.rint(x / x_scale) * x_scale) @ (np.rint(w / w_scale) * w_scale).T


def a_layer_with_outliers(draw, loudness=80.0, tokens=192, outputs=96, width=512, outliers=4):
    """Gaussian x and w; in x, a few channels are louder. Also which channels are quiet."""
    x, w = draw.gaussian(tokens, width).astype(np.float64), 0.02 * draw.gaussian(outputs, width).astype(np.float64)
    loud = draw.rng.choice(width, outliers, replace=False)
    x[:, loud] *= loudness
    return x, w, np.setdiff1d(np.arange(width), loud)


def usable_scales(check, s, width):
    s = check.array(s, "s", shape=(width,)).astype(np.float64)
    check.that(bool((s > 0).all()), f"s has a value of {s.min():.6g}; x / s needs positive ones", of=s)
    return s


@exercise("smoothing_scales")
def test_smoothing_cuts_the_output_error_to_a_third_at_80_times_outliers(lab, check, draw):
    # A demonstration, not the proof: s without its weight term, or with a mean for a maximum, passes as well.
    # The right s lets the loud channels stick out by sqrt(80) = 8.9 where it was 80, so x's step falls by that
    # much; w's rows pay with a coarser step. What is left of 8.9 is 5 to 8 on Gaussian tensors, with a bar of 3.
    x, w, _ = a_layer_with_outliers(draw)
    got = lab.smoothing_scales(absmax(x, 0).astype(np.float32), w.astype(np.float32))
    s, y = usable_scales(check, got, x.shape[1]), x @ w.T
    before, after = norm(w8a8_output(x, w) - y) / norm(y), norm(w8a8_output(x / s, w * s) - y) / norm(y)
    check.that(
        after <= before / 3,
        f"output error {before:.2%} before smoothing, {after:.2%} with your s: it must fall to a third",
        of=got,
        ask="Does s make the loud channels quieter (x / s), and by how much?",
    )


@exercise("smoothing_scales")
def test_uneven_weight_columns_are_smoothed_too(lab, check, draw):
    # Here the error itself tells a right s from its cousins: four other columns of w are 80 times louder. They take
    # part in s as well, so that both steps fall, x's and w's: the right s drops the error about 40 times
    # (sqrt(80) = 8.9 for each, or 80 in all, is the limit), one without its weight term about 8 times.
    x, w, quiet = a_layer_with_outliers(draw)
    w[:, draw.rng.choice(quiet, 4, replace=False)] *= 80
    got = lab.smoothing_scales(absmax(x, 0).astype(np.float32), w.astype(np.float32))
    s, y = usable_scales(check, got, x.shape[1]), x @ w.T
    drop = norm(w8a8_output(x, w) - y) / norm(w8a8_output(x / s, w * s) - y)
    check.that(
        drop >= 20,
        f"with loud channels in x and other loud columns in w the error drops {drop:.1f} times, expected 20 or more",
        of=got,
        ask="What does s do for a column of w that is louder than the rest? Does max|w[:, j]| enter s?",
    )


@exercise("smoothing_scales")
def test_smoothing_gives_the_quiet_channels_their_signal_back(lab, check, draw):
    # The global error hides it: the outliers' own signal is most of y. Before smoothing, x's step is about
    # 80 * 4 / 127 = 2.5 standard deviations of a quiet channel, so most of its values round to 0.
    x, w, quiet = a_layer_with_outliers(draw)
    got = lab.smoothing_scales(absmax(x, 0).astype(np.float32), w.astype(np.float32))
    s, signal = usable_scales(check, got, x.shape[1]), norm(x[:, quiet] @ w[:, quiet].T)
    before = norm(w8a8_output(x, w) - x @ w.T) / signal
    after = norm(w8a8_output(x / s, w * s) - x @ w.T) / signal
    assert before > 0.3, "the case itself: against the quiet channels' signal most is lost"
    check.that(
        after <= before / 3,
        f"against the quiet channels' signal, the error is {before:.0%} before smoothing, {after:.0%} with your s",
        of=got,
        ask="Are the quiet channels still rounded to zero after x / s?",
    )
    # Channel by channel: a step of sqrt(80) where it was 80 is about 0.3 standard deviations of a quiet channel, an
    # error of 0.3 / sqrt(12), under 0.1; channels differ by their own maxima, hence 0.25.
    step = absmax(x / s) / 127
    lost = np.linalg.norm(x / s - np.rint(x / s / step) * step, axis=0) / np.linalg.norm(x / s, axis=0)
    check.at_most(
        lost[quiet],
        "relative error of quiet channel",
        0.25,
        of=got,
        ask="A quiet channel still loses most of its signal",
    )


@exercise("smoothing_scales")
def test_smoothing_is_inert_on_healthy_tensors(lab, check, draw):
    # The control arm. Where every channel of x is as loud as the next, and every column of w, there is
    # nothing to move: s is one number everywhere, and dividing x by it and multiplying w changes no code.
    x, w, _ = a_layer_with_outliers(draw, loudness=1.0)
    even_x, even_w = x / absmax(x, 0), 3 * w / absmax(w, 0)
    got = lab.smoothing_scales(absmax(even_x, 0).astype(np.float32), even_w.astype(np.float32))
    s = usable_scales(check, got, x.shape[1])
    check.at_most(
        s.max() / s.min(),
        "largest s / smallest s where all channels are equally loud",
        1 + POWER,
        of=got,
        ask="Equal maxima must give equal s: does something else than the two maxima enter?",
    )
    # Merely Gaussian channels differ a little in their maxima; then s moves the error a little either way:
    # x's and w's maxima lie within a factor of 2 of each other, so steps move by at most sqrt(2) each.
    got = lab.smoothing_scales(absmax(x, 0).astype(np.float32), w.astype(np.float32))
    s, y = usable_scales(check, got, x.shape[1]), x @ w.T
    before, after = norm(w8a8_output(x, w) - y), norm(w8a8_output(x / s, w * s) - y)
    check.that(
        before / 1.5 <= after <= 1.5 * before,
        f"without outliers the error was {before / norm(y):.2%}, now {after / norm(y):.2%}: it should hardly move",
        of=got,
        ask="What does s do where there is nothing to smooth?",
    )


@exercise("smoothing_scales")
def test_calibrations_that_make_no_scale_are_refused_by_name(lab, check, draw):
    act, w = a_calibration(draw)
    scales = lab.smoothing_scales
    scales(act, w)
    either = ("act_absmax", "w")
    check.refuses(scales, act[:-1], w, naming=either, because=f"{len(act) - 1} act_absmax for {len(act)} columns")
    check.refuses(
        scales,
        act[:1],
        w,
        naming=either,
        because=f"an act_absmax of shape (1,) for {len(act)} columns: it would broadcast",
    )
    check.refuses(scales, act[:, None], w, naming=either, because=f"an act_absmax of shape ({len(act)}, 1)")
    check.refuses(scales, act, w[0], naming="w", because=f"a w of shape {w[0].shape}: it must be (out, in)")
    check.refuses(scales, act, w[None], naming="w", because=f"a w of shape {w[None].shape}: it must be (out, in)")
    for alpha in (0.5, 1):
        check.refuses(
            scales,
            with_a(-0.5, act),
            w,
            alpha=alpha,
            naming="act_absmax",
            because=f"an act_absmax of -0.5 (alpha={alpha}): magnitudes are not negative",
        )
    for value in (np.nan, np.inf):
        check.refuses(scales, with_a(value, act), w, naming="act_absmax", because=f"an act_absmax that holds {value}")
        check.refuses(scales, act, with_a(value, w), naming="w", because=f"a w that holds {value}")
    for alpha in (-0.1, 1.1, 50):
        check.refuses(scales, act, w, alpha=alpha, naming="alpha", because=f"alpha={alpha} (0 to 1 is possible)")


# ---- exercise 3: the reparametrization ----


def some_scales(draw, width):
    """Positive, from 1e-3 to 100, in no order."""
    return draw.rng.permutation(np.geomspace(1e-3, 100, width)).astype(np.float32)


@exercise("smooth")
def test_activations_are_divided_and_weights_multiplied(lab, check, draw):
    tokens, outputs, width = draw.sizes(3)
    x, w, s = draw.tensor(tokens, width), draw.tensor(outputs, width), some_scales(draw, width)
    x_smooth, w_smooth = lab.smooth(x, w, s)
    check.array(x_smooth, "x_smooth", shape=x.shape, dtype=np.float32, ask="The two come in this order: (x / s, w * s)")
    check.array(w_smooth, "w_smooth", shape=w.shape, dtype=np.float32)
    wide = s.astype(np.float64)
    check.close(
        x_smooth,
        "x_smooth",
        x / wide,
        rtol=FLOAT32,
        suspects={
            "x * s: the activations are divided, the loud channels made quieter": x * wide,
            "x untouched": x,
            "x / sqrt(s)": x / np.sqrt(wide),
            "x / s**2": x / wide**2,
            "x / max(s), one number for all channels": x / wide.max(),
        },
        ask="x_smooth[..., j] = x[..., j] / s[j]",
    )
    check.close(
        w_smooth,
        "w_smooth",
        w * wide,
        rtol=FLOAT32,
        suspects={
            "w / s: what x is divided by, w is multiplied by": w / wide,
            "w untouched: then the product is no longer x @ w.T": w,
            "w * sqrt(s)": w * np.sqrt(wide),
            "w * s**2": w * wide**2,
        },
        ask="w_smooth[i, j] = w[i, j] * s[j]",
    )


@exercise("smooth")
def test_on_square_matrices_s_still_runs_along_the_input_channels(lab, check, draw):
    (n,) = draw.sizes(1)
    x, w, s = draw.tensor(n, n), draw.tensor(n, n), some_scales(draw, n)
    x_smooth, w_smooth = lab.smooth(x, w, s)
    wide = s.astype(np.float64)
    check.close(
        x_smooth,
        "x_smooth",
        x / wide,
        rtol=FLOAT32,
        suspects={
            "s laid along the tokens": x / wide[:, None],
            "the two results changed over: x / s comes first": w * wide,
        },
        ask="Which axis of x does s[j] belong to?",
    )
    check.close(
        w_smooth,
        "w_smooth",
        w * wide,
        rtol=FLOAT32,
        suspects={
            "s laid along the rows: w is (out, in), s belongs to its columns": w * wide[:, None],
            "w * s transposed": (w * wide).T,
        },
        ask="Which axis of w does s[j] belong to?",
    )


@exercise("smooth")
def test_the_layer_computes_what_it_did_before(lab, check, draw):
    tokens, outputs, width = draw.sizes(3, 3, 40)
    x, w, s = draw.tensor(tokens, width), draw.tensor(outputs, width), some_scales(draw, width)
    x_smooth, w_smooth = lab.smooth(x, w, s)
    before = x.astype(np.float64) @ w.T.astype(np.float64)
    after = np.asarray(x_smooth, np.float64) @ np.asarray(w_smooth, np.float64).T
    # Each of the two is rounded to float32 at most twice (a reciprocal, a product), so that each product
    # is off by at most 4 * 2**-24 = 2**-22 of itself; summed in float64.
    bound = 1.01 * 2.0**-22 * (np.abs(x).astype(np.float64) @ np.abs(w).T.astype(np.float64))
    off = np.abs(after - before)
    worst = np.unravel_index(np.argmax(off / bound), off.shape)
    check.that(
        bool((off <= bound).all()),
        f"(x / s) @ (w * s).T is {after[worst]:.7g} at {tuple(map(int, worst))}, x @ w.T is {before[worst]:.7g}",
        of=x_smooth,
        ask="Is everything that x is divided by multiplied into w, and nothing else?",
    )


@exercise("smooth")
def test_powers_of_two_change_not_a_single_bit_of_the_products(lab, check, draw):
    tokens, outputs, width = draw.sizes(3)
    x, w = draw.tensor(tokens, width), draw.tensor(outputs, width)
    s = np.exp2(draw.rng.integers(-9, 8, width)).astype(np.float32)
    x_smooth, w_smooth = lab.smooth(x, w, s)
    check.array(x_smooth, "x_smooth", shape=x.shape)
    check.array(w_smooth, "w_smooth", shape=w.shape)
    # float32 divides by a power of two exactly, and float64 holds each product of two float32 exactly.
    products = np.asarray(x_smooth, np.float64)[:, None, :] * np.asarray(w_smooth, np.float64)
    check.equal(
        products,
        "products x_smooth * w_smooth",
        x.astype(np.float64)[:, None, :] * w.astype(np.float64),
        ask="Is an epsilon added to s, or s clipped? Then the layer computes something else",
    )


@exercise("smooth")
@LEADING
def test_smoothing_keeps_every_leading_axis(lab, check, draw, leading):
    outputs, width = draw.sizes(2, 5, 12)
    x, w, s = draw.tensor(*leading, width), draw.tensor(outputs, width), some_scales(draw, width)
    x_smooth, _ = lab.smooth(x, w, s)
    check.array(x_smooth, "x_smooth", shape=x.shape, dtype=np.float32, ask="Only the last axis of x is the layer's")
    check.close(x_smooth, "x_smooth", x / s.astype(np.float64), rtol=FLOAT32)


@exercise("smooth")
def test_smoothing_takes_any_float_dtype_and_memory_layout(lab, check, draw):
    tokens, outputs, width = draw.sizes(3)
    s = some_scales(draw, width).astype(np.float64)
    for (x, dtype), (w, _) in zip(any_float_views(draw, tokens, width), any_float_views(draw, outputs, width)):
        x_smooth, w_smooth = lab.smooth(x, w, s)
        ask = (
            "Is s turned into float16, or the division done in it? It keeps three digits" if dtype == np.float16 else ""
        )
        check.array(x_smooth, f"x_smooth of a {dtype} view", shape=x.shape, dtype=np.float32)
        check.close(x_smooth, f"x_smooth of a {dtype} view", x / s, rtol=FLOAT32, ask=ask)
        check.array(w_smooth, f"w_smooth of a {dtype} view", shape=w.shape, dtype=np.float32)
        check.close(w_smooth, f"w_smooth of a {dtype} view", w * s, rtol=FLOAT32, ask=ask)


@exercise("smooth")
def test_scales_that_cannot_be_undone_are_refused_by_name(lab, check, draw):
    tokens, outputs, width = draw.sizes(3)
    x, w, s = draw.tensor(tokens, width), draw.tensor(outputs, width), some_scales(draw, width)
    lab.smooth(x, w, s)
    fits = ("s", "x", "w")
    check.refuses(lab.smooth, x, w, s[:-1], naming=fits, because=f"{width - 1} scales for {width} channels")
    check.refuses(
        lab.smooth, x, w, s[:1], naming=fits, because=f"an s of shape (1,) for {width} channels: it would broadcast"
    )
    check.refuses(lab.smooth, x, w, s[None], naming=fits, because=f"an s of shape (1, {width}): it must be (in,)")
    check.refuses(lab.smooth, x[:, :-1], w, s, naming=fits, because=f"x of {width - 1} features for a w {w.shape}")
    check.refuses(lab.smooth, x, w[0], s, naming="w", because=f"a w of shape {w[0].shape}: it must be (out, in)")
    cube = np.ones((2, width, width), np.float32)
    check.refuses(lab.smooth, x, cube, s, naming="w", because=f"a w of shape {cube.shape}: it must be (out, in)")
    for value in (0.0, -2.0, np.nan, np.inf):
        check.refuses(
            lab.smooth, x, w, with_a(value, s), naming="s", because=f"an s of {value}: scales are positive and finite"
        )
    for value in (np.nan, np.inf):
        check.refuses(lab.smooth, with_a(value, x), w, s, naming="x", because=f"an x that holds {value}")
        check.refuses(lab.smooth, x, with_a(value, w), s, naming="w", because=f"a w that holds {value}")


# ---- exercise 4: where the division lives ----


def a_gain(draw, width):
    """Around 1, as a norm's gain is, with a negative, a zero and a loud one."""
    gain = draw.rng.uniform(0.3, 1.7, width).astype(np.float32)
    gain[:3] = [-0.75, 0.0, 12.5]
    return gain


@exercise("fold_into_norm")
def test_the_gain_is_divided_by_s(lab, check, draw):
    (width,) = draw.sizes(1, 5, 14)
    gain, s = a_gain(draw, width), some_scales(draw, width)
    folded = lab.fold_into_norm(gain, s)
    check.array(folded, "gain_smooth", shape=(width,), dtype=np.float32)
    g, wide = gain.astype(np.float64), s.astype(np.float64)
    check.close(
        folded,
        "gain_smooth",
        g / wide,
        rtol=FLOAT32,
        suspects={
            "gain * s: the norm's output is what is divided by s, so its gain is divided": g * wide,
            "gain untouched": g,
            "1 / s: the norm's own gain is lost": 1 / wide,
            "|gain| / s: the sign is lost": np.abs(g) / wide,
            "(1 + gain) / s - 1: that is for norms that store gain - 1, as Gemma's; here gain is the gain": (1 + g)
            / wide
            - 1,
            "(1 + gain) / s: here gain is the whole gain": (1 + g) / wide,
            "gain / sqrt(s)": g / np.sqrt(wide),
            "gain / s**2": g / wide**2,
            "gain - s: it is divided": g - wide,
            "gain / max(s), one number for all channels": g / wide.max(),
        },
        ask="normalize(x) * gain / s = normalize(x) * (gain / s)",
    )


@exercise("fold_into_norm")
def test_the_norm_then_gives_the_smoothed_activations(lab, check, draw):
    tokens, width = draw.sizes(2, 4, 24)
    h, gain, s = draw.tensor(tokens, width).astype(np.float64), a_gain(draw, width), some_scales(draw, width)
    normalized = h / np.sqrt((h**2).mean(axis=-1, keepdims=True) + 1e-6)  # RMSNorm
    folded = np.asarray(lab.fold_into_norm(gain, s), np.float64)
    # gain / s is rounded to float32 at most twice, so the norm's output is off by at most 2**-22 of itself.
    check.close(
        normalized * folded,
        "normalize(h) * gain_smooth",
        (normalized * gain) / s,
        rtol=2.0**-22,
        suspects={
            "gain * s: now the loud channels are louder still": normalized * gain * s,
        },
        ask="What the layer receives must be what it received before, divided by s",
    )


@exercise("fold_into_norm")
def test_a_gain_is_folded_in_any_float_dtype_and_memory_layout(lab, check, draw):
    (width,) = draw.sizes(1, 5, 14)
    s = some_scales(draw, 2 * width)[::-2].astype(np.float64)
    for dtype in (np.float16, np.float32, np.float64):
        gain = np.repeat(a_gain(draw, width), 2).astype(dtype)[::-2]
        folded = lab.fold_into_norm(gain, s)
        check.array(folded, f"gain_smooth from {np.dtype(dtype)}", shape=(width,), dtype=np.float32)
        check.close(
            folded,
            f"gain_smooth from {np.dtype(dtype)}",
            gain / s,
            rtol=FLOAT32,
            ask="Is s turned into float16? It keeps three digits" if dtype == np.float16 else "",
        )


@exercise("fold_into_norm")
def test_a_gain_and_scales_that_do_not_fit_are_refused_by_name(lab, check, draw):
    (width,) = draw.sizes(1, 5, 14)
    gain, s = a_gain(draw, width), some_scales(draw, width)
    lab.fold_into_norm(gain, s)
    either = ("gain", "s")
    check.refuses(lab.fold_into_norm, gain[:-1], s, naming=either, because=f"{width - 1} gains for {width} scales")
    check.refuses(
        lab.fold_into_norm,
        gain,
        s[:1],
        naming=either,
        because=f"an s of shape (1,) for {width} gains: it would broadcast",
    )
    check.refuses(
        lab.fold_into_norm, gain[:, None], s, naming=either, because=f"a gain of shape ({width}, 1): it must be (in,)"
    )
    for value in (0.0, -2.0, np.nan, np.inf):
        check.refuses(
            lab.fold_into_norm,
            gain,
            with_a(value, s),
            naming="s",
            because=f"an s of {value}: scales are positive and finite",
        )
    for value in (np.nan, np.inf):
        check.refuses(lab.fold_into_norm, with_a(value, gain), s, naming="gain", because=f"a gain that holds {value}")


# ---- exercise 5: the layer on int8 codes ----


def codes(a, scale, how=np.rint):
    return np.clip(how(np.asarray(a, np.float64) / scale), -127, 127)


def w8a8_by_hand(x, w, bias=0.0):
    """(expected, tolerance). A code within 1e-4 of a tie may go to either side: dividing by a scale, multiplying by
    its reciprocal, or rounding the scale to float32 differ there. The rest is float32 rounding: of the sum of `in`
    products, whose order is free, and of a few factors."""
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    x_scale, w_scale = absmax(x) / 127 or 1.0, absmax(w, 1) / 127
    w_scale[w_scale == 0] = 1.0
    x_q, w_q = codes(x, x_scale), codes(w, w_scale[:, None])
    x_doubt, w_doubt = _near_a_tie(x / x_scale), _near_a_tie(w / w_scale[:, None])
    doubt = x_doubt @ np.abs(w_q).T + np.abs(x_q) @ w_doubt.T + x_doubt @ w_doubt.T
    rounding = (w.shape[1] + 8) * 2.0**-23 * (np.abs(x_q) @ np.abs(w_q).T)
    tolerance = (doubt + rounding) * x_scale * w_scale + 8 * 2.0**-23 * np.abs(bias)
    return (x_q @ w_q.T) * x_scale * w_scale + bias, tolerance


def _near_a_tie(ratio):
    return (np.abs(ratio - np.floor(ratio) - 0.5) < 1e-4).astype(np.float64)


def a_real_layer(draw, square=False):
    """(w, bias): rows of different loudness, so that each needs a scale of its own."""
    outputs, width = draw.sizes(2, 5, 14)
    w = draw.tensor(outputs, outputs if square else width) * np.geomspace(0.02, 3, outputs, dtype=np.float32)[:, None]
    return w, draw.tensor(outputs) * 3


def fake(a, axis=None, qmax=127, how=np.rint):
    """a after a round trip through codes: one scale for all of it, or one for each slice along `axis`."""
    a = np.asarray(a, np.float64)
    scale = np.abs(a).max(axis=axis, keepdims=axis is not None) / qmax
    return np.clip(how(a / scale), -127, 127) * scale


@exercise("w8a8_linear")
def test_the_layer_is_the_product_of_codes_rescaled_plus_bias(lab, check, draw):
    w, bias = a_real_layer(draw)
    x = draw.tensor(15, w.shape[1])
    y = lab.w8a8_linear(x, w, bias)
    check.array(y, "y", shape=(15, len(w)), dtype=np.float32)
    expected, tolerance = w8a8_by_hand(x, w, bias)
    x_scale, w_scale, product = absmax(x) / 127, absmax(w, 1) / 127, expected - bias
    check.close(
        y,
        "y",
        expected,
        atol=tolerance,
        suspects={
            "the bias left out": product,
            "nothing quantized: this is the float layer": x.astype(np.float64) @ w.T + bias,
            "the activations left in float: that is W8A16": x @ fake(w, 1).T + bias,
            "the weights left in float": fake(x) @ w.T + bias,
            "one activation scale a token: here it is one for the whole of x": fake(x, -1) @ fake(w, 1).T + bias,
            "one activation scale a channel: integer sums over channels then have no common unit": fake(x, 0)
            @ fake(w, 1).T
            + bias,
            "one weight scale for the whole matrix: it is one an output channel": fake(x) @ fake(w).T + bias,
            "one weight scale an input channel: it is one an output channel, a row of w": fake(x) @ fake(w, 0).T + bias,
            "the activation scale left out of the result": product / x_scale + bias,
            "the weight scales left out of the result": product / w_scale + bias,
            "both scales left out: these are sums of codes": product / x_scale / w_scale + bias,
            "the bias scaled along with the codes: it is in real units already": (product / x_scale / w_scale + bias)
            * x_scale
            * w_scale,
            "the bias scaled by the activation scale": product + bias * x_scale,
            "the bias subtracted": product - bias,
            "the bias rounded to int8 as well: it is added in float": lambda: product + fake(bias),
            "activations truncated to codes (astype without rounding)": fake(x, how=np.trunc) @ fake(w, 1).T + bias,
            "weights truncated to codes (astype without rounding)": fake(x) @ fake(w, 1, how=np.trunc).T + bias,
            "both truncated to codes (astype without rounding)": fake(x, how=np.trunc) @ fake(w, 1, how=np.trunc).T
            + bias,
            "floor for rounding on both sides": fake(x, how=np.floor) @ fake(w, 1, how=np.floor).T + bias,
            "ceil for rounding on both sides": fake(x, how=np.ceil) @ fake(w, 1, how=np.ceil).T + bias,
            "scales of max / 128: the grid is symmetric and ends at 127": fake(x, qmax=128) @ fake(w, 1, qmax=128).T
            + bias,
            "an activation scale of max / 128": fake(x, qmax=128) @ fake(w, 1).T + bias,
            "a weight scale of max / 128": fake(x) @ fake(w, 1, qmax=128).T + bias,
            "scales of max / 127.5": fake(x, qmax=127.5) @ fake(w, 1, qmax=127.5).T + bias,
            "scales of max / 255, the step of unsigned codes": fake(x, qmax=255) @ fake(w, 1, qmax=255).T + bias,
            "the sums wrapped in int8: int8 times int8 needs int32": lambda: _wrapped(x, w, np.int8) + bias,
            "the sums wrapped in int16: sums of int8 products need int32": lambda: _wrapped(x, w, np.int16) + bias,
            "max(x) for max|x|: the loudest activation may be negative": lambda: (
                codes(x, x.max() / 127) * (float(x.max()) / 127) @ fake(w, 1).T + bias
            ),
        },
        ask="y = (x codes @ w codes.T) * x_scale * w_scale + bias: which of the five is different in yours?",
    )


def _wrapped(x, w, dtype):
    """What comes out if the codes are multiplied and summed in `dtype`."""
    x_scale, w_scale = absmax(x) / 127, absmax(w, 1) / 127
    return (codes(x, x_scale).astype(dtype) @ codes(w, w_scale[:, None]).astype(dtype).T) * x_scale * w_scale


@exercise("w8a8_linear")
def test_long_sums_of_large_codes_do_not_wrap(lab, check, draw):
    outputs, tokens = draw.sizes(2)
    (width,) = draw.sizes(1, 300, 900)
    # Nearly everything is loud and of one sign: sums reach width * 127**2, millions, far beyond int16 and float16.
    x = draw.rng.uniform(0.8, 1.0, (tokens, width)).astype(np.float32)
    w = -draw.rng.uniform(0.8, 1.0, (outputs, width)).astype(np.float32)
    expected, tolerance = w8a8_by_hand(x, w)
    check.close(
        lab.w8a8_linear(x, w),
        "y",
        expected,
        atol=tolerance,
        suspects={
            "sums that wrapped in int8: the codes must be widened before they are multiplied": _wrapped(x, w, np.int8),
            "sums that wrapped in int16: they need int32": _wrapped(x, w, np.int16),
        },
        ask=f"The sums reach {width} * 127 * 127: which type holds them exactly?",
    )


@exercise("w8a8_linear")
def test_one_activation_scale_serves_every_token(lab, check, draw):
    w, _ = a_real_layer(draw)
    batch, tokens = draw.sizes(2, 3, 6)
    x = draw.tensor(batch, tokens, w.shape[1]) * np.geomspace(0.1, 5, batch * tokens, dtype=np.float32).reshape(
        batch, tokens, 1
    )
    expected, tolerance = w8a8_by_hand(x, w)
    check.close(
        lab.w8a8_linear(x, w),
        "y",
        expected,
        atol=tolerance,
        suspects={
            "one activation scale a token: per tensor means one for the whole of x": fake(x, -1) @ fake(w, 1).T,
            "one activation scale a sequence of the batch": fake(x, (1, 2)) @ fake(w, 1).T,
            "the scale of the first sequence for all": lambda: (
                codes(x, absmax(x[0]) / 127) * (absmax(x[0]) / 127) @ fake(w, 1).T
            ),
        },
        ask="x_scale = max|x| / 127 over every token of every sequence",
    )


@exercise("w8a8_linear")
def test_a_square_weight_is_quantized_by_row_and_transposed(lab, check, draw):
    w, bias = a_real_layer(draw, square=True)
    x = draw.tensor(4, w.shape[1])
    expected, tolerance = w8a8_by_hand(x, w, bias)
    w_scale = absmax(w, 1) / 127
    check.close(
        lab.w8a8_linear(x, w, bias),
        "y",
        expected,
        atol=tolerance,
        suspects={
            "one weight scale an input channel: w is (out, in), an output channel is a row": fake(x) @ fake(w, 0).T
            + bias,
            "x @ w without the transpose": fake(x) @ fake(w, 1) + bias,
            "x @ w codes without the transpose": lambda: (fake(x) @ codes(w, w_scale[:, None])) * w_scale + bias,
            "codes divided by one row's scale and multiplied by another's: (out,) along the columns": lambda: (
                fake(x) @ (codes(w, w_scale) * w_scale[:, None]).T + bias
            ),
        },
        ask="Which axis of w is the output channel, and which meets the last axis of x?",
    )


@exercise("w8a8_linear")
def test_ties_go_to_the_even_code_on_both_sides(lab, check):
    # The loudest magnitude is 127 everywhere, so all scales are exactly 1 and each k + 1/2 is an exact tie.
    values = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 125.5, -127.0])
    ways = {
        "ties away from zero: torch and numpy round half to even (np.rint)": np.sign(values)
        * np.floor(np.abs(values) + 0.5),
        "floor(v + 0.5), which pushes every tie up": np.floor(values + 0.5),
        "truncation instead of rounding": np.trunc(values),
        "floor instead of rounding": np.floor(values),
    }
    unit = 127 * np.eye(len(values))  # one code of 127 a row: the sums show the other side's codes
    y = np.asarray(lab.w8a8_linear(values.astype(np.float32), unit.astype(np.float32)), np.float64)
    check.close(
        y,
        "y (127 times the codes of x)",
        127 * np.rint(values),
        rtol=FLOAT32,
        suspects={f"{words}, in the activations": 127 * value for words, value in ways.items()},
        ask="How are the codes of x rounded?",
    )
    y = np.asarray(lab.w8a8_linear(unit.astype(np.float32), values[None].astype(np.float32)), np.float64)
    check.close(
        y,
        "y (127 times the codes of w)",
        127 * np.rint(values)[:, None],
        rtol=FLOAT32,
        suspects={f"{words}, in the weights": 127 * value[:, None] for words, value in ways.items()},
        ask="How are the codes of w rounded?",
    )


@exercise("w8a8_linear")
def test_a_peak_above_zero_sets_the_scales_as_well(lab, check, draw):
    w, _ = a_real_layer(draw)
    x, w = -draw.tensor(6, w.shape[1]), -w  # now the loudest values are positive
    expected, tolerance = w8a8_by_hand(x, w)
    check.close(
        lab.w8a8_linear(x, w),
        "y",
        expected,
        atol=tolerance,
        suspects={
            "|min| for max|.|: the loudest value may also be positive": lambda: (
                codes(x, -x.min() / 127) * (-float(x.min()) / 127) @ fake(w, 1).T
            ),
            "scales of max / 128 whose loudest code is clipped": fake(x, qmax=128) @ fake(w, 1, qmax=128).T,
        },
        ask="Is the magnitude taken before the maximum, and is 127 code enough for it?",
    )


@exercise("w8a8_linear")
def test_the_activation_scale_is_found_anew_at_each_call(lab, check, draw):
    w, _ = a_real_layer(draw)
    for loudness in (100, 1, 0.01):
        x = draw.tensor(5, w.shape[1]) * np.float32(loudness)
        expected, tolerance = w8a8_by_hand(x, w)
        check.close(
            lab.w8a8_linear(x, w),
            f"y for an x {loudness} times as loud",
            expected,
            atol=tolerance,
            ask="Dynamic means that the scale is this x's own: is one kept, or fixed?",
        )


@exercise("w8a8_linear")
@LEADING
def test_the_layer_keeps_every_leading_axis(lab, check, draw, leading):
    w, bias = a_real_layer(draw)
    x = draw.tensor(*leading, w.shape[1])
    y = lab.w8a8_linear(x, w, bias)
    check.array(y, "y", shape=(*leading, len(w)), dtype=np.float32, ask="Only the last axis of x is the layer's")
    expected, tolerance = w8a8_by_hand(x, w, bias)
    check.close(y, "y", expected, atol=tolerance)


@exercise("w8a8_linear")
def test_silence_gives_the_bias_and_no_nan(lab, check, draw):
    w, bias = a_real_layer(draw)
    w[2] = 0
    x = draw.tensor(4, w.shape[1])
    x[1] = 0
    y = lab.w8a8_linear(x, w, bias)
    check.array(y, "y", shape=(4, len(w)), ask="Row 2 of w is all zero: what is its scale, and what is divided by it?")
    expected, tolerance = w8a8_by_hand(x, w, bias)
    check.close(
        y,
        "y where token 1 and row 2 of w are all zero",
        expected,
        atol=tolerance,
        ask="A zero row gives its bias; does its guard change the other rows?",
    )
    y = lab.w8a8_linear(np.zeros_like(x), w, bias)
    check.array(y, "y", shape=(4, len(w)), ask="x is all zero: what is its scale, and what is divided by it?")
    check.close(y, "y of an all-zero x", np.tile(bias, (4, 1)), rtol=FLOAT32, ask="Zero activations give the bias")


@exercise("w8a8_linear")
def test_quiet_layers_are_computed_as_well_as_loud_ones(lab, check, draw):
    w, _ = a_real_layer(draw)
    x = draw.tensor(5, w.shape[1])
    for x_power, w_power in ((-40, 0), (0, -40), (30, -30)):
        quiet_x, quiet_w = np.ldexp(x, x_power), np.ldexp(w, w_power)
        expected, tolerance = w8a8_by_hand(quiet_x, quiet_w)
        check.close(
            lab.w8a8_linear(quiet_x, quiet_w),
            f"y at 2**{x_power} times x, 2**{w_power} times w",
            expected,
            atol=tolerance,
            ask="Is an epsilon added to a scale, or a floor under it? Only an exact zero needs a guard",
        )


@exercise("w8a8_linear")
def test_the_layer_takes_any_float_dtype_and_memory_layout(lab, check, draw):
    outputs, width, tokens, batch = draw.sizes(4, 3, 14)
    for (x, dtype), (w, _) in zip(any_float_views(draw, batch, tokens, width), any_float_views(draw, outputs, width)):
        bias = draw.tensor(2 * outputs).astype(dtype)[::-2]
        y = lab.w8a8_linear(x, w, bias)
        check.array(y, f"y from {dtype} views", shape=(batch, tokens, outputs), dtype=np.float32)
        expected, tolerance = w8a8_by_hand(x, w, bias.astype(np.float64))
        check.close(
            y,
            f"y from {dtype} views",
            expected,
            atol=tolerance,
            ask="Is a scale or a ratio computed in float16? It keeps three digits"
            if dtype == np.float16
            else "Is the array's memory order relied on (ravel, view)?",
        )


@exercise("w8a8_linear")
def test_layers_that_do_not_fit_are_refused_by_name(lab, check, draw):
    w, bias = a_real_layer(draw)
    x, layer = draw.tensor(5, w.shape[1]), lab.w8a8_linear
    layer(x, w, bias)
    check.refuses(
        layer, x[:, :-1], w, bias, naming=("x", "w"), because=f"x of {w.shape[1] - 1} features for a w {w.shape}"
    )
    check.refuses(layer, x, w[0], naming="w", because=f"a w of shape {w[0].shape}: it must be (out, in)")
    cube = np.ones((2, w.shape[1], w.shape[1]), np.float32)
    check.refuses(layer, x, cube, naming="w", because=f"a w of shape {cube.shape}: it must be (out, in)")
    check.refuses(
        layer, x, w, bias[:-1], naming=("bias", "w"), because=f"a bias of {len(w) - 1} values for {len(w)} rows"
    )
    check.refuses(
        layer,
        x,
        w,
        bias[:1],
        naming=("bias", "w"),
        because=f"a bias of shape (1,) for {len(w)} rows: it would broadcast",
    )
    for value in (np.nan, np.inf, -np.inf):
        check.refuses(layer, with_a(value, x), w, naming="x", because=f"an x that holds {value}")
        check.refuses(layer, x, with_a(value, w), naming="w", because=f"a w that holds {value}")


# ---- exercise 6: which channels are outliers ----


def the_channels(check, got, expected, suspects=None, ask="", what="channels"):
    """`got` are these indices, integer, in this order."""
    expected, values = [int(i) for i in expected], np.asarray(got)
    if values.dtype == bool:
        check.fail(
            got,
            f"{what} is a mask of booleans, expected integer indices",
            "Which numpy function gives the places where a mask is true?",
        )
    if values.ndim != 1:
        check.fail(
            got,
            f"{what} has shape {values.shape}, expected ({len(expected)},)",
            "A flat array of indices is expected, also for one or none",
        )
    if values.dtype.kind not in "iu":
        check.fail(
            got,
            f"{what} is {values.dtype}, expected integer indices",
            "np.array([]) is float: which dtype do indices have, also when there are none?",
        )
    if values.tolist() != expected:
        says = f"{what}: got {_listed(values.tolist())}, expected {_listed(expected)}"
        fitting = [words for words, value in (suspects or {}).items() if [int(i) for i in value] == values.tolist()]
        check.fail(got, says, f"That is what you get with {', or with '.join(fitting[:3])}" if fitting else ask)


def _listed(indices):
    return str(indices) if len(indices) <= 8 else f"{indices[:8]} and {len(indices) - 8} more"


def activations_with_peaks(draw, tokens, peaks):
    """(tokens, in) whose channel j reaches peaks[j] once, below zero, and is at most half as loud elsewhere."""
    x = draw.rng.uniform(-0.5, 0.5, (tokens, len(peaks)))
    x[draw.rng.integers(tokens, size=len(peaks)), np.arange(len(peaks))] = -1
    return (x * peaks).astype(np.float32)


def above(loudness, limit):
    return np.flatnonzero(loudness > limit)


@exercise("outlier_channels")
def test_channels_louder_than_factor_times_the_median_are_found_in_order(lab, check, draw):
    width, tokens = 2 * draw.sizes(1, 8, 12)[0] + 1, int(draw.rng.integers(10, 15))
    peaks = draw.rng.uniform(1.0, 1.1, width)
    peaks[1::2] *= 0.2  # two kinds of quiet channels; the median is one of the louder kind
    # Louder than 20 times the median: the first and the third of these, and the fourth, which spikes only once.
    places = np.sort(draw.rng.choice(np.arange(0, width, 2), 4, replace=False))
    peaks[places] = [30, 13, 300, 23]
    x = activations_with_peaks(draw, tokens, peaks)
    x[:, places] = np.minimum(x[:, places], 0.01)  # loud below zero only
    x[:, places[3]] = np.maximum(x[:, places[3]], -0.01)
    x[2, places[3]] = -23
    x = x * np.float32(0.25)
    a = np.abs(x).astype(np.float64)
    loud = a.max(axis=0)
    got = lab.outlier_channels(x)
    median = np.median(loud)
    found = above(loud, 20 * median)
    the_channels(
        check,
        got,
        found,
        {
            "the mean of the channels for their median: the outliers themselves pull the mean up": above(
                loud, 20 * loud.mean()
            ),
            "the median of all values for the median of the channels' maxima": above(loud, 20 * np.median(a)),
            "the mean of all values for the median of the channels' maxima": above(loud, 20 * a.mean()),
            "the standard deviation for the median channel": above(loud, 20 * loud.std()),
            "a fixed threshold: loud is meant against the median channel": above(loud, 20),
            "mean|x| for max|x|: a channel that spikes once is loud too": above(
                a.mean(axis=0), 20 * np.median(a.mean(axis=0))
            ),
            "std(x) for max|x|: a channel that spikes once is loud too": above(
                x.std(axis=0), 20 * np.median(x.std(axis=0))
            ),
            "the root mean square for max|x|: a channel that spikes once is loud too": above(
                np.sqrt((a**2).mean(axis=0)), 20 * np.median(np.sqrt((a**2).mean(axis=0)))
            ),
            "max(x) without the magnitude: a channel may peak below zero": above(
                x.max(axis=0), 20 * np.median(x.max(axis=0))
            ),
            "the quiet channels: those that are not louder": above(-loud, -20 * median),
            "channels sorted by loudness: indices are expected in rising order": sorted(found, key=lambda j: loud[j]),
            "channels sorted by loudness, the loudest first: indices are expected in rising order": sorted(
                found, key=lambda j: -loud[j]
            ),
            "tokens, not channels": above(a.max(axis=1), 20 * np.median(a.max(axis=1))),
            "the loudest channel alone": [int(loud.argmax())],
            "the smallest channel for the median one": above(loud, 20 * loud.min()),
            "the loudest channel for the median one": above(loud, 20 * loud.max()),
        },
        ask="A channel's loudness is max|x[..., j]|; it is louder when it exceeds 20 times the median channel's",
    )


@exercise("outlier_channels")
def test_only_loudness_against_the_median_counts(lab, check, draw):
    (tokens,) = draw.sizes(1)
    x = activations_with_peaks(draw, tokens, np.array([1, 1.25, 70, 0.75, 1, 25, 1.5, 0.5, 15]))  # the median is 1.25
    for power in (-60, 0, 30):
        the_channels(
            check,
            lab.outlier_channels(np.ldexp(x, power)),
            [2],
            {
                "the mean of the channels, or too small a median": [2, 5],
            },
            ask=f"x is 2**{power} times as loud here, which changes no ratio: is a threshold or epsilon fixed?",
        )


@exercise("outlier_channels")
def test_exactly_factor_times_the_median_is_not_louder(lab, check, draw):
    (tokens,) = draw.sizes(1)
    peaks = np.array([0.5, 10.0, 0.5, 0.25, 10.0625, 0.5, 0.5])  # the median is 0.5, and 20 * 0.5 is 10, all exact
    the_channels(
        check,
        lab.outlier_channels(activations_with_peaks(draw, tokens, peaks)),
        [4],
        {
            ">= for >: exactly 20 times the median is not louder": [1, 4],
        },
        ask="Channel 1 is exactly 20 times the median, channel 4 a little more",
    )


@exercise("outlier_channels")
def test_factor_sets_how_loud_is_too_loud(lab, check, draw):
    for factor, expected in [(2, [0, 3, 5, 8]), (5.0, [0, 5, 8]), (100, [5])]:
        (tokens,) = draw.sizes(1)
        peaks = np.array([-6, 1.0, 1.2, 3, 0.9, 150, 1, 0.7, 30])  # the median is 1.2
        x = activations_with_peaks(draw, tokens, peaks)
        the_channels(
            check,
            lab.outlier_channels(x, factor=factor),
            above(np.abs(peaks), factor * 1.2),
            {
                "20 times, whatever is asked: is `factor` used?": [5, 8],
                "the median left out: louder than factor in absolute terms": above(np.abs(peaks), factor),
            },
            ask=f"factor={factor}: louder than {factor} times the median channel, 1.2",
        )


@exercise("outlier_channels")
def test_where_nothing_sticks_out_the_answer_is_empty_and_integer(lab, check, draw):
    x = draw.rng.uniform(1, 3, (5, 9)).astype(np.float32)
    the_channels(check, lab.outlier_channels(x), [], ask="No channel is louder than 20 times the median here")
    the_channels(
        check,
        lab.outlier_channels(np.zeros((5, 9), np.float32)),
        [],
        {
            "zero counted as louder than 20 times zero": range(9),
        },
        ask="All channels are silent: 0 is not louder than 20 * 0",
        what="channels of an all-zero x",
    )


@exercise("outlier_channels")
@LEADING
def test_outliers_are_sought_over_every_leading_axis(lab, check, draw, leading):
    (width,) = draw.sizes(1, 7, 14)
    width += 1 - width % 2
    x = draw.rng.uniform(0.5, 1, (*leading, width)).astype(np.float32)
    loud = np.sort(draw.rng.choice(width, 2, replace=False))
    flat = x.reshape(-1, width)  # a view: the first is loud in the last token only, the second in the first
    flat[-1, loud[0]], flat[0, loud[1]] = -64, 50
    the_channels(
        check,
        lab.outlier_channels(x),
        loud,
        {
            "places in the flattened x for channels": np.flatnonzero(
                np.abs(x) > 20 * np.median(np.abs(flat).max(axis=0))
            ),
            **({"the first sequence only": [loud[1]], "the last sequence only": [loud[0]]} if len(leading) > 1 else {}),
        },
        ask="Is every token of every sequence looked at, and only the last axis a channel?",
    )


@exercise("outlier_channels")
def test_a_square_x_has_outliers_by_channel_not_by_token(lab, check, draw):
    x = draw.rng.uniform(0.5, 1, (9, 9)).astype(np.float32)
    x[:, 6] *= 50  # one loud channel; every token holds one of its values
    the_channels(check, lab.outlier_channels(x), [6], ask="A channel is a place on the last axis")
    the_channels(
        check,
        lab.outlier_channels(x.T.copy()),
        [],
        {
            "tokens, not channels: here one token is loud in every channel": [6],
        },
        ask="One loud token makes every channel equally loud",
    )


@exercise("outlier_channels")
def test_outliers_are_found_in_any_float_dtype_and_memory_layout(lab, check, draw):
    for x, dtype in any_float_views(draw, *draw.sizes(2, 7, 12)):
        x = x.copy(order="F")
        x[:, 1::2] *= np.asarray(0.5, dtype)
        loud = absmax(x, 0)
        x[0, 2] = -np.asarray(64 * np.median(loud), dtype)
        got = lab.outlier_channels(x[:, ::-1])
        loud = absmax(x[:, ::-1], 0)
        the_channels(
            check,
            got,
            above(loud, 20 * np.median(loud)),
            ask="Is the array's memory order relied on (ravel, view)?",
            what=f"channels of a {dtype} view",
        )


@exercise("outlier_channels")
def test_activations_without_channels_are_refused_by_name(lab, check, draw):
    x = draw.tensor(*draw.sizes(3))
    lab.outlier_channels(x)
    for value in (np.nan, np.inf, -np.inf):
        check.refuses(lab.outlier_channels, with_a(value, x), naming="x", because=f"an x that holds {value}")
    check.refuses(lab.outlier_channels, np.array(3.0), naming="x", because="an x of shape (): it has no channels")
