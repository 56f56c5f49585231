"""Beyond the core: FP8 E4M3FN, from the definition of its bits."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
FLOAT32 = 1e-6  # eight units in the last place of float32: room for a reciprocal, none for another formula
TIE = 1e-5  # of a step: division and multiplication by the reciprocal differ there, and both are right


def absmax(w, axis=None):
    return np.abs(np.asarray(w, np.float64)).max(axis=axis)


def value_of(code):
    """1 sign bit, 4 of exponent with bias 7, 3 of mantissa; exponent 0 has no implicit 1 (subnormal)."""
    exponent, mantissa = code >> 3 & 15, code & 7
    size = mantissa / 8 * 2.0**-6 if exponent == 0 else (1 + mantissa / 8) * 2.0 ** (exponent - 7)
    return -size if code & 128 else size


E4M3 = np.array([value_of(code) for code in range(127)])  # 0 to 448; code 127 is NaN
E5M2 = np.array([c % 4 * 2.0**-16 if c < 4 else (4 + c % 4) * 2.0 ** (c // 4 - 17) for c in range(124)])


def around(size, values):
    """(index of the value at or below, how far towards the next one in steps) of sizes on an uneven grid."""
    low = np.clip(np.searchsorted(values, size, side="right") - 1, 0, len(values) - 2)
    return low, (size - values[low]) / (values[low + 1] - values[low])


def nearest(size, values=E4M3):
    """The index of the nearest value; a tie goes to the even index, which has the even mantissa."""
    low, part = around(np.minimum(size, values[-1]), values)
    return np.where((part > 0.5) | ((part == 0.5) & (low % 2 == 1)), low + 1, low)


def cut_off(size):
    """The index of the value at or below."""
    low, part = around(np.minimum(size, 448), E4M3)
    return low + (part >= 1)


def signed(codes, ratio):
    return codes + np.where(ratio < 0, 128, 0)


def one_zero(codes):
    """-0 is 0x80 or 0x00: both are right."""
    return np.where(codes == 128, 0, codes)


def compare_fp8(check, codes, ratio, suspects={}, ask=""):
    """Every code is the nearest to its ratio w / scale; near a tie either neighbour is right."""
    ratio = np.asarray(ratio, np.float64)
    size = np.minimum(np.abs(ratio), 448)
    low, part = around(size, E4M3)
    got, expected = one_zero(codes), one_zero(signed(nearest(size), ratio))
    for neighbour in (low, low + 1):
        either = one_zero(signed(neighbour, ratio))
        expected = np.where((np.abs(part - 0.5) < TIE) & (got == either), either, expected)
    if (got != expected).any():
        at = tuple(np.argwhere(got != expected)[0])
        means = "NaN" if got[at] % 128 == 127 else f"{value_of(int(got[at])):.6g}"
        ask = (
            f"w / scale is {ratio[at]:.6g} there; 0x{got[at]:02X} means {means}, "
            f"0x{expected[at]:02X} means {value_of(int(expected[at])):.6g}. {ask}"
        )
    words = {name: one_zero(np.asarray(value, np.int64) & 255) for name, value in suspects.items()}
    check.equal(got, "codes", expected, suspects=words, ask=ask)


def fp8_codes(check, codes, shape):
    return check.array(codes, "codes", shape=shape, dtype=np.uint8, ask="One byte a weight: uint8").astype(np.int64)


@exercise("quantize_fp8_e4m3")
def test_the_fp8_scale_of_a_row_is_its_largest_magnitude_over_448(lab, check, draw):
    rows, columns = draw.sizes(2, 4, 12)
    w = draw.tensor(rows, columns)
    w[::2] *= -3  # peaks of both signs
    codes, scale = lab.quantize_fp8_e4m3(w)
    fp8_codes(check, codes, w.shape)
    if np.shape(scale) in ((columns,), ()):
        which = "one a column" if np.shape(scale) else "one for the whole matrix"
        check.fail(scale, f"scale has shape {np.shape(scale)}, {which}; expected one a row, ({rows},)",
                   "w is (out, in): over which axis does the maximum run?", named=True)  # fmt: skip
    check.array(scale, "scale", shape=(rows,), dtype=np.float32, ask="One number a row, as a flat (out,) array")
    peak = absmax(w, 1)
    check.close(
        scale,
        "scale",
        peak / 448,
        rtol=FLOAT32,
        suspects={
            "max|row| / 240, the end of E4M3FNUZ and of E4M3 with inf: in E4M3FN the exponent 15 holds numbers": peak
            / 240,
            "max|row| / 57344, which is the end of E5M2": peak / 57344,
            "max|row| / 480: that would be code 0x7F, which is NaN; the largest number is 0x7E, 448": peak / 480,
            "max|row| / 127, the scale of int8": peak / 127,
            "max|row| / 256: the last binade goes on to 1.75 * 256": peak / 256,
            "max|row| / 224, half of the largest value": peak / 224,
            "448 / max|row|, the inverse: w is the value of the code *times* the scale": 448 / peak,
            "max|row| not yet divided by 448": peak,
            "one scale for the whole matrix: each row has its own": np.full(rows, peak.max() / 448),
            "max(row) without the magnitude": np.abs(w.max(axis=1)) / 448,
            "|min(row)| / 448: the loudest value may also be positive": np.abs(w.min(axis=1)) / 448,
            "1 in every row: FP8 has a wide range, but the loud and the quiet rows still need a scale": np.ones(rows),
            "a power of two, as in the MX formats: here the scale is a float32": 2.0 ** np.ceil(np.log2(peak / 448)),
        },
        ask="scale[i] = max|w[i]| / 448",
    )


def a_row_and_its_negative(values):
    """Two rows whose scale is exactly 1, so that w / scale is exact; the first value of each is the peak."""
    row = np.concatenate([[448.0], values])
    return np.stack([row, -row]).astype(np.float32)


@exercise("quantize_fp8_e4m3")
def test_every_fp8_value_keeps_its_code(lab, check):
    w = a_row_and_its_negative(E4M3[8:])  # all but the subnormals
    codes, _ = lab.quantize_fp8_e4m3(w)
    codes = fp8_codes(check, codes, w.shape)
    size = np.abs(w).astype(np.float64)
    code = nearest(size)
    # First what lies below 128, so that a code one exponent too large still fits its four bits.
    plain = size[0] < 128
    compare_fp8(
        check,
        codes[:, plain],
        w[:, plain],
        suspects={
            words: value[:, plain]
            for words, value in {
                "an exponent bias of 8: E4M3FN has 7 (8 is E4M3FNUZ's)": signed(code + 8, w),
                "an exponent bias of 6: E4M3FN has 7": signed(code - 8, w),
                "an exponent bias of 15, which is E5M2's and float16's": signed(code + 64, w),
                "the exponent without a bias": signed(code - 56, w),
                "2 bits of mantissa: E4M3 has 3": signed(2 * nearest(size, E4M3[::2]), w),
                "E5M2, which has 5 bits of exponent and 2 of mantissa": signed(nearest(size, E5M2), w),
                "the sign bit left out: a negative code has 0x80 set": code,
                "the sign bit set for the positive ones": signed(code, -w),
                "two's complement for negative codes: FP8 has a sign bit": np.where(w < 0, -code, code),
                "the mantissa with its implicit 1 kept as a fourth bit": signed(code | 8, w),
                "exponent and mantissa in each other's place": signed((code & 7) << 4 | code >> 3, w),
                "w / scale rounded to an integer: the grid of FP8 is finer near zero": np.rint(w),
            }.items()
        },
        ask="Is a code sign * 128 + exponent * 8 + mantissa?",
    )
    compare_fp8(
        check,
        codes,
        w,
        suspects={
            "everything from 256 on held down at 240: in E4M3FN the exponent 15 holds numbers, up to 448": signed(
                np.minimum(code, 0x77), w
            ),
            "0x78, which would be inf elsewhere, from 256 on: E4M3FN has no inf": signed(np.minimum(code, 0x78), w),
            "0x7F from 256 on: only 0x7F itself is NaN": signed(np.where(code >= 0x78, 0x7F, code), w),
            "0x7F for the peak: that is NaN, the largest number is 0x7E": signed(np.where(code == 0x7E, 0x7F, code), w),
        },
        ask="What are the codes of 256 to 448?",
    )


@exercise("quantize_fp8_e4m3")
def test_subnormal_fp8_values_keep_their_codes(lab, check):
    steps = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0.3, 0.75, 3.4, 7.7])
    w = a_row_and_its_negative(steps * 2.0**-9)
    codes, _ = lab.quantize_fp8_e4m3(w)
    codes = fp8_codes(check, codes, w.shape)
    size = np.abs(w).astype(np.float64)
    code = nearest(size)
    exponent = np.floor(np.log2(np.maximum(size, 2.0**-20)))
    compare_fp8(
        check,
        codes,
        w,
        suspects={
            "subnormals flushed to zero: below 2**-6 there are seven more values, 2**-9 apart": signed(
                np.where(size < 2.0**-6, 0, code), w
            ),
            "subnormals flushed to zero, after the rounding": signed(np.where(code < 8, 0, code), w),
            "2**-6 for everything below it: there are seven smaller values, 2**-9 apart": signed(
                np.maximum(code, 8), w
            ),
            "subnormals in steps of 2**-10: exponent 0 means 2**-6 as well, without the implicit 1": signed(
                np.where(size < 2.0**-6, np.minimum(np.rint(size * 1024), 7).astype(int), code), w
            ),
            "an implicit 1 in subnormals too: exponent 0 has none": signed(
                np.where(
                    size < 2.0**-6,
                    np.clip(np.rint((size * 2.0**7 - 1) * 8), 0, 7).astype(int),
                    code,
                ),
                w,
            ),
            "exponents below 0, which ran over into the sign bit": signed(
                (8 * (exponent + 6) + np.rint(size / 2.0 ** (exponent - 3))).astype(int), w
            ),
            "truncation: subnormals are rounded like all others": signed(cut_off(size), w),
        },
        ask="Below 2**-6 the values are 0, 1, … 7 times 2**-9: are they rounded in these steps?",
    )


@exercise("quantize_fp8_e4m3")
def test_fp8_ties_go_to_the_even_mantissa(lab, check):
    middle = (E4M3[1:] + E4M3[:-1]) / 2
    w = a_row_and_its_negative(np.concatenate([middle, [1.1, 27.0]]))  # two that are no ties, to tell a cut from these
    size = np.abs(w).astype(np.float64)
    low, (_, part) = cut_off(size), around(size, E4M3)
    tie = np.where(part == 0.5, low + 1, nearest(size))
    codes, _ = lab.quantize_fp8_e4m3(w)
    compare_fp8_exactly(
        check,
        fp8_codes(check, codes, w.shape),
        w,
        nearest(size),
        suspects={
            "ties away from zero: torch, ml_dtypes and numpy round half to even": signed(tie, w),
            "truncation: the lower bits of the mantissa cut off": signed(low, w),
            "floor(x + 0.5), which pushes every tie up": np.where(w > 0, tie, 128 + np.where(part == 0.5, low, tie)),
            "ties towards zero: is the scale a little too large, by an epsilon?": signed(
                np.where(part == 0.5, low, tie), w
            ),
            "ties to the odd mantissa": signed(np.where(part == 0.5, low + 1 - low % 2, nearest(size)), w),
            "a mantissa of 8 that is not carried into the exponent": signed(
                np.where((nearest(size) % 8 == 0) & (nearest(size) > low) & (low >= 8), low & ~7, nearest(size)), w
            ),
        },
        ask="Nearly every value here is halfway between two codes: does it go to the one whose last bit is 0?",
    )
    for beside in (1 - 2.0**-12, 1 + 2.0**-12):  # a four-thousandth beside the tie there is nothing to doubt
        w = a_row_and_its_negative(middle * beside)
        size = np.abs(w).astype(np.float64)
        codes, _ = lab.quantize_fp8_e4m3(w)
        compare_fp8(
            check,
            fp8_codes(check, codes, w.shape),
            w,
            suspects={
                "a way through float16, which rounds twice": signed(nearest(size.astype(np.float16).astype(float)), w),
                "truncation: the lower bits of the mantissa cut off": signed(cut_off(size), w),
            },
            ask="Just beside a tie the nearest value is clear: is anything rounded twice?",
        )


def compare_fp8_exactly(check, codes, w, expected, suspects, ask):
    words = {name: one_zero(np.asarray(value, np.int64) & 255) for name, value in suspects.items()}
    check.equal(one_zero(codes), "codes", one_zero(signed(expected, w)), suspects=words, ask=ask)


@exercise("quantize_fp8_e4m3")
def test_fp8_codes_of_each_row_are_the_nearest_on_its_own_grid(lab, check, draw):
    (n,) = draw.sizes(1, 5, 12)  # square: scales along the wrong axis fit without an error
    w = (draw.tensor(n, n) * np.geomspace(0.01, 100, n)[:, None]).astype(np.float32)
    codes, scale = lab.quantize_fp8_e4m3(w)
    codes = fp8_codes(check, codes, w.shape)
    scale = check.array(scale, "scale", shape=(n,), dtype=np.float32).astype(np.float64)
    ratio = w / scale[:, None]

    def by(other):
        return signed(nearest(np.abs(other)), w)

    def with_exponent(exponent):
        size = np.maximum(np.abs(ratio), 2.0**-9)
        e = np.maximum(exponent(np.log2(size)), -6)
        return signed((8 * (e + 6) + np.rint(size * 2.0 ** (3 - e))).astype(int), w)

    compare_fp8(
        check,
        codes,
        ratio,
        suspects={
            "the scales laid along the columns: (out,) broadcasts over the last axis": by(w / scale),
            "one scale for the whole matrix": by(w / absmax(w) * 448),
            "the scales of the columns": by(w / absmax(w, 0) * 448),
            "w * scale: a code stands for w divided by the scale": by(w * scale[:, None]),
            "w itself, never divided by the scale": by(w),
            "truncation: the lower bits of the mantissa cut off": signed(cut_off(np.abs(ratio)), w),
            "an exponent of round(log2(x)): the binade of x begins at floor(log2(x))": with_exponent(np.rint),
            "an exponent of ceil(log2(x)): the binade of x begins at floor(log2(x))": with_exponent(np.ceil),
            "2 bits of mantissa: E4M3 has 3": signed(2 * nearest(np.abs(ratio), E4M3[::2]), w),
        },
        ask="The nearest of E4M3FN's values is asked for",
    )


@exercise("quantize_fp8_e4m3")
def test_fp8_zero_rows_quiet_rows_and_the_clip(lab, check, draw):
    w = draw.tensor(4, 9)
    w[1] = 0
    w[2] *= np.float32(2.0**-80)
    codes, scale = lab.quantize_fp8_e4m3(w)
    scale = check.array(scale, "scale", shape=(4,), dtype=np.float32, ask="0 / 0: what is the scale of a zero row?")
    says = f"scale[1] is {scale[1]} for the all-zero row, expected a positive number"
    check.that(bool((scale > 0).all()), says, of=codes, ask="Whoever divides by this scale gets NaN: what is safe?")
    codes = fp8_codes(check, codes, w.shape)
    check.equal(one_zero(codes[1]), "codes[1] (all-zero row)", np.zeros(9), ask="Does 0 get the exponent of another?")
    peak, alive = absmax(w, 1) / 448, [0, 2, 3]
    check.close(scale[alive], "scale of the other rows", peak[alive], rtol=FLOAT32,
                suspects={"a floor of 1e-12 under the scale": np.maximum(peak, 1e-12)[alive]},
                ask="Row 2 is 2**-80 as loud: an epsilon, or a floor?")  # fmt: skip
    compare_fp8(check, codes, w / scale.astype(np.float64)[:, None], ask="The scales are right: what else is added?")
    # Of float32's smallest steps the loudest is 660; 660 / 448 = 1.47 is stored as 1, so that 660 is asked for.
    w = np.ldexp(np.array([[660.0, 300, -660, 7]]), -149).astype(np.float32)
    codes, _ = lab.quantize_fp8_e4m3(w)
    codes = fp8_codes(check, codes, w.shape)
    check.that(
        bool((codes % 128 != 127).all() and ((one_zero(codes) == 0) | ((codes > 127) == (w < 0))).all()),
        f"codes are {[f'0x{c:02X}' for c in codes[0]]} for a row of float32's smallest steps, {w[0]}",
        ask="The rounded scale is too small there, and w / scale beyond 448: is it clipped before it becomes a code?",
    )


@exercise("quantize_fp8_e4m3")
def test_fp8_takes_any_float_dtype_and_memory_layout(lab, check, draw):
    base = draw.tensor(2 * 11, 5)
    for dtype in (np.float16, np.float32, np.float64):
        view = base.astype(dtype)[::-2].T
        for w, kind in ((np.ascontiguousarray(view), view.dtype.name), (view, f"transposed {view.dtype.name}")):
            codes, scale = lab.quantize_fp8_e4m3(w)
            codes = fp8_codes(check, codes, (5, 11))
            ask = f"Of a {kind} w: is something computed in float16, or the memory order relied on?"
            check.array(scale, f"scale of a {kind} w", shape=(5,), dtype=np.float32)
            check.close(scale, f"scale of a {kind} w", absmax(w, 1) / 448, rtol=FLOAT32, ask=ask)
            compare_fp8(check, codes, w / np.asarray(scale, np.float64)[:, None], ask=ask)
    for shape in [(1, 4), (4, 1)]:
        w = draw.tensor(*shape)
        codes, scale = lab.quantize_fp8_e4m3(w)
        check.array(scale, "scale", shape=shape[:1], ask="Is an axis of length 1 squeezed away?")
        compare_fp8(check, fp8_codes(check, codes, shape), w / np.asarray(scale, np.float64)[:, None])


@exercise("quantize_fp8_e4m3")
def test_fp8_refuses_bad_weights_by_name(lab, check, draw):
    refuses_bad_weights(lab.quantize_fp8_e4m3, check, draw.tensor(4, 6))


def refuses_bad_weights(quantize, check, good, *options):
    quantize(good, *options)
    for value in (np.nan, np.inf, -np.inf):
        bad = good.copy()
        bad[-1, 0] = value
        check.refuses(quantize, bad, *options, naming="w", because=f"a w that holds {value}")
    for bad in (good[0], good[None]):
        check.refuses(quantize, bad, *options, naming="w", because=f"a w of shape {bad.shape}: it must be (out, in)")
    words = "a w of 1e300, whose scale is beyond float32"
    check.refuses(quantize, np.full(good.shape, 1e300), *options, naming="w", because=words)


def all_codes(*parts):
    """One row of the given codes, one of the same with the sign bit."""
    row = np.concatenate([np.asarray(part) for part in parts])
    return np.stack([row, row + 128]).astype(np.uint8)


@exercise("dequantize_fp8_e4m3")
def test_an_fp8_code_is_sign_exponent_and_mantissa(lab, check):
    codes, scale = all_codes(range(8, 120)), np.array([1.0, 0.375], np.float32)  # subnormals and 256 to 448 come later
    w_hat = lab.dequantize_fp8_e4m3(codes, scale)
    ask = "Codes are uint8, and in uint8 an exponent of 3 minus 7 is 252: are they wider integers first?"
    check.array(w_hat, "w_hat", shape=codes.shape, dtype=np.float32, ask="" if np.isfinite(w_hat).all() else ask)
    value = np.array([[value_of(int(c)) for c in row] for row in codes])
    s, c = scale.astype(np.float64)[:, None], codes.astype(np.int64)
    size, sign = np.abs(value), np.sign(value)
    check.close(
        w_hat,
        "w_hat",
        value * s,
        rtol=FLOAT32,
        suspects={
            "an exponent bias of 8: E4M3FN has 7 (8 is E4M3FNUZ's)": value / 2 * s,
            "an exponent bias of 6: E4M3FN has 7": value * 2 * s,
            "the exponent without a bias": value * 128 * s,
            "E5M2: 5 bits of exponent and 2 of mantissa": sign * E5M2[c & 127] * s,
            "the implicit 1 left out": sign * (size - 2.0 ** (c // 8 % 16 - 7)) * s,
            "the sign left out: bit 7 is the sign": size * s,
            "codes read as two's complement: FP8 has a sign bit": np.where(c > 127, c - 256, c) * s,
            "the codes themselves times the scale, as for int8: an FP8 code is no integer": c * s,
            "codes with their sign bit as magnitudes: bit 7 is the sign, not part of the exponent": (1 + c % 8 / 8)
            * 2.0 ** (c // 8 - 7.0)
            * s,
            "the scale left out": value,
            "the value divided by the scale: it was w that was divided": value / s,
            "the mantissa over 4: it has 3 bits, so it counts eighths": sign
            * (1 + c % 8 / 4)
            * 2.0 ** (c // 8 % 16 - 7)
            * s,
            "the mantissa over 7: it has 3 bits, so it counts eighths": sign
            * (1 + c % 8 / 7)
            * 2.0 ** (c // 8 % 16 - 7)
            * s,
        },
        ask="(1 + m/8) * 2**(e - 7), bit 7 the sign; 0x38 is 1, 0xB8 is -1",
    )


@exercise("dequantize_fp8_e4m3")
def test_the_ends_of_fp8_are_subnormals_and_448(lab, check):
    codes, scale = all_codes(range(8)), np.array([1.0, 2.5], np.float32)
    value = np.array([[value_of(int(c)) for c in row] for row in codes])
    s, m, sign = scale.astype(np.float64)[:, None], codes % 8 / 8, np.array([[1], [-1]])
    w_hat = lab.dequantize_fp8_e4m3(codes, scale)
    check.close(
        w_hat,
        "w_hat of the codes with exponent 0",
        value * s,
        rtol=FLOAT32,
        suspects={
            "subnormals flushed to zero": np.zeros(value.shape),
            "an implicit 1 in subnormals too: where the exponent is 0 there is none": sign * (1 + m) / 128 * s,
            "an implicit 1 in subnormals too, all but zero": np.where(m == 0, 0, sign * (1 + m) / 128 * s),
            "subnormals half as large: exponent 0 means 2**-6, as exponent 1 does": value / 2 * s,
            "the implicit 1 in subnormals, at 2**-6": sign * (1 + m) / 64 * s,
        },
        ask="Exponent 0 has no implicit 1: the codes 0 to 7 are 0 to 7 times 2**-9",
    )
    codes = all_codes(range(120, 127))
    value = np.array([[value_of(int(c)) for c in row] for row in codes])
    w_hat = lab.dequantize_fp8_e4m3(codes, scale)
    ask = "E4M3FN has no inf: exponent 15 holds numbers, 256 to 448, and only mantissa 7 in it is NaN"
    check.array(w_hat, "w_hat of the codes 0x78 to 0x7E", shape=codes.shape, ask=ask)
    check.close(
        w_hat,
        "w_hat of the codes 0x78 to 0x7E",
        value * s,
        rtol=FLOAT32,
        suspects={"240 for all of them: exponent 15 holds numbers, up to 448": np.sign(value) * 240 * s},
        ask=ask,
    )


@exercise("dequantize_fp8_e4m3")
def test_fp8_scales_multiply_their_rows(lab, check, draw):
    (n,) = draw.sizes(1, 4, 12)
    codes = draw.rng.integers(0, 126, (n, n)).astype(np.uint8) + draw.rng.choice([0, 128], (n, n)).astype(np.uint8)
    value, scale = np.array([[value_of(int(c)) for c in row] for row in codes]), np.geomspace(0.001, 5, n)
    w_hat = lab.dequantize_fp8_e4m3(codes, scale)  # a scale in float64 still gives float32
    check.array(w_hat, "w_hat", shape=(n, n), dtype=np.float32)
    check.close(
        w_hat,
        "w_hat",
        value * scale[:, None],
        rtol=FLOAT32,
        suspects={
            "the scales laid along the columns: (out,) broadcasts over the last axis": value * scale,
            "the first row's scale for every row": value * scale[0],
            "the value divided by the scale: it was w that was divided": value / scale[:, None],
        },
        ask="Row i is the values of codes[i] times scale[i]",
    )
    wide = np.concatenate([codes, codes[:, ::-1]], axis=1)
    for view in (wide[:, ::2], wide[::-1, ::-1].T, codes[:1], codes[:, :1]):
        s = np.geomspace(0.01, 2, len(view)).astype(np.float32)
        value = np.array([[value_of(int(c)) for c in row] for row in view])
        w_hat = lab.dequantize_fp8_e4m3(view, s)
        check.array(w_hat, "w_hat of a view", shape=view.shape, dtype=np.float32, ask="Is an axis squeezed away?")
        check.close(w_hat, "w_hat of a view", value * s[:, None].astype(float), rtol=FLOAT32,
                    ask="Is the array's memory order relied on (ravel, reshape, view)?")  # fmt: skip


@exercise("dequantize_fp8_e4m3")
def test_fp8_codes_that_are_nan_or_do_not_fit_are_refused(lab, check):
    codes, scale = all_codes([1, 56, 126]), np.array([0.5, 2], np.float32)
    lab.dequantize_fp8_e4m3(codes, scale)
    for nan in (0x7F, 0xFF):
        bad = codes.copy()
        bad[1, 2] = nan
        words = f"a code 0x{nan:02X}: that is NaN in E4M3FN, not 480"
        check.refuses(lab.dequantize_fp8_e4m3, bad, scale, naming="codes", because=words)
    either = ("scale", "codes")
    for bad in (scale[:1], np.ones(3, np.float32)):
        words = f"a scale of shape {bad.shape} for codes {codes.shape}: one a row"
        check.refuses(lab.dequantize_fp8_e4m3, codes, bad, naming=either, because=words)
    for value in (np.nan, np.inf, 0.0, -1.0):
        words = f"a scale of {value}: scales are positive and finite"
        check.refuses(lab.dequantize_fp8_e4m3, codes, np.array([1, value]), naming="scale", because=words)
    for bad in (codes[0], codes[None]):
        words = f"codes of shape {bad.shape}: they must be (out, in)"
        check.refuses(lab.dequantize_fp8_e4m3, bad, scale[: len(bad)], naming=either, because=words)
