"""Beyond the core of lab 04: AWQ's searched scale. The fixtures are those of test_lab.py."""

import numpy as np
import pytest

exercise = pytest.mark.exercise


def absmax(a, axis=None):
    return np.abs(np.asarray(a, np.float64)).max(axis=axis)


def norm(a):
    return float(np.linalg.norm(a))


def with_a(value, array):
    bad = array.copy()
    bad[(-1,) * bad.ndim] = value
    return bad


def positive(scale):
    return np.where(scale == 0, 1.0, scale)


def fake(a, axis=None, qmax=127, how=np.rint, loudest=None):
    """a after a round trip through codes: one scale for all of it, or one for each slice along `axis`."""
    a = np.asarray(a, np.float64)
    loudest = np.abs(a).max(axis=axis, keepdims=axis is not None) if loudest is None else loudest
    scale = positive(loudest / qmax)
    return np.clip(how(a / scale), -qmax, qmax) * scale


GRIDS = (np.arange(20) / 20, np.linspace(0, 1, 20), np.linspace(0, 1, 21))


def int4(w, group_size, kind="symmetric"):
    """w after a round trip through 4-bit codes, one scale for every `group_size` inputs of a row."""
    groups = w.reshape(len(w), -1, group_size)
    if kind == "symmetric":
        return fake(groups, -1, qmax=7).reshape(w.shape)
    low, high = np.minimum(groups.min(axis=-1, keepdims=True), 0), np.maximum(groups.max(axis=-1, keepdims=True), 0)
    scale = positive((high - low) / 15)
    zero = np.rint(-low / scale)
    return ((np.clip(np.rint(groups / scale) + zero, 0, 15) - zero) * scale).reshape(w.shape)


class Search:
    """What there is to know of a case: the output error of any s, the best of a search, the choices of wrong ones."""

    def __init__(self, x, w, group_size):
        self.x, self.w, self.group_size = x.astype(np.float64).reshape(-1, w.shape[1]), w.astype(np.float64), group_size
        self.gram = self.x.T @ self.x  # |x @ d.T|**2 is the sum of (d @ gram) * d, for any d

    def error(self, s, kind="symmetric", group_size=None, x=None):
        d = int4(self.w * s, group_size or self.group_size, kind) / s - self.w
        return float(np.sqrt(max((d @ self.gram * d).sum(), 0.0))) if x is None else norm(x @ d.T)

    def weight_error(self, s):
        return norm(int4(self.w * s, self.group_size) / s - self.w)

    def loudness(self, how=None):
        return positive((how or (lambda x: np.abs(x).mean(axis=0)))(self.x))

    def pick(self, judge, alphas=GRIDS[0], how=None, best=min):
        return best((self.loudness(how) ** alpha for alpha in alphas), key=judge)

    def suspects(self):
        mean, ones = self.loudness(), np.ones(self.w.shape[1])
        peak = lambda x: np.abs(x).max(axis=0)  # noqa: E731
        best, row = self.pick(self.error), self.w.shape[1]
        groups = np.abs(self.w).reshape(len(self.w), -1, self.group_size)
        share = positive((groups / positive(groups.max(axis=-1, keepdims=True))).reshape(self.w.shape).mean(axis=0))
        signed = lambda x: np.abs(x.mean(axis=0))  # noqa: E731
        yield (
            "no scale, s = 1. Is it x / s that meets w * s, mean|x| and not mean(x), and the output that is judged?",
            ones,
        )
        for grid in GRIDS:
            yield "the weights' own error as the judge: what counts is the output's", self.pick(self.weight_error, grid)
        yield "alpha = 0.5, without a search", mean**0.5
        yield "alpha = 1, mean|x| itself, without a search", mean
        yield "max|x|, without a search", self.loudness(peak)
        yield (
            "SmoothQuant's s: AWQ's is searched, from the activations' mean",
            self.loudness(peak) ** 0.5 / positive(absmax(self.w, 0)) ** 0.5,
        )
        yield "1 / s: the weights are multiplied by s, the activations divided", 1 / best
        for grid in GRIDS:
            yield (
                "max|x| in place of mean|x|: a channel loud at one token counts like one that always is",
                self.pick(self.error, grid, peak),
            )
            yield "the worst s of the grid: is it < that keeps the best?", self.pick(self.error, grid, best=max)
            yield (
                "a grid without alpha = 0, or a judge without groups: s = 1 must be among those tried, and win here",
                self.pick(self.error, grid[1:]),
            )
            yield (
                "one group for the whole row: is group_size used, and the output judged?",
                self.pick(lambda s: self.error(s, group_size=row), grid),
            )
            yield "the last s tried, not the best", mean ** grid[-1]
            yield "mean(x) without the magnitude", self.pick(self.error, grid, signed)
        for alpha in GRIDS[0]:
            yield "AWQ's duo scaling without s = 1 among those tried", mean**alpha / (share ** (1 - alpha) + 1e-4)
        yield "the weights' magnitude, not the activations'", np.abs(self.w).mean(axis=0)

    def name(self, check, s, says, ask, first=()):
        """Fail, with the misunderstanding whose s is a multiple of this one."""
        direction = np.log(np.asarray(s, np.float64))
        for words, value in (*first, *self.suspects()):
            off = direction - np.log(value)
            if np.ptp(off) < 1e-3:
                check.fail(s, says, f"That is what you get with {words}", named=True)
        check.fail(s, says, ask)


