"""Arrays and plain values as JSON and raw bytes, and back, with every type, size and shape checked on arrival.

No pickle: whatever the bytes say, what comes out is None, a bool, a number, a string, a numpy array or scalar of
a plain dtype, or a list, tuple or dict of those. Anything else that a function returned arrives as a `Foreign`,
which knows the name of its type and how it read, and nothing more.
"""

from __future__ import annotations

import functools
import json
import math
import re
from types import SimpleNamespace

import numpy as np

KINDS = "biufcSUmM"
DEPTH, NODES, TEXT = 12, 50_000, 4000
_DTYPE = re.compile(r"[<>|=]([biufcSU])(\d{1,6})|[<>|=]([mM])8(\[[0-9a-zA-Z]{1,12}\])?")
_NAME = re.compile(r"[^\w.<>]")


class NotPlain(TypeError):
    """A value that cannot be carried; the message says which."""


class Garbage(ValueError):
    """Bytes that no honest worker sends; the message says what is wrong with them."""


class Foreign:
    """Stands for an object that is no plain value: the name of its type, and its repr."""

    def __repr__(self):
        return self._text


def foreign(module: str, name: str, text: str) -> Foreign:
    """A Foreign whose type reads as `module.name`."""
    module, name = (_NAME.sub("", str(part))[:80] for part in (module, name))
    value = type(name or "object", (Foreign,), {"__module__": module})()
    value._text = cut(text, 200)
    return value


def cut(text: str, length: int = TEXT) -> str:
    text = str(text)
    return text if len(text) <= length else text[: length - 1] + "…"


# ---- out ----


def encode(value, buffers: list, limit: int = 2**40, lenient: bool = False, layout: bool = False):
    """`value` as a tree for JSON; the bytes of arrays are appended to `buffers`.

    layout: arrays keep their strides, as the tests mean them to. lenient: what is not plain becomes a Foreign.
    NotPlain where it does not (strict), or where more than `limit` bytes would have to travel.
    """
    return _Encoder(buffers, limit, lenient, layout).tree(value, 0)


