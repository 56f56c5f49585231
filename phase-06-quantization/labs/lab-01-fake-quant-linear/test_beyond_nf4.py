"""Beyond the core: NF4, from bitsandbytes' sixteen numbers."""

import numpy as np
import pytest

exercise = pytest.mark.exercise
FLOAT32 = 1e-6  # eight units in the last place of float32: room for a reciprocal, none for another formula


def absmax(w, axis=None):
    return np.abs(np.asarray(w, np.float64)).max(axis=axis)


NF4 = np.array(  # bitsandbytes, functional.py, create_normal_map: QLoRA's quantiles of a bell, made to hold -1, 0 and 1
    [
        -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
        -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
        0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
        0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
    ],
)  # fmt: skip
MIDPOINTS = (NF4[1:] + NF4[:-1]) / 2


def on_nf4(ratio):
    return np.searchsorted(MIDPOINTS, ratio)


def compare_nf4(check, codes, ratio, suspects={}, ask=""):
    """Every code is the nearest to its ratio w / absmax; within 1e-6 of a midpoint either neighbour is right."""
    ratio = np.asarray(ratio, np.float64)
    low, high = on_nf4(ratio - 1e-6), on_nf4(ratio + 1e-6)
    expected = np.where((codes == low) | (codes == high), codes, on_nf4(ratio))
    if (codes != expected).any():
        i = int(np.argmax(codes != expected))
        ask = f"w / absmax is {ratio[i]:.5f} there; code {codes[i]} means {NF4[codes[i]]:.5f}. {ask}"
    check.equal(codes, "codes", expected, suspects=suspects, ask=ask)


def nf4_codes(check, codes, size):
    ask = "One code a weight, each in a byte, in one flat line: not packed in pairs, not in the shape of w or blocks"
    check.array(codes, "codes", shape=(size,), dtype=np.uint8, ask=ask)
    return check.codes(codes, "codes", shape=(size,), low=0, high=15, dtype=np.uint8).astype(np.int64)


def a_weight_whose_blocks_cross_rows(draw):
    """Rows of 6, 10 or 14 weights and blocks of 8: nearly every block begins in one row and ends in another."""
    rows, columns = int(draw.rng.choice([4, 12, 20])), int(draw.rng.choice([6, 10, 14]))
    w = draw.tensor(rows, columns) * np.geomspace(1, 20, rows, dtype=np.float32)[:, None]
    w[:, ::3] *= -1
    return w


