"""What the words of real checkpoints must hold, beyond lab 03's core. `lab` is the implementation under test, `check`
makes the claims, `draw` gives irregular inputs; conftest.py at the root says what the three promise."""

import numpy as np
import pytest

exercise = pytest.mark.exercise

# ---- eight codes in a word ----
# A round trip proves no layout. Each word is computed here in plain integers, and each function judged alone.

NATURAL, AWQ = (0, 1, 2, 3, 4, 5, 6, 7), (0, 2, 4, 6, 1, 3, 5, 7)
UNDO = (0, 4, 1, 5, 2, 6, 3, 7)  # where each code of an AWQ word lies
HAND = np.array([[1, -2, 7, -7, 0, 3, -4, 5], [-8, 7, -1, 2, -3, 6, -5, 4]], np.int8)  # stored 9 6 F 1 8 B 4 D, ...


def some_codes(draw, rows, columns):
    return draw.rng.integers(-8, 8, (rows, columns)).astype(np.int8)


def as_int32(words):
    """The 32 bits of each word, read as int32."""
    return ((np.asarray(words, np.int64) + 2**31) % 2**32 - 2**31).astype(np.int32)


def words_of(nibbles, order=NATURAL):
    """int32 (rows, columns // 8): nibble i of a word holds column 8k + order[i]."""
    eights = np.asarray(nibbles, np.int64).reshape(len(nibbles), -1, 8)[:, :, list(order)]
    return as_int32((eights << np.arange(0, 32, 4)).sum(axis=2))


def layouts(stored, layout):
    """The words of a layout for nibbles (out, in), and of those it is taken for."""
    if layout == "compressed_tensors":
        return {order: words_of(stored, order) for order in (NATURAL, AWQ, UNDO, NATURAL[::-1])}
    if layout == "gptq":
        return {order: words_of(stored, order).T for order in (NATURAL, AWQ, UNDO, NATURAL[::-1])}
    return {order: words_of(stored.T, order) for order in (AWQ, NATURAL, UNDO, AWQ[::-1], NATURAL[::-1])}