class _Encoder:
    def __init__(self, buffers: list, limit: int, lenient: bool, layout: bool):
        self.buffers, self.room, self.lenient, self.layout, self.nodes = buffers, limit, lenient, layout, 0
        self.seen: dict[int, dict] = {}

    def tree(self, value, depth: int):
        self.nodes += 1
        if self.nodes > NODES:
            raise NotPlain(f"more than {NODES} values in lists and dicts")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, np.generic):
            return self.scalar(value)
        if kind is int or (self.lenient and isinstance(value, int)):
            return self.integer(int(value))
        if isinstance(value, str) and (kind is str or self.lenient):
            return self.text(str.__str__(value))
        if isinstance(value, float) and self.lenient:
            return float(value)
        if depth < DEPTH:
            if kind in (list, tuple) or (self.lenient and isinstance(value, (list, tuple))):
                return {"t": "l" if isinstance(value, list) else "u", "v": [self.tree(v, depth + 1) for v in value]}
            if kind is dict or (self.lenient and isinstance(value, dict)):
                pairs = [[self.tree(k, depth + 1), self.tree(v, depth + 1)] for k, v in dict.items(value)]
                return {"t": "d", "v": pairs}
            if kind is SimpleNamespace and not self.lenient:
                return {"t": "n", "v": [[k, self.tree(v, depth + 1)] for k, v in vars(value).items()]}
        if not self.lenient:
            raise NotPlain(
                f"a {kind.__name__} cannot be handed to a worker; arrays, numbers, strings, lists and dicts can"
            )
        return self.foreign(value)

    def integer(self, value: int):
        if -(2**63) < value < 2**63:
            return value
        if value.bit_length() > 8192:
            raise NotPlain(f"an integer of {value.bit_length()} bits")
        return {"t": "i", "v": hex(value)}

    def text(self, value: str) -> str:
        self.spend(4 * len(value))
        return value

    def foreign(self, value) -> dict:
        try:
            text = repr(value)
        except BaseException as error:
            text = f"<a repr that raised {type(error).__name__}>"
        return {"t": "o", "m": str(type(value).__module__), "q": str(type(value).__name__), "r": cut(text, 200)}

    def scalar(self, value: np.generic) -> dict:
        if value.dtype.kind not in KINDS or not _DTYPE.fullmatch(value.dtype.str):
            return self.odd(value)
        self.buffers.append(value.tobytes())
        return {"t": "g", "d": value.dtype.str, "b": len(self.buffers) - 1}

    def array(self, value: np.ndarray) -> dict:
        if value.dtype.kind not in KINDS or not _DTYPE.fullmatch(value.dtype.str):
            return self.odd(value)
        if id(value) in self.seen:  # handed over twice: stays one array
            return self.seen[id(value)]
        plain = value.view(np.ndarray)
        owner = value.base if self.layout and isinstance(value.base, np.ndarray) else None
        if owner is not None:  # a view stays one: of the same array, with its own strides
            low, _ = np.lib.array_utils.byte_bounds(owner)
            tree = {"t": "v", "d": plain.dtype.str, "s": list(plain.shape), "st": list(plain.strides)}
            tree |= {"o": plain.__array_interface__["data"][0] - low, "v": self.array(owner)}
        else:
            fortran = plain.flags.f_contiguous and not plain.flags.c_contiguous
            self.spend(plain.nbytes)
            self.buffers.append(plain.tobytes("F" if fortran else "C"))
            tree = {"t": "a", "d": plain.dtype.str, "s": list(plain.shape), "b": len(self.buffers) - 1, "f": fortran}
        self.seen[id(value)] = tree
        return tree

    def odd(self, value):
        if not self.lenient:
            raise NotPlain(f"an array of {value.dtype} cannot be handed to a worker")
        return self.foreign(value)

    def spend(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise NotPlain("more bytes than the limit allows")


# ---- in ----


def decode(tree, buffers: list, trusted: bool = False):
    """The value of a tree; Garbage for anything `encode` does not write. trusted: it comes from the judge."""
    try:
        return _Decoder(buffers, trusted).value(tree, 0)
    except Garbage:
        raise
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise Garbage(f"{type(error).__name__}: {cut(str(error), 100)}") from None


class _Decoder:
    def __init__(self, buffers: list, trusted: bool):
        self.buffers, self.trusted = buffers, trusted
        self.arrays: dict[int, np.ndarray] = {}
        self.views: dict[str, np.ndarray] = {}

    def value(self, tree, depth: int):
        if tree is None or isinstance(tree, (bool, int, float, str)):
            return tree
        if depth > DEPTH + 1 or not isinstance(tree, dict):
            raise Garbage("a value nested too deep, or of no known form")
        kind, inner = tree["t"], depth + 1
        if kind == "a":
            number = _index(tree["b"], self.buffers)
            if number not in self.arrays:
                self.arrays[number] = self.array(tree, self.buffers[number])
            return self.arrays[number]
        if kind == "v" and self.trusted:
            return self.view(tree)
        if kind == "g":
            data = self.buffers[_index(tree["b"], self.buffers)]
            return _checked(np.frombuffer(data, _dtype(str(tree["d"])), count=1))[0]
        if kind == "i":
            return int(tree["v"], 16)
        if kind in ("l", "u"):
            items = [self.value(v, inner) for v in tree["v"]]
            return items if kind == "l" else tuple(items)
        if kind == "d":
            return {self.value(k, inner): self.value(v, inner) for k, v in tree["v"]}
        if kind == "n" and self.trusted:
            return SimpleNamespace(**{k: self.value(v, inner) for k, v in tree["v"]})
        if kind == "o":
            return foreign(str(tree["m"]), str(tree["q"]), str(tree["r"]))
        raise Garbage(f"a value of the unknown kind {cut(repr(kind), 20)}")

    def array(self, tree: dict, data: bytearray) -> np.ndarray:
        if type(tree["d"]) is not str:
            raise Garbage("a dtype that is no text")
        dtype, shape = _dtype(tree["d"]), tree["s"]
        if not isinstance(shape, list) or len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**62 for n in shape):
            raise Garbage("a shape that is none")
        if math.prod(shape) * dtype.itemsize != len(data):
            raise Garbage(f"{len(data)} bytes for a {dtype} array of shape {tuple(shape)}")
        flat = _checked(np.frombuffer(data, dtype)) if len(data) else np.empty(0, dtype)
        array = flat.reshape(tuple(shape), order="F" if tree.get("f") is True else "C")
        return array.copy(order="K") if self.trusted else array  # a test's array owns its memory, aligned as ever

    def view(self, tree: dict) -> np.ndarray:
        number = json.dumps(tree)
        if number not in self.views:
            owner = self.value(tree["v"], 0)
            flat = owner.ravel(order="K")  # the owner's memory in the order in which it lies
            self.views[number] = np.ndarray(tuple(tree["s"]), _dtype(tree["d"]), flat, tree["o"], tuple(tree["st"]))
        return self.views[number]


def _index(number, buffers: list) -> int:
    if type(number) is not int or not 0 <= number < len(buffers):
        raise Garbage("bytes that were not sent")
    return number


@functools.lru_cache(maxsize=256)
def _dtype(text) -> np.dtype:
    if not isinstance(text, str) or not _DTYPE.fullmatch(text):
        raise Garbage(f"the dtype {cut(repr(text), 40)}")
    return np.dtype(text)


def _checked(flat: np.ndarray) -> np.ndarray:
    """Bytes that are no value of their dtype would make numpy misbehave later."""
    if flat.dtype.kind == "b" and flat.view(np.uint8).max(initial=0) > 1:
        raise Garbage("a bool that is neither true nor false")
    if flat.dtype.kind == "U":
        points = flat.view(flat.dtype.str[0] + "u4") if flat.dtype.itemsize else np.zeros(0, np.uint32)
        if (points > 0x10FFFF).any() or ((points >= 0xD800) & (points < 0xE000)).any():
            raise Garbage("text that is none")
    return flat
