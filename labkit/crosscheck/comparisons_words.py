"""Packed codes: the int32 words of three formats, and the bytes of pack_int4 beside two other layouts."""

from __future__ import annotations

import numpy as np

from labkit import provenance
from labkit.crosscheck import inputs
from labkit.crosscheck.comparing import add, compare, numpy, part, tensor

_GOLDEN = "packing-golden"  # recorded from the libraries that do not fit into one environment with the others


def _version(package: str) -> str:
    return provenance.read(_GOLDEN)[package]["source"]["versions"][package]


def _recorded(package: str):
    """Each recorded matrix as (codes int8 in [-8, 7], words int32)."""
    for case in provenance.read(_GOLDEN)[package]["cases"].values():
        codes = np.array([[int(digit, 16) for digit in line] for line in case["codes"]], np.int8) - np.int8(8)
        words = np.array([[int(word, 16) for word in line.split()] for line in case["qweight"]], np.uint32)
        yield codes, words.view(np.int32)


@compare(
    "03", "pack_compressed_tensors", "compressed-tensors", "compressors.pack_to_int32", "same",
    en="Eight codes of a row in a word, code + 8.",
    es="Ocho códigos de una fila en una palabra, código + 8.",
)  # fmt: skip
def words_compressed_tensors(lab):
    from compressed_tensors.compressors import pack_to_int32

    q = inputs.int4_codes()
    return {"words": part(lab.pack_compressed_tensors(q), numpy(pack_to_int32(tensor(q), 4)))}


@compare(
    "03", "unpack_compressed_tensors", "compressed-tensors", "compressors.unpack_from_int32", "same",
    en="Their words, read by both.",
    es="Sus palabras, leídas por ambos.",
)  # fmt: skip
def words_back_compressed_tensors(lab):
    import torch
    from compressed_tensors.compressors import pack_to_int32, unpack_from_int32

    q = inputs.int4_codes()
    words = pack_to_int32(tensor(q), 4)
    theirs = numpy(unpack_from_int32(words, 4, torch.Size(q.shape)))
    return {"codes": part(lab.unpack_compressed_tensors(numpy(words)), theirs)}


def _packs(lab, function, package):
    return add([{"words": part(getattr(lab, function)(q), words)} for q, words in _recorded(package)])


def _unpacks(lab, function, package):
    return add([{"codes": part(getattr(lab, function)(words), q)} for q, words in _recorded(package)])


@compare(
    "03", "pack_gptq", "gptqmodel", "TorchLinear.pack_original", "same", recorded=_version("gptqmodel"),
    en="Eight inputs in a word, code + 8; words recorded in gptqmodel's own environment.",
    es="Ocho entradas en una palabra, código + 8; palabras registradas en el entorno de gptqmodel.",
)  # fmt: skip
def words_gptq(lab):
    return _packs(lab, "pack_gptq", "gptqmodel")


@compare(
    "03", "unpack_gptq", "gptqmodel", "TorchLinear.pack_original", "same", recorded=_version("gptqmodel"),
    en="Its recorded words, back to the codes that it was given.",
    es="Sus palabras registradas, de vuelta a los códigos que recibió.",
)  # fmt: skip
def words_back_gptq(lab):
    return _unpacks(lab, "unpack_gptq", "gptqmodel")


@compare(
    "03", "pack_awq", "autoawq", "WQLinear_GEMM.from_linear", "same", recorded=_version("autoawq"),
    en="Eight outputs in a word, in the order 0 2 4 6 1 3 5 7; words recorded in autoawq's own environment.",
    es="Ocho salidas en una palabra, en el orden 0 2 4 6 1 3 5 7; palabras registradas en el entorno de autoawq.",
)  # fmt: skip
def words_awq(lab):
    return _packs(lab, "pack_awq", "autoawq")


@compare(
    "03", "unpack_awq", "autoawq", "WQLinear_GEMM.from_linear", "same", recorded=_version("autoawq"),
    en="Its recorded words, back to the codes that it was given.",
    es="Sus palabras registradas, de vuelta a los códigos que recibió.",
)  # fmt: skip
def words_back_awq(lab):
    return _unpacks(lab, "unpack_awq", "autoawq")


@compare(
    "03", "pack_int4", "compressed-tensors", "compressors.pack_to_int32, its bytes", "other",
    en="The same order of columns; a nibble holds code + 8 where ours is two's complement: every byte XOR 0x88.",
    es="El mismo orden de columnas; un nibble guarda código + 8 y el nuestro complemento a dos: cada byte XOR 0x88.",
)  # fmt: skip
def bytes_compressed_tensors(lab):
    from compressed_tensors.compressors import pack_to_int32

    q = inputs.int4_codes()
    theirs = numpy(pack_to_int32(tensor(q), 4)).astype("<i4").view(np.uint8)
    packed = lab.pack_int4(q)
    return {"bytes": part(packed, theirs, applied=packed ^ 0x88)}


@compare(
    "03", "pack_int4", "gguf", "quantize(Q4_0), its nibbles", "other",
    en="Byte j of a block of 32 holds the columns j (low) and j + 16 (high), where ours holds 2j and 2j + 1; code + 8.",
    es="El byte j de un bloque de 32 guarda las columnas j (bajo) y j + 16 (alto), el nuestro 2j y 2j + 1; código + 8.",
)  # fmt: skip
def bytes_gguf(lab):
    import gguf

    blocks = inputs.int4_codes().reshape(-1, 32)
    blocks = blocks[(blocks == -8).any(axis=1)]  # with -8 steps as its loudest weight, a block keeps our codes
    made = gguf.quants.quantize(blocks.astype(np.float32) / 4, gguf.GGMLQuantizationType.Q4_0)
    halves = blocks.reshape(-1, 2, 16).transpose(0, 2, 1).reshape(-1, 32)
    return {"bytes": part(lab.pack_int4(blocks), made[:, 2:], applied=lab.pack_int4(halves) ^ 0x88)}


@compare(
    "03", "unpack_int4", "gguf", "quantize(Q4_0), its nibbles", "other",
    en="Read back: the low nibbles of a block are its first half, the high ones its second; each less 8.",
    es="Leído de vuelta: los nibbles bajos de un bloque son su primera mitad, los altos la segunda; cada uno menos 8.",
)  # fmt: skip
def bytes_back_gguf(lab):
    import gguf

    blocks = inputs.int4_codes().reshape(-1, 32)
    blocks = blocks[(blocks == -8).any(axis=1)]
    made = gguf.quants.quantize(blocks.astype(np.float32) / 4, gguf.GGMLQuantizationType.Q4_0)
    read = lab.unpack_int4(made[:, 2:] ^ 0x88)
    halves = read.reshape(-1, 16, 2).transpose(0, 2, 1).reshape(-1, 32)
    return {"codes": part(lab.unpack_int4(made[:, 2:]), blocks, applied=halves)}
