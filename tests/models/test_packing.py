"""Eight codes in a word, as the libraries write them: against their own words, and by the definition."""

import re

import numpy as np
import pytest

from labkit import course, provenance
from labkit.models import packing

capture = pytest.importorskip("labkit.models.capture_packing", reason="needs torch: install the extra 'models'")

GOLDEN = provenance.read(capture.STORED)
LAYOUTS = {"compressed-tensors": "compressed_tensors", "gptqmodel": "gptq", "autoawq": "awq"}
CASES = [(library, case) for library, stored in GOLDEN.items() for case in stored["cases"]]


def golden(library, case):
    stored = GOLDEN[library]["cases"][case]
    signed = capture.to_codes(stored["codes"]).astype(np.int8) - np.int8(8)
    return signed, stored, getattr(packing, f"pack_{LAYOUTS[library]}"), getattr(packing, f"unpack_{LAYOUTS[library]}")


def words_of(stored, library):
    return capture.to_words(stored["weight_packed" if library == "compressed-tensors" else "qweight"])


def test_every_library_was_captured_on_every_case():
    assert GOLDEN.keys() == LAYOUTS.keys()
    for library, stored in GOLDEN.items():
        assert stored["source"]["versions"][library] and stored["source"]["seed"] == capture.SEED
        for case, (q, zero) in capture.cases().items():
            assert stored["cases"][case]["codes"] == capture.to_text(q)
            assert stored["cases"][case]["zero_points"] == capture.to_text(zero)


@pytest.mark.parametrize("library, case", CASES)
def test_our_words_are_the_librarys_words_byte_for_byte(library, case):
    q, stored, pack, unpack = golden(library, case)
    words = words_of(stored, library)
    packed = pack(q)
    assert packed.dtype == np.int32 and packed.shape == words.shape
    assert packed.tobytes() == words.tobytes()
    np.testing.assert_array_equal(unpack(words), q)


@pytest.mark.parametrize("library, case", CASES)
def test_the_librarys_words_read_by_the_definition_give_the_codes(library, case):
    q, stored, *_ = golden(library, case)
    words = words_of(stored, library).view(np.uint32)
    for row in range(q.shape[0]):
        for column in range(q.shape[1]):
            if library == "compressed-tensors":
                word, place = words[row, column // 8], column % 8
            elif library == "gptqmodel":
                word, place = words[column // 8, row], column % 8
            else:
                word, place = words[column, row // 8], (0, 4, 1, 5, 2, 6, 3, 7)[row % 8]
            assert int(word) // 16**place % 16 - 8 == q[row, column]


@pytest.mark.parametrize("case", GOLDEN["autoawq"]["cases"])
def test_awq_zero_points_are_packed_like_its_codes(case):
    stored = GOLDEN["autoawq"]["cases"][case]
    zero = capture.to_codes(stored["zero_points"]).astype(np.int8) - np.int8(8)
    np.testing.assert_array_equal(packing.pack_awq(zero), capture.to_words(stored["qzeros"]))


@pytest.mark.parametrize("case", GOLDEN["gptqmodel"]["cases"])
def test_gptq_files_store_the_zero_point_less_one(case):
    stored = GOLDEN["gptqmodel"]["cases"][case]
    assert (capture.to_words(stored["qzeros_v2"]).view(np.uint32) == 0x88888888).all()
    assert (capture.to_words(stored["qzeros"]) == packing.GPTQ_ZERO_WORD).all()


def test_compressed_tensors_packs_the_same_here_and_now():
    torch, library = pytest.importorskip("torch"), pytest.importorskip("compressed_tensors.compressors")
    q = np.random.default_rng(3).integers(-8, 8, (17, 40)).astype(np.int8)
    expected = library.pack_to_int32(torch.from_numpy(q), 4).numpy()
    assert packing.pack_compressed_tensors(q).tobytes() == expected.tobytes()


@pytest.mark.parametrize("layout", LAYOUTS.values())
def test_any_memory_layout_of_the_codes_gives_the_same_words(layout):
    pack = getattr(packing, f"pack_{layout}")
    q = np.random.default_rng(4).integers(-8, 8, (16, 24)).astype(np.int8)
    for view in (np.asfortranarray(q), np.repeat(q, 2, axis=1)[:, ::2], q[::-1][::-1]):
        np.testing.assert_array_equal(pack(view), pack(q))


@pytest.mark.parametrize("layout", LAYOUTS.values())
@pytest.mark.parametrize("q, says", [
    (np.full((8, 8), 8, np.int8), "8"), (np.full((8, 8), -9, np.int8), "-9"), (np.zeros((12, 12), np.int8), "12"),
    (np.zeros((8, 8), np.int32), "int32"), (np.zeros(8, np.int8), "(8,)"), (np.zeros((0, 8), np.int8), "(0, 8)"),
])  # fmt: skip
def test_codes_that_do_not_fit_are_refused(layout, q, says):
    with pytest.raises(ValueError, match="q ") as caught:
        getattr(packing, f"pack_{layout}")(q)
    assert says in str(caught.value)


@pytest.mark.parametrize("page", ["docs/en/checkpoints.md", "docs/es/puntos-de-control.md"])
def test_the_word_worked_by_hand_on_the_page_is_the_word(page):
    q = np.array([[1, -2, 7, -7, 0, 3, -4, 5]], np.int8)
    text = (course.ROOT / page).read_text(encoding="utf-8")
    assert "1, -2, 7, -7, 0, 3, -4, 5" in text
    words = [int(word, 16) for word in re.findall(r"`0x([0-9A-F]{8})`", text)]
    for packed in (packing.pack_compressed_tensors(q), packing.pack_gptq(q), packing.pack_awq(q.T)):
        assert packed.item() % 2**32 in words
    assert packing.GPTQ_ZERO_WORD in words and 0x88888888 in words