def shape_of(layout, rows, columns):
    return {"compressed_tensors": (rows, columns // 8), "gptq": (columns // 8, rows), "awq": (columns, rows // 8)}[
        layout
    ]


WHERE = {
    "compressed_tensors": "nibble i of word [r, k] is row r, column 8k + i",
    "gptq": "nibble i of word [k, r] is row r, column 8k + i: inputs first",
    "awq": "nibble i of word [c, k] is column c, row 8k + (0, 2, 4, 6, 1, 3, 5, 7)[i]",
}
SIGNED = "The file holds int32: the same 32 bits, read as a signed number"
ORDERS = {
    NATURAL: "the codes in their natural order: AWQ's nibbles hold codes 0, 2, 4, 6, 1, 3, 5, 7",
    AWQ: "AWQ's order, 0 2 4 6 1 3 5 7, which is AWQ's alone",
    UNDO: "the order 0 4 1 5 2 6 3 7, which is the one that undoes AWQ's",
    NATURAL[::-1]: "the first code in the highest nibble: it belongs in the lowest",
    AWQ[::-1]: "the order read from the highest nibble: nibble 0 is the lowest",
}


def pack_suspects(q, layout):
    q = q.astype(np.int64)
    rows, columns = q.shape
    right, *others = layouts(q + 8, layout).items()
    suspects = {ORDERS[order]: words for order, words in others}
    suspects["two's complement: these formats store code + 8"] = layouts(q & 15, layout)[right[0]]
    suspects["code + 7: these formats store code + 8"] = layouts((q + 7) & 15, layout)[right[0]]
    suspects["no mask on negative codes, whose sign bits fill the nibbles above"] = layouts(q, layout)[right[0]]
    low = right[1].astype(np.int64) & 255
    suspects["the shift in int8, which has room for two nibbles: a word has eight"] = low - 256 * (low > 127)
    suspects["the bytes of each word reversed"] = right[1].astype(np.int32).byteswap()
    if rows == columns:
        suspects["the codes transposed before packing"] = layouts(q.T + 8, layout)[right[0]]
        for other in ("compressed_tensors", "gptq", "awq"):
            words = next(iter(layouts(q + 8, other).values()))
            if other != layout and words.shape == right[1].shape:
                suspects[f"the layout of pack_{other}"] = words
    return suspects


def check_packed(lab, check, layout, q, what=""):
    words = getattr(lab, f"pack_{layout}")(q)
    rows, columns = q.shape
    expected = shape_of(layout, rows, columns)
    if np.shape(words) != expected:
        ask = f"Eight codes share a word: {WHERE[layout]}"
        for other, is_like in (("compressed_tensors", "a row's"), ("gptq", "a row's"), ("awq", "a column's")):
            if other != layout and np.shape(words) == shape_of(other, rows, columns):
                ask = f"That is the shape of pack_{other}. Here {WHERE[layout]}"
        check.fail(words, f"words have shape {np.shape(words)}, expected {expected}", ask)
    check.array(words, f"words{what}", shape=expected, dtype=np.int32, ask=SIGNED)
    check.equal(
        words,
        f"words{what}",
        next(iter(layouts(q.astype(np.int64) + 8, layout).values())),
        suspects=pack_suspects(q, layout),
        ask=f"Stored is code + 8, and {WHERE[layout]}. Print your word in hexadecimal",
    )


def check_packs_by_hand(lab, check, layout):
    """Two words whose hexadecimal digits are the stored codes, the highest nibble first."""
    words = getattr(lab, f"pack_{layout}")(HAND.T.copy() if layout == "awq" else HAND)
    digits = [[0xDB1648F9, 0xCEAF3570]] if layout == "awq" else [[0xD4B81F69, 0xC3E5A7F0]]
    expected = as_int32(np.array(digits).T if layout != "gptq" else digits)
    check.array(words, "words", shape=expected.shape, ask=f"Eight codes share a word: {WHERE[layout]}")
    check.array(words, "words", shape=expected.shape, dtype=np.int32, ask=SIGNED)
    q = HAND.T if layout == "awq" else HAND
    check.equal(
        words,
        "words",
        expected,
        suspects=pack_suspects(q, layout),
        ask=f"1, -2, 7, -7, 0, 3, -4, 5 is stored as 9, 6, F, 1, 8, B, 4, D: the word 0x{digits[0][0]:X}",
    )


def check_packs_anything(lab, check, draw, layout):
    rows, columns = draw.sizes(2, 2, 6, multiple=8)
    odd = draw.sizes(1, 3, 7)[0]
    check_packed(lab, check, layout, some_codes(draw, rows, columns))
    shape = (8, odd) if layout == "awq" else (odd, 8)  # only the packed axis must be a multiple of 8
    check_packed(
        lab, check, layout, some_codes(draw, *shape), " of one word a " + ("column" if layout == "awq" else "row")
    )
    view = some_codes(draw, 2 * columns, rows)[::-2].T
    check_packed(lab, check, layout, view, " of a reversed, transposed view")


def check_packs_a_square(lab, check, draw, layout):
    # Where the three shapes of words are two by two the same, only the words tell which layout this is.
    check_packed(lab, check, layout, some_codes(draw, 8, 8))
    check_packed(lab, check, layout, some_codes(draw, 24, 24))


def check_pack_refusals(lab, check, draw, layout):
    function = getattr(lab, f"pack_{layout}")
    rows, columns = draw.sizes(2, 2, 5, multiple=8)
    q = some_codes(draw, rows, columns)
    function(q)
    for code in (8, -9, 15, 127, -128):
        bad = q.copy()
        bad[-1, -1] = code
        check.refuses(function, bad, naming="q", because=f"a code of {code}: four bits hold -8 to 7")
    short = q[:-1] if layout == "awq" else q[:, :-1]
    check.refuses(function, short, naming="q", because=f"a q of shape {short.shape}: eight codes share a word")
    for bad in (q[0], q[None]):
        check.refuses(function, bad, naming="q", because=f"a q of shape {bad.shape}: it must be (out, in)")


def codes_of(words, order=NATURAL):
    """Stored codes (rows, 8 * columns) of words, code order[i] from nibble i."""
    nibbles = (np.asarray(words, np.int64)[:, :, None] % 2**32) >> np.arange(0, 32, 4) & 15
    eights = np.empty_like(nibbles)
    eights[:, :, list(order)] = nibbles
    return eights.reshape(len(nibbles), -1)


def unpacked(words, layout):
    """Order -> the stored codes (out, in) that a reader with this order finds in words."""
    orders = (AWQ, NATURAL, UNDO, NATURAL[::-1]) if layout == "awq" else (NATURAL, AWQ, UNDO, NATURAL[::-1])
    turned = np.asarray(words).T if layout == "gptq" else np.asarray(words)
    found = {order: codes_of(turned, order) for order in orders}
    return {order: stored.T for order, stored in found.items()} if layout == "awq" else found


def unpack_suspects(words, layout):
    (_, right), *others = unpacked(words, layout).items()
    suspects = {}
    for order, stored in others:
        says = ORDERS[order]
        if layout == "awq" and order == UNDO:
            says = "AWQ's order applied a second time: reading must undo it"
        suspects[says] = stored - 8
    suspects["two's complement: stored is code + 8"] = np.where(right > 7, right - 16, right)
    suspects["the stored codes, 0 to 15: 8 is still to be subtracted"] = right
    suspects["15 - stored or stored - 7: stored is code + 8"] = right - 7
    if layout != "compressed_tensors" and np.shape(words)[0] == np.shape(words)[1]:
        suspects["the words transposed"] = next(iter(unpacked(np.asarray(words).T, layout).values())) - 8
    if right.shape[0] == right.shape[1]:
        suspects["the codes transposed: weights are (out, in)"] = right.T - 8
    return suspects


def check_unpacked(lab, check, layout, words, what=""):
    q = getattr(lab, f"unpack_{layout}")(words)
    expected = next(iter(unpacked(words, layout).values())) - 8
    if np.shape(q) == expected.shape[::-1] != expected.shape:
        check.fail(q, f"q has shape {np.shape(q)}, expected (out, in) = {expected.shape}",
                   f"The weight comes back as (out, in), whatever the file holds: {WHERE[layout]}")  # fmt: skip
    check.array(q, f"q{what}", shape=expected.shape, ask=f"Each word holds eight codes: {WHERE[layout]}")
    check.equal(q, f"q{what}", expected, suspects=unpack_suspects(words, layout),
                ask=f"A code is its nibble less 8, and {WHERE[layout]}")  # fmt: skip
    check.array(q, f"q{what}", shape=expected.shape, dtype=np.int8)


def some_words(draw, rows, columns):
    """Words of all 32 bits, half of them negative."""
    return draw.rng.integers(-(2**31), 2**31, (rows, columns)).astype(np.int32)


def check_unpacks_by_hand(lab, check, layout):
    words = np.array([[0xDB1648F9, 0xCEAF3570]] if layout == "awq" else [[0xD4B81F69, 0xC3E5A7F0]])
    words = as_int32(words if layout == "gptq" else words.T)
    q = getattr(lab, f"unpack_{layout}")(words)
    expected = HAND.T if layout == "awq" else HAND
    if np.shape(q) == expected.shape[::-1]:
        check.fail(q, f"q has shape {np.shape(q)}, expected (out, in) = {expected.shape}",
                   f"The weight comes back as (out, in): {WHERE[layout]}")  # fmt: skip
    check.array(q, "q", shape=expected.shape, ask=f"Eight codes from each word: {WHERE[layout]}")
    check.equal(q, "q", expected, suspects=unpack_suspects(words, layout),
                ask="The lowest hexadecimal digit of a word is nibble 0, and a code is its digit less 8")  # fmt: skip
    check.array(q, "q", shape=expected.shape, dtype=np.int8, ask="A code of four bits is kept in an int8")


def check_unpacks_anything(lab, check, draw, layout):
    few, many = draw.sizes(2, 2, 7)
    check_unpacked(lab, check, layout, some_words(draw, few, many))
    check_unpacked(lab, check, layout, some_words(draw, 8 * few, few), " of more words down than across")
    check_unpacked(lab, check, layout, some_words(draw, 2 * few, many)[::-2].T, " of a reversed, transposed view")
    check_unpacked(lab, check, layout, some_words(draw, many, many), " of a square of words")
    every = as_int32(np.arange(16)[:, None] * 0x11111111 + np.zeros((1, 3), np.int64))
    check_unpacked(lab, check, layout, every, " of words of eight equal digits")


def check_unpack_refusals(lab, check, draw, layout):
    function = getattr(lab, f"unpack_{layout}")
    words = some_words(draw, 3, 4)
    function(words)
    for bad in (words[0], words[None]):
        check.refuses(function, bad, naming="words", because=f"words of shape {bad.shape}: they have two axes")


@exercise("pack_compressed_tensors")
def test_compressed_tensors_words_are_those_computed_by_hand(lab, check):
    check_packs_by_hand(lab, check, "compressed_tensors")


@exercise("pack_compressed_tensors")
def test_compressed_tensors_words_hold_eight_neighbours_of_a_row(lab, check, draw):
    check_packs_anything(lab, check, draw, "compressed_tensors")


@exercise("pack_compressed_tensors")
def test_a_square_is_packed_as_compressed_tensors_does(lab, check, draw):
    check_packs_a_square(lab, check, draw, "compressed_tensors")


@exercise("pack_compressed_tensors")
def test_compressed_tensors_packer_refuses_what_does_not_fit(lab, check, draw):
    check_pack_refusals(lab, check, draw, "compressed_tensors")


@exercise("unpack_compressed_tensors")
def test_compressed_tensors_codes_are_those_read_by_hand(lab, check):
    check_unpacks_by_hand(lab, check, "compressed_tensors")


@exercise("unpack_compressed_tensors")
def test_compressed_tensors_words_are_read_whatever_their_bits(lab, check, draw):
    check_unpacks_anything(lab, check, draw, "compressed_tensors")


@exercise("unpack_compressed_tensors")
def test_compressed_tensors_reader_refuses_other_ranks(lab, check, draw):
    check_unpack_refusals(lab, check, draw, "compressed_tensors")


@exercise("pack_gptq")
def test_gptq_words_are_those_computed_by_hand(lab, check):
    check_packs_by_hand(lab, check, "gptq")


@exercise("pack_gptq")
def test_gptq_words_hold_eight_inputs_of_an_output(lab, check, draw):
    check_packs_anything(lab, check, draw, "gptq")


@exercise("pack_gptq")
def test_a_square_is_packed_as_gptq_does(lab, check, draw):
    check_packs_a_square(lab, check, draw, "gptq")


@exercise("pack_gptq")
def test_gptq_packer_refuses_what_does_not_fit(lab, check, draw):
    check_pack_refusals(lab, check, draw, "gptq")


@exercise("unpack_gptq")
def test_gptq_codes_are_those_read_by_hand(lab, check):
    check_unpacks_by_hand(lab, check, "gptq")


@exercise("unpack_gptq")
def test_gptq_words_are_read_whatever_their_bits(lab, check, draw):
    check_unpacks_anything(lab, check, draw, "gptq")


@exercise("unpack_gptq")
def test_gptq_reader_refuses_other_ranks(lab, check, draw):
    check_unpack_refusals(lab, check, draw, "gptq")


@exercise("pack_awq")
def test_awq_words_are_those_computed_by_hand(lab, check):
    check_packs_by_hand(lab, check, "awq")


@exercise("pack_awq")
def test_awq_words_hold_eight_outputs_of_an_input_in_awqs_order(lab, check, draw):
    check_packs_anything(lab, check, draw, "awq")


@exercise("pack_awq")
def test_a_square_is_packed_as_awq_does(lab, check, draw):
    check_packs_a_square(lab, check, draw, "awq")


@exercise("pack_awq")
def test_awq_packer_refuses_what_does_not_fit(lab, check, draw):
    check_pack_refusals(lab, check, draw, "awq")


@exercise("unpack_awq")
def test_awq_codes_are_those_read_by_hand(lab, check):
    check_unpacks_by_hand(lab, check, "awq")


@exercise("unpack_awq")
def test_awq_words_are_read_whatever_their_bits(lab, check, draw):
    check_unpacks_anything(lab, check, draw, "awq")


@exercise("unpack_awq")
def test_awq_reader_refuses_other_ranks(lab, check, draw):
    check_unpack_refusals(lab, check, draw, "awq")