@exercise("quantize_nf4")
def test_each_block_of_consecutive_weights_has_its_absmax(lab, check, draw):
    w = a_weight_whose_blocks_cross_rows(draw)
    rows, columns = w.shape
    blocks = w.reshape(-1, 8).astype(np.float64)
    codes, peak = lab.quantize_nf4(w, 8)
    shapes = {
        (rows,): "one a row",
        (columns,): "one a column",
        (): "one for the whole weight",
        (1,): "one for the whole weight",
        (rows * -(-columns // 8),): "the blocks begin anew with each row",
        (len(blocks), 1): "the axis that the maximum ran over is kept",
    }
    if np.shape(peak) != (len(blocks),) and np.shape(peak) in shapes:
        check.fail(peak, f"absmax has shape {np.shape(peak)}, expected ({len(blocks)},): {shapes[np.shape(peak)]}",
                   f"{w.size} weights, row after row, in blocks of 8: a block may cross rows", named=True)  # fmt: skip
    check.array(peak, "absmax", shape=(len(blocks),), dtype=np.float32)
    nf4_codes(check, codes, w.size)
    true = np.abs(blocks).max(1)
    check.close(
        peak,
        "absmax",
        true,
        rtol=FLOAT32,
        suspects={
            "blocks down the columns: the weight is read row after row": absmax(w.T.reshape(-1, 8), 1),
            "every eighth weight in one block: a block is 8 consecutive weights": absmax(w.reshape(8, -1), 0),
            "one absmax for the whole weight in every block": np.full(len(true), true.max()),
            "max(block) without the magnitude": np.abs(blocks.max(1)),
            "the signed extreme of each block: absmax is a magnitude": np.where(
                blocks.max(1) == true, true, blocks.min(1)
            ),
            "absmax / 7, the scale of int4: NF4's values end at 1": true / 7,
            "absmax / 127, the scale of int8: NF4's values end at 1": true / 127,
            "absmax / 15: NF4's values end at 1": true / 15,
            "1 / absmax, the inverse": 1 / true,
            "the root mean square of each block": np.sqrt((blocks**2).mean(1)),
            "standard deviations: a bell's width is not its maximum": blocks.std(1),
            "absmax that went through float16, which keeps three digits": true.astype(np.float16),
        },
        ask="absmax[b] = max|block b|, not divided by anything",
    )


@exercise("quantize_nf4")
def test_nf4_codes_are_the_nearest_of_the_sixteen_values(lab, check, draw):
    w = a_weight_whose_blocks_cross_rows(draw)
    codes, _ = lab.quantize_nf4(w, 8)
    codes = nf4_codes(check, codes, w.size)
    blocks = w.reshape(-1, 8).astype(np.float64)
    x = (blocks / np.abs(blocks).max(1, keepdims=True)).ravel()
    right, int4 = on_nf4(x), np.rint(x * 7)
    down = w.T.reshape(-1, 8)
    columns = on_nf4(down / absmax(down, 1)[:, None]).ravel()
    compare_nf4(
        check,
        codes,
        x,
        suspects={
            "sixteen evenly spaced values from -1 to 1: NF4's are denser near zero": np.rint((x + 1) * 7.5),
            "a signed int4, rint(7 x) + 7: NF4 is a table, not an even grid": int4 + 7,
            "a signed int4, rint(7 x) + 8: NF4 is a table, not an even grid": int4 + 8,
            "a signed int4, rint(7 x), as two's complement": int4 % 16,
            "a signed int4, rint(8 x) clipped, + 8: NF4 is a table, not an even grid": np.clip(np.rint(x * 8), -8, 7)
            + 8,
            "searchsorted in the values themselves, which rounds up: the nearest changes at the midpoints": (
                np.searchsorted(NF4, x)
            ),
            "searchsorted in the values themselves, which rounds down: the nearest changes at the midpoints": (
                np.searchsorted(NF4, x, side="right") - 1
            ),
            "searchsorted in the values, side right, clipped: the nearest changes at the midpoints": np.minimum(
                np.searchsorted(NF4, x, side="right"), 15
            ),
            "the codes in reverse: 0 is -1 and 15 is 1": 15 - right,
            "codes counted from the value 0, as two's complement: 0 is -1 and 7 is 0": (right - 7) % 16,
            "codes shifted by 8: 0 is -1 and 7 is 0": (right + 8) % 16,
            "the codes of the magnitudes: the sign is lost": on_nf4(np.abs(x)),
            "one absmax for the whole weight": on_nf4((blocks / absmax(w)).ravel()),
            "one absmax a row: the blocks are the units": on_nf4((w / absmax(w, 1)[:, None]).ravel()),
            "w not divided by absmax": on_nf4(w.ravel()),
            "blocks down the columns, and codes in that order": columns,
            "blocks down the columns: the weight is read row after row": columns.reshape(w.T.shape).T.ravel(),
            "codes down the columns: they lie in the order of the weights, row after row": right.reshape(
                w.shape
            ).T.ravel(),
        },
        ask="Each w / absmax goes to the value of NF4 that is nearest",
    )


@exercise("quantize_nf4")
def test_nf4_values_keep_their_codes_and_the_nearest_changes_at_the_midpoints(lab, check, draw):
    beside = np.concatenate([MIDPOINTS - 2e-5, MIDPOINTS + 2e-5, [-1.0, 1.0]])
    x = np.concatenate([draw.rng.permutation(NF4), draw.rng.permutation(beside)])
    w = (x.reshape(4, 12) * 3).astype(np.float32)  # one block of 48: it holds the largest magnitude, 3
    codes, _ = lab.quantize_nf4(w, 48)
    codes = nf4_codes(check, codes, 48)
    x = w.astype(np.float64).ravel() / 3
    rounded = np.round(NF4, 4)
    compare_nf4(
        check,
        codes,
        x,
        suspects={
            "searchsorted in the values themselves, which rounds up: the nearest changes at the midpoints": (
                np.searchsorted(NF4, x - 1e-7)
            ),
            "searchsorted in the values themselves, which rounds down: the nearest changes at the midpoints": (
                np.searchsorted(NF4, x + 1e-7, side="right") - 1
            ),
            "a table rounded to four decimals": np.searchsorted((rounded[1:] + rounded[:-1]) / 2, x),
            "sixteen evenly spaced values from -1 to 1": np.rint((x + 1) * 7.5),
        },
        ask="Is it the nearest of the sixteen, and in float32 at least?",
    )


@exercise("quantize_nf4")
def test_nf4_zero_blocks_and_quiet_blocks(lab, check, draw):
    w = draw.tensor(4, 8)
    w[1] = 0
    w[2] *= np.float32(2.0**-80)
    codes, peak = lab.quantize_nf4(w, 8)
    codes = nf4_codes(check, codes, 32)
    ask = "A block of zeros has the largest magnitude 0: what is it divided by?"
    peak = check.array(peak, "absmax", shape=(4,), dtype=np.float32, ask=ask).astype(np.float64)
    back = NF4[codes].reshape(4, 8) * peak[:, None]
    check.equal(back[1], "NF4[codes] * absmax of the all-zero block", np.zeros(8), ask=ask)
    alive = [0, 2, 3]
    check.close(peak[alive], "absmax of the other blocks", absmax(w, 1)[alive], rtol=FLOAT32,
                suspects={"a floor of 1e-12 under absmax": np.maximum(absmax(w, 1), 1e-12)[alive]},
                ask="Block 2 is 2**-80 as loud: an epsilon, or a floor?")  # fmt: skip
    compare_nf4(check, codes[16:], (w[2:] / absmax(w, 1)[2:, None]).ravel(), ask="Is an epsilon added to absmax?")


@exercise("quantize_nf4")
def test_nf4_blocks_are_of_64_unless_said_otherwise(lab, check, draw):
    w = draw.tensor(6, 32)
    for options, size in (((), 64), ((96,), 96), ((192,), 192), ((2,), 2), ((1,), 1)):
        codes, peak = lab.quantize_nf4(w, *options)
        blocks = w.reshape(-1, size).astype(np.float64)
        ask = f"{w.size} weights in blocks of {size}" + ("" if options else ", the default")
        check.array(peak, "absmax", shape=(len(blocks),), dtype=np.float32, ask=ask)
        check.close(peak, "absmax", np.abs(blocks).max(1), rtol=FLOAT32, ask=ask)
        codes = nf4_codes(check, codes, w.size)
        compare_nf4(check, codes, (blocks / np.abs(blocks).max(1)[:, None]).ravel(), ask=ask)
    _, peak = lab.quantize_nf4(w, block_size=32)
    check.array(peak, "absmax", shape=(6,), ask="Is the option still called block_size?")


@exercise("quantize_nf4")
def test_nf4_takes_any_float_dtype_and_memory_layout(lab, check, draw):
    base = draw.tensor(2 * 48, 40)
    for dtype in (np.float16, np.float32, np.float64):
        view = base.astype(dtype)[::-2].T
        for w, kind in ((np.ascontiguousarray(view), view.dtype.name), (view, f"transposed {view.dtype.name}")):
            codes, peak = lab.quantize_nf4(w, 24)
            ask = f"Of a {kind} w: is something computed in float16, or the memory order relied on (ravel, reshape)?"
            codes = nf4_codes(check, codes, w.size)
            blocks = np.array(w, np.float64, order="C").reshape(-1, 24)
            check.array(peak, f"absmax of a {kind} w", shape=(80,), dtype=np.float32)
            check.close(peak, f"absmax of a {kind} w", np.abs(blocks).max(1), rtol=FLOAT32, ask=ask)
            compare_nf4(check, codes, (blocks / np.abs(blocks).max(1)[:, None]).ravel(), ask=ask)


@exercise("quantize_nf4")
def test_nf4_refuses_what_blocks_do_not_divide_and_bad_weights(lab, check, draw):
    w = draw.tensor(5, 12)
    lab.quantize_nf4(w, 20)
    for size in (64, 8, 120):
        words = f"60 weights in blocks of {size}: the last one would not be whole"
        check.refuses(lab.quantize_nf4, w, size, naming=("block_size", "w"), because=words)
    refuses_bad_weights(lab.quantize_nf4, check, w, 12)


@exercise("dequantize_nf4")
def test_an_nf4_code_is_a_value_of_the_table_times_its_blocks_absmax(lab, check, draw):
    rows, columns = draw.sizes(2, 2, 6)  # blocks of 4 that cross the rows: (4 rows, 6 columns) are 6 blocks
    shape = (2 * rows, 2 * columns)
    codes = np.concatenate([np.arange(16), draw.rng.integers(0, 16, 4 * rows * columns)]).astype(np.uint8)
    codes = draw.rng.permutation(codes[: 4 * rows * columns])
    peak = np.geomspace(0.5, 60, rows * columns).astype(np.float32)
    w_hat = lab.dequantize_nf4(codes, peak, shape)
    check.array(w_hat, "w_hat", shape=shape, dtype=np.float32, ask="One float32 a weight, in the shape asked for")
    c, a = codes.astype(np.int64), peak.astype(np.float64)
    repeated = np.repeat(a, 4)
    flat = NF4[c] * repeated
    check.close(
        w_hat,
        "w_hat",
        flat.reshape(shape),
        rtol=FLOAT32,
        suspects={
            words: np.asarray(value).reshape(shape)
            for words, value in {
                "evenly spaced values from -1 to 1: NF4's are denser near zero": (c / 7.5 - 1) * repeated,
                "(code - 7) / 7, a signed int4: NF4 is a table": (c - 7) / 7 * repeated,
                "(code - 8) / 7, a signed int4: NF4 is a table": (c - 8) / 7 * repeated,
                "(code - 8) / 8, a signed int4: NF4 is a table": (c - 8) / 8 * repeated,
                "(code - 8) * absmax, as if absmax were a scale": (c - 8) * repeated,
                "(code - 7) * absmax, as if absmax were a scale": (c - 7) * repeated,
                "the table in reverse: code 0 is -1": NF4[15 - c] * repeated,
                "codes as two's complement: code 0 is -1, code 7 is 0": NF4[(c + 8) % 16] * repeated,
                "the table rounded to four decimals": np.round(NF4, 4)[c] * repeated,
                "absmax tiled: block b holds consecutive codes, so each absmax stands beside itself": NF4[c]
                * np.tile(a, 4),
                "the table alone: absmax is left out": NF4[c],
                "the first block's absmax for all": NF4[c] * a[0],
                "the table divided by absmax": NF4[c] / repeated,
                "a weight filled down the columns: the codes go row after row": flat.reshape(shape[::-1]).T,
                "absmax in float16, which keeps three digits": NF4[c] * np.float16(repeated),
                "a table in float16, which keeps three digits": np.float16(NF4)[c] * repeated,
            }.items()
        },
        ask="NF4[code] * absmax[block], a block being codes.size // absmax.size consecutive codes",
    )


@exercise("dequantize_nf4")
def test_nf4_blocks_of_any_size_zero_blocks_and_layouts_come_back(lab, check, draw):
    codes = draw.rng.integers(0, 16, 2 * 96).astype(np.uint8)[::-2]
    for blocks in (1, 3, 8, 96):
        peak = np.linspace(3, 0, blocks + 1)[::-1][1:] if blocks == 1 else np.linspace(0, 3, blocks)  # the first is 0
        for shape in ((8, 12), (96, 1), (1, 96)):
            w_hat = lab.dequantize_nf4(codes, peak, shape)  # absmax in float64 still gives float32
            check.array(w_hat, "w_hat", shape=shape, dtype=np.float32, ask="float32, in the shape asked for")
            expected = (NF4[codes] * np.repeat(peak, 96 // blocks)).reshape(shape)
            check.close(w_hat, "w_hat", expected, rtol=FLOAT32,
                        ask=f"{blocks} blocks of {96 // blocks}: is the block size codes over blocks?")  # fmt: skip


@exercise("dequantize_nf4")
def test_nf4_codes_that_do_not_fit_are_refused_by_name(lab, check, draw):
    codes, peak = draw.rng.integers(0, 16, 24).astype(np.uint8), np.ones(6, np.float32)
    lab.dequantize_nf4(codes, peak, (4, 6))
    for shape in ((4, 5), (6, 6)):
        words = f"24 codes for a weight of shape {shape}"
        check.refuses(lab.dequantize_nf4, codes, peak, shape, naming=("shape", "codes"), because=words)
    for bad in (np.ones(7, np.float32), np.ones(5, np.float32)):
        words = f"{len(bad)} blocks for 24 codes: no whole number of codes a block"
        check.refuses(lab.dequantize_nf4, codes, bad, (4, 6), naming=("absmax", "codes", "shape"), because=words)
    for value in (np.nan, np.inf):
        bad = peak.copy()
        bad[2] = value
        check.refuses(lab.dequantize_nf4, codes, bad, (4, 6), naming="absmax", because=f"an absmax of {value}")


def refuses_bad_weights(quantize, check, good, *options):
    quantize(good, *options)
    for value in (np.nan, np.inf, -np.inf):
        bad = good.copy()
        bad[-1, 0] = value
        check.refuses(quantize, bad, *options, naming="w", because=f"a w that holds {value}")
    for bad in (good[0], good[None]):
        check.refuses(quantize, bad, *options, naming="w", because=f"a w of shape {bad.shape}: it must be (out, in)")