def usable(check, s, width, group_size):
    if np.shape(s) != (width,):
        ask = "Is it s that is returned, or the alpha, or the error? One number an input channel is asked for"
        check.fail(s, f"s has shape {np.shape(s)}, expected ({width},) (groups are of {group_size})", ask)
    check.array(s, "s", shape=(width,), dtype=np.float32)
    check.that(
        bool((np.asarray(s) > 0).all()),
        f"s has a value of {np.min(s):.6g}; x / s needs positive ones",
        of=s,
        ask="What is mean|x|**alpha of a silent channel, and is the magnitude taken before the mean?",
    )


def is_as_good_as_a_search(check, s, case, margin, ask, first=()):
    """The output error is within `margin` of the best of a search, in symmetric codes or in asymmetric ones."""
    wide = np.asarray(s, np.float64)
    ratios = {}
    for kind in ("symmetric", "asymmetric"):
        best = min(case.error(case.loudness() ** alpha, kind) for alpha in GRIDS[0])
        ratios[kind] = case.error(wide, kind) / best
    if min(ratios.values()) > margin:
        none = case.error(np.ones_like(wide))
        says = (
            f"output error {case.error(wide) / none:.2f} of that without scales; a search gets "
            f"{case.error(case.pick(case.error)) / none:.2f}"
        )
        case.name(check, s, says, ask, first)


def is_no_worse_than_nothing(check, s, case, ask):
    """1.02: leave for an s of float32, and for a search whose own quantizer has scales in float16."""
    wide = np.asarray(s, np.float64)
    worse = [case.error(wide, kind) / case.error(np.ones_like(wide), kind) for kind in ("symmetric", "asymmetric")]
    if min(worse) > 1.02:
        case.name(check, s, f"the output error is {worse[0]:.2f} times that of s = 1; it must never be larger", ask)


def balanced(draw, a):
    """Each value with both signs, so that a mean without the magnitude is zero."""
    return draw.rng.permutation(np.concatenate([a, -a])).astype(np.float32)


def a_few_salient_channels(draw, outputs=48, width=256, loudness=30.0):
    x, w = draw.gaussian(48, width), 0.02 * draw.gaussian(outputs, width)
    loud = draw.rng.choice(width, 4, replace=False)
    x[:, loud] *= loudness
    return balanced(draw, x), w, loud


@exercise("awq_scales")
def test_s_is_one_positive_number_an_input_channel(lab, check, draw):
    outputs, width = 9, 48
    x, w = draw.tensor(31, width) * np.geomspace(0.1, 9, width, dtype=np.float32), draw.tensor(outputs, width)
    usable(check, lab.awq_scales(x, w, group_size=16), width, 16)
    usable(check, lab.awq_scales(x[:, :9], w[:, :9], group_size=3), 9, 3)  # square


@exercise("awq_scales")
def test_a_few_salient_channels_get_their_precision_back(lab, check, draw):
    # Four channels of 256 are 30 times louder; with s = 1 nearly all of the output error is theirs. A search about
    # halves it, here and on tokens it has not seen.
    x, w, loud = a_few_salient_channels(draw)
    s, case = lab.awq_scales(x, w), Search(x, w, 128)
    usable(check, s, 256, 128)
    is_as_good_as_a_search(check, s, case, 1.3, "Is the s kept whose quantized layer has the smallest output error?")
    unseen = draw.gaussian(64, 256).astype(np.float64)
    unseen[:, loud] *= 30
    drop = case.error(np.ones(256), x=unseen) / case.error(np.asarray(s, np.float64), x=unseen)
    check.that(
        drop >= 1.4,
        f"on tokens that were not seen the output error drops {drop:.2f} times, expected 1.4 or more",
        of=s,
        ask="Do the weights of the four loud channels get a larger s?",
    )


