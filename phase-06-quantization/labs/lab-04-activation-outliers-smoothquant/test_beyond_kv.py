"""Beyond the core of lab 04: the KV cache in int8. The fixtures are those of test_lab.py."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
FLOAT32 = 1e-6  # eight units in the last place of float32


def absmax(a, axis=None):
    return np.abs(np.asarray(a, np.float64)).max(axis=axis)


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


SHARED = {"k": -2, "v": -1}  # the axis along which a scale is shared: keys over tokens, values over channels


def a_cache(draw, *leading, square=False):
    """(k, v): keys with loud channels, values with loud tokens, peaks below zero."""
    tokens, channels = draw.sizes(2, 4, 12)
    tokens = channels if square else tokens
    k, v = draw.tensor(*leading, tokens, channels), draw.tensor(*leading, tokens, channels)
    k *= draw.rng.permutation(np.geomspace(0.1, 60, channels)).astype(np.float32)
    return k, v * draw.rng.permutation(np.geomspace(0.1, 9, tokens)).astype(np.float32)[:, None]


def the_cache(check, results, k, v, bits=8, ask=""):
    """Codes and scales of keys and values, from the definition."""
    k_q, k_scale, v_q, v_scale = results
    qmax = 2 ** (bits - 1) - 1
    names = {"k": (k, k_q, k_scale, "channel"), "v": (v, v_q, v_scale, "token")}
    for name, (a, q, scale, whose) in names.items():
        shared, wide = SHARED[name], a.astype(np.float64)
        loudest = absmax(wide, shared)
        other = "token" if whose == "channel" else "channel"
        if np.shape(q) != a.shape:
            ask = f"How do the scales, one a {whose}, line up with {name} in the division?"
            check.fail(q, f"{name}_q has shape {np.shape(q)}, expected {a.shape}, that of {name}", ask)
        check.codes(q, f"{name}_q", shape=a.shape, low=-qmax, high=qmax)
        kept = np.shape(scale) == np.shape(np.expand_dims(loudest, shared))
        check.array(
            scale,
            f"{name}_scale",
            shape=loudest.shape,
            dtype=np.float32,
            ask="Is the axis of the maximum kept (keepdims)? The scales do without it"
            if kept
            else f"{name} is {a.shape}: it has one scale a {whose}"
            if np.shape(scale) != loudest.shape
            else "",
        )
        expected = np.where(loudest == 0, scale, loudest / qmax)
        every = np.broadcast_to(absmax(wide, (-2, -1))[..., None], loudest.shape)
        rival = absmax(wide, -3 - shared) if loudest.shape == absmax(wide, -3 - shared).shape else np.nan
        check.close(
            scale,
            f"{name}_scale",
            expected,
            rtol=FLOAT32,
            suspects={
                f"one scale a {other}: {'keys have one a channel' if name == 'k' else 'values have one a token'}": rival
                / qmax,
                f"max({name}) without the magnitude": np.max(wide, axis=shared) / qmax,
                f"|min({name})| for max|{name}|": np.abs(np.min(wide, axis=shared)) / qmax,
                "one scale for all of a head": every / qmax,
                "one scale for all": np.full(loudest.shape, absmax(wide) / qmax),
                "one scale shared by all heads": lambda loudest=loudest: np.broadcast_to(
                    loudest.max(axis=tuple(range(loudest.ndim - 1)), keepdims=True) / qmax, loudest.shape
                ),
                f"absmax / {qmax + 1}": loudest / (qmax + 1),
                f"absmax / {qmax + 0.5}": loudest / (qmax + 0.5),
                "absmax / 127 whatever bits says": loudest / 127,
                "(max - min) / (2**bits - 1), the step of asymmetric codes: these are symmetric": np.ptp(
                    wide, axis=shared
                )
                / (2**bits - 1),
                "absmax itself, not divided by qmax": loudest,
                "the reciprocal of the scale": qmax / positive(loudest),
                "mean|.| for max|.|": np.abs(wide).mean(axis=shared) / qmax,
                "the other tensor's scale": absmax(v if name == "k" else k, shared) / qmax,
            },
            ask=ask or f"{name}_scale = max|{name}| / {qmax} of each {whose}",
        )
        check.that(
            bool((np.asarray(scale) > 0).all()),
            f"{name}_scale has a value of {np.min(scale):.6g}; scales are positive",
            of=scale,
            ask="What is the scale of zeros?",
        )
        ratio = wide / np.expand_dims(positive(loudest / qmax), shared)
        check.close(
            q,
            f"{name}_q",
            np.clip(np.rint(ratio), -qmax, qmax),
            atol=near_a_tie(ratio),
            suspects={
                f"{name} truncated to codes": np.clip(np.trunc(ratio), -qmax, qmax),
                "floor for rounding": np.clip(np.floor(ratio), -qmax, qmax),
                f"the codes of one scale a {other}": codes(
                    wide, positive(np.abs(wide).max(axis=-3 - shared, keepdims=True) / qmax), qmax=qmax
                ),
                "the codes of one scale for all": codes(wide, positive(absmax(wide) / qmax), qmax=qmax),
            },
            ask=ask or f"codes are rint({name} / {name}_scale): is each value divided by its own {whose}'s scale?",
        )


@exercise("quantize_kv")
def test_keys_have_one_scale_a_channel_and_values_one_a_token(lab, check, draw):
    k, v = a_cache(draw)
    the_cache(check, lab.quantize_kv(k, v), k, v)
    k, v = a_cache(draw)  # peaks above zero
    the_cache(check, lab.quantize_kv(-k, -v), -k, -v)


@exercise("quantize_kv")
def test_with_as_many_tokens_as_channels_the_axes_are_not_changed_over(lab, check, draw):
    k, v = a_cache(draw, square=True)  # here the wrong axis has the right shape
    the_cache(check, lab.quantize_kv(k, v), k, v)


@exercise("quantize_kv")
def test_every_head_of_every_sequence_has_its_own_scales(lab, check, draw):
    for leading in [(3,), (2, 3), (2, 1, 3)]:
        k, v = a_cache(draw, *leading, square=leading == (3,))
        heads = np.geomspace(0.05, 20, int(np.prod(leading)), dtype=np.float32).reshape(*leading, 1, 1)
        the_cache(check, lab.quantize_kv(k * heads, v * heads), k * heads, v * heads)


@exercise("quantize_kv")
def test_bits_sets_the_grid_of_the_cache(lab, check, draw):
    for bits in (4, 2, 8, 3):
        k, v = a_cache(draw, 2)
        the_cache(check, lab.quantize_kv(k, v, bits=bits), k, v, bits)


@exercise("quantize_kv")
def test_loud_key_channels_do_not_cost_the_quiet_ones_their_signal(lab, check, draw):
    # Three key channels of 32 are 100 times louder, at every token. A quiet channel of Gaussian values has the step
    # max / 127, about 3 / 127 standard deviations, an error of 0.7 %; sharing a scale with the loud ones it would be
    # 100 times that, and most of the quiet values 0. Values: the same with three loud tokens.
    k, v = draw.gaussian(2, 64, 32), draw.gaussian(2, 64, 32)
    loud = draw.rng.choice(32, 3, replace=False)
    k[..., loud] *= 100
    v[:, draw.rng.choice(64, 3, replace=False)] *= 100
    k_q, k_scale, v_q, v_scale = lab.quantize_kv(k, v)
    check.codes(k_q, "k_q", shape=k.shape, low=-127, high=127)
    check.codes(v_q, "v_q", shape=v.shape, low=-127, high=127)
    check.array(k_scale, "k_scale", shape=(2, 32), ask="Keys have one scale a channel, in each head")
    check.array(v_scale, "v_scale", shape=(2, 64), ask="Values have one scale a token, in each head")
    for name, a, back, shared in (
        ("key channel", k, k_q * np.float64(k_scale)[:, None], -2),
        ("value of token", v, v_q * np.float64(v_scale)[..., None], -1),
    ):
        lost = np.linalg.norm(back - a, axis=shared) / np.linalg.norm(a, axis=shared)
        check.at_most(lost, f"relative error of {name}", 0.02, of=k_q, ask="Who shares a scale with whom?")


@exercise("quantize_kv")
def test_a_cache_of_one_token_is_quantized(lab, check, draw):
    # Each key channel is then its own maximum: its code is 127 or -127, or 0 for a zero.
    k, v = draw.tensor(2, 1, 9), draw.tensor(2, 1, 9)
    k[0, 0, 2] = 0
    the_cache(check, lab.quantize_kv(k, v), k, v, ask="One token alone: are the two axes still the last two?")


@exercise("quantize_kv")
def test_silent_channels_and_tokens_give_zero_codes_and_a_positive_scale(lab, check, draw):
    k, v = a_cache(draw, 2)
    k[0, :, 1], k[1, 2], v[0, 2], v[1, :, 1] = 0, 0, 0, 0
    the_cache(
        check, lab.quantize_kv(k, v), k, v, ask="A channel, or a token, is all zero: does its guard change the rest?"
    )
    the_cache(check, lab.quantize_kv(0 * k, 0 * v), 0 * k, 0 * v, ask="All of it is zero: what is divided by what?")


@exercise("quantize_kv")
def test_codes_of_the_cache_round_half_to_even(lab, check):
    values = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 125.5, -127.0], np.float32)
    k = np.tile(values[:, None], 8)  # each channel holds the values; of k.T each token does
    k_q, _, v_q, _ = lab.quantize_kv(k, k.T)
    for name, q in (("k_q", k_q[:, 0]), ("v_q", v_q[0])):
        check.close(
            np.asarray(q),
            name,
            np.rint(values),
            suspects={
                "ties away from zero: torch and numpy round half to even (np.rint)": np.sign(values)
                * np.floor(np.abs(values) + 0.5),
                "floor(v + 0.5), which pushes every tie up": np.floor(values + 0.5),
                "truncation instead of rounding": np.trunc(values),
                "floor instead of rounding": np.floor(values),
            },
            ask="All scales are 1: how are the codes rounded?",
        )


@exercise("quantize_kv")
def test_quiet_caches_are_kept_as_well_as_loud_ones(lab, check, draw):
    k, v = a_cache(draw)
    for power in (-40, 30):
        quiet_k, quiet_v = np.ldexp(k, power), np.ldexp(v, -power)
        the_cache(
            check,
            lab.quantize_kv(quiet_k, quiet_v),
            quiet_k,
            quiet_v,
            ask=f"k is 2**{power} as loud, v 2**{-power}: is an epsilon added to a scale, or a floor put under it?",
        )


@exercise("quantize_kv")
def test_the_cache_comes_in_any_float_dtype_and_memory_layout(lab, check, draw):
    batch, tokens, channels = draw.sizes(3)
    for (k, dtype), (v, _) in zip(
        any_float_views(draw, batch, tokens, channels), any_float_views(draw, batch, tokens, channels)
    ):
        the_cache(
            check,
            lab.quantize_kv(k, v),
            k,
            v,
            ask="Is a scale or a ratio computed in float16? It keeps three digits" if dtype == np.float16 else "",
        )


@exercise("quantize_kv")
def test_caches_that_make_no_codes_are_refused_by_name(lab, check, draw):
    k, v = a_cache(draw)
    cache = lab.quantize_kv
    cache(k, v)
    check.refuses(cache, k[0], v[0], naming=("k", "v"), because=f"a k and v of shape {k[0].shape}: they have no tokens")
    for bits in (1, 9, 0):
        check.refuses(cache, k, v, bits=bits, naming="bits", because=f"bits={bits} (2 to 8 are possible)")
    for value in (np.nan, np.inf, -np.inf):
        check.refuses(cache, with_a(value, k), v, naming="k", because=f"a k that holds {value}")
        check.refuses(cache, k, with_a(value, v), naming="v", because=f"a v that holds {value}")