@exercise("awq_scales")
def test_the_judge_is_the_output_error_not_the_weights_error(lab, check, draw):
    # Half of the channels are 30 times louder in x, and their weights 20 times quieter. In the weights' own error the
    # two halves count alike; in the output's the loud half counts 900 times as much. So the best alpha for the output
    # is near 0.9, and the weights' favourite, or 0.5, leaves far more of the error.
    x, w = draw.gaussian(48, 128), 0.02 * draw.gaussian(40, 128)
    loud = draw.rng.choice(128, 64, replace=False)
    x[:, loud] *= 30
    w[:, loud] *= np.float32(0.05)
    x = balanced(draw, x)
    s, case = lab.awq_scales(x, w, group_size=32), Search(x, w, 32)
    usable(check, s, 128, 32)
    is_as_good_as_a_search(check, s, case, 1.25, "Which error is made smallest: |x @ (w_hat - w).T|, or |w_hat - w|?")


@exercise("awq_scales")
def test_a_channel_is_salient_by_its_mean_not_by_one_loud_token(lab, check, draw):
    # A quarter of the channels is loud at every token; the others reach more at a single one of 1024 tokens, and hardly
    # count in the output. A scale made of max|x| lifts both alike, and so neither.
    x, w = draw.gaussian(512, 96), 0.02 * draw.gaussian(32, 96)
    loud, rest = np.split(draw.rng.permutation(96), [24])
    x[:, loud] *= 30
    w[:, loud] *= np.float32(0.05)
    x[draw.rng.integers(512, size=len(rest)), rest] = 60
    x = balanced(draw, x)
    s, case = lab.awq_scales(x, w, group_size=32), Search(x, w, 32)
    usable(check, s, 96, 32)
    is_as_good_as_a_search(check, s, case, 1.6, "How loud is a channel: its mean magnitude over the tokens?")


def where_scaling_harms(draw, group_size, quiet=1.0, far=1.0, loudness=100.0):
    """In each group (or in every second, the others being quieter in x and louder in w) one channel is loud in x and
    holds each row's largest weight of its group, so that it is exact on the grid: a larger s only makes the step of
    the others larger. The weights of a group have one sign a row; so the same holds in asymmetric codes."""
    width, outputs = 128, 40
    x, w = draw.gaussian(32, width), np.abs(0.02 * draw.gaussian(outputs, width))
    groups = w.reshape(outputs, -1, group_size) * draw.rng.choice([-1, 1], (outputs, width // group_size, 1))
    step = 1 if quiet == far == 1.0 else 2
    with_loud = np.arange(0, width // group_size, step)
    in_w, in_x = np.ones(width // group_size), np.full(width // group_size, far)
    in_w[with_loud], in_x[with_loud] = quiet, 1.0
    groups *= in_w[:, None]
    x *= np.repeat(in_x, group_size)
    for group in with_loud:
        channel = draw.rng.integers(group_size)
        x[:, group * group_size + channel] *= loudness
        largest = np.abs(groups[:, group]).argmax(axis=1)
        groups[:, group, channel] = groups[np.arange(outputs), group, largest]
    return balanced(draw, x), groups.reshape(outputs, width).astype(np.float32)


@exercise("awq_scales")
def test_the_search_is_never_worse_than_no_scale(lab, check, draw):
    x, w = where_scaling_harms(draw, 16)
    for arguments in ({}, {"grid": 7}, {"grid": 2}):
        s, case = lab.awq_scales(x, w, group_size=16, **arguments), Search(x, w, 16)
        usable(check, s, 128, 16)
        is_no_worse_than_nothing(check, s, case, "Any s but 1 harms here: is alpha = 0 among those tried?")


@exercise("awq_scales")
def test_the_search_quantizes_in_the_groups_that_are_asked_for(lab, check, draw):
    # In whole rows the quiet groups, which carry the output, would be rounded to zero, and a large s would rescue them.
    x, w = where_scaling_harms(draw, 16, quiet=0.05, far=0.01, loudness=30.0)
    s, case = lab.awq_scales(x, w, group_size=16), Search(x, w, 16)
    usable(check, s, 128, 16)
    is_no_worse_than_nothing(check, s, case, "Has each group of 16 inputs its own scale when a candidate is judged?")


@exercise("awq_scales")
def test_without_salient_channels_nothing_is_lost(lab, check, draw):
    # The control arm: all channels alike, nearly and exactly.
    w = 0.02 * draw.gaussian(24, 64)
    for x in (draw.gaussian(96, 64), np.sign(draw.gaussian(96, 64))):
        s, case = lab.awq_scales(x, w, group_size=32), Search(x, w, 32)
        usable(check, s, 64, 32)
        is_no_worse_than_nothing(check, s, case, "What does s do where no channel is louder than the next?")


@exercise("awq_scales")
def test_every_leading_axis_is_calibration(lab, check, draw):
    x, w, _ = a_few_salient_channels(draw, outputs=24, width=128)
    x[:48] /= np.abs(x[:48]).mean(axis=0)  # the first sequence shows no salient channel: only all of them together do
    x[[0, -1]] = 0  # and a token alone tells nothing
    case = Search(x, w, 128)
    for shape in [(2, 48, 128), (2, 1, 48, 128)]:
        s = lab.awq_scales(x.reshape(shape), w)
        usable(check, s, 128, 128)
        is_as_good_as_a_search(
            check,
            s,
            case,
            1.25,
            f"x is {shape}: all axes but the last are tokens",
            [("the first sequence only, or one token: all axes but the last are calibration", np.ones(128))],
        )
    s, case = lab.awq_scales(x[-2], w), Search(x[-2:-1], w, 128)
    usable(check, s, 128, 128)
    is_no_worse_than_nothing(check, s, case, "x is one token alone here")


@exercise("awq_scales")
def test_scales_are_found_at_any_loudness_dtype_and_memory_layout(lab, check, draw):
    x, w, _ = a_few_salient_channels(draw, outputs=24, width=128)
    reversed_w = w[::-1, ::-1]
    for loud, quiet, dtype in (
        (1, 1, np.float16),
        (1, 1, np.float64),
        (2.0**9, 1, np.float32),
        (2.0**-9, 2.0**5, np.float32),
    ):
        views = [
            np.repeat(a.astype(dtype), 2, axis=1)[:, ::-2]
            for a in (x * np.float32(loud), reversed_w * np.float32(quiet))
        ]
        s, case = lab.awq_scales(views[0], views[1]), Search(*views, 128)
        usable(check, s, 128, 128)
        is_as_good_as_a_search(
            check, s, case, 1.3, f"{np.dtype(dtype)} views, x {loud:g} times as loud, w {quiet:g}: only ratios count"
        )


@exercise("awq_scales")
def test_silent_channels_and_rows_still_get_a_usable_scale(lab, check, draw):
    x, w, _ = a_few_salient_channels(draw, outputs=24, width=128)
    x[:, [3, 70]], w[:, 5], w[2], w[4, :64] = 0, 0, 0, 0
    s, case = lab.awq_scales(x, w, group_size=64), Search(x, w, 64)
    usable(check, s, 128, 64)
    is_as_good_as_a_search(check, s, case, 1.4, "Channels 3 and 70 are silent: what s do they get, and what error?")
    s = lab.awq_scales(np.zeros_like(x), w, group_size=64)
    usable(check, s, 128, 64)


@exercise("awq_scales")
def test_calibrations_that_do_not_fit_are_refused_by_name(lab, check, draw):
    x, w = draw.tensor(7, 24), draw.tensor(10, 24)
    scales = lab.awq_scales
    scales(x, w, group_size=8)
    check.refuses(scales, x[:, :-8], w, group_size=8, naming=("x", "w"), because=f"x of 16 features for a w {w.shape}")
    check.refuses(scales, x, w[0], group_size=8, naming="w", because=f"a w of shape {w[0].shape}: it must be (out, in)")
    for size in (7, 0, 48):
        check.refuses(scales, x, w, group_size=size, naming="group_size", because=f"group_size={size} for 24 inputs")
    check.refuses(scales, x, w, naming="group_size", because="24 inputs in groups of 128, the default")
    for value in (np.nan, np.inf):
        check.refuses(scales, with_a(value, x), w, group_size=8, naming="x", because=f"an x that holds {value}")
        check.refuses(scales, x, with_a(value, w), group_size=8, naming="w", because=f"a w that holds {value}")
