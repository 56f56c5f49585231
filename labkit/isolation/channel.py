"""Frames over a socket: a JSON header and raw bytes, lengths checked before anything is read, deadlines held.

A frame is a head (who asked, two lengths) and a body: the JSON, then the bytes. A body says nothing of who asked, so
that the same question, and the same answer, are the same bytes each time.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import NamedTuple

from labkit.isolation.values import Garbage

_HEAD = struct.Struct("<4s8sIQ")  # magic, the question's id, bytes of JSON, bytes of buffers
_MAGIC = b"lab1"
ID = 8
HEADER_LIMIT = 16 * 2**20
BUFFERS = 4096
CHUNK = 2**17


class Late(Exception):
    """The deadline passed."""


class Closed(Exception):
    """The other side is gone."""


class Body(NamedTuple):
    """What a frame carries: `length` bytes of JSON, then the buffers, one after the other."""

    length: int
    data: bytes


def pack(header: dict, buffers: list) -> Body:
    """`header`, a dict for JSON, and bytes, as a body."""
    header["buffers"] = [len(b) for b in buffers]
    text = json.dumps(header).encode()
    return Body(len(text), b"".join([text, *buffers]) if buffers else text)


def unpack(body: Body) -> tuple[dict, list]:
    """What was packed; Garbage for what `pack` does not write. Arrays may then be built on the buffers."""
    length, data = body
    try:
        header = json.loads(data[:length].decode())
    except (ValueError, RecursionError) as error:
        raise Garbage(f"a header that is no JSON ({type(error).__name__})") from None
    sizes = header.get("buffers") if isinstance(header, dict) else None
    if (
        not isinstance(sizes, list)
        or len(sizes) > BUFFERS
        or not all(type(n) is int and n >= 0 for n in sizes)
        or sum(sizes) != len(data) - length
    ):
        raise Garbage("a header whose lengths do not add up")
    buffers = []
    for size in sizes:
        buffers.append(bytearray(memoryview(data)[length : length + size]))  # each begins where memory is aligned
        length += size
    return header, buffers


class Channel:
    """One end. A deadline is a time of time.monotonic(); None waits for ever (the worker does)."""

    def __init__(self, sock: socket.socket, limit: int):
        self.sock, self.limit = sock, limit
        self._have, self._at = b"", 0  # received with the last frame, and how much of it was asked for

    def send(self, frames: list[tuple[bytes, Body]], deadline: float | None = None) -> None:
        """Frames, each an id of ID bytes and a body, with one call of the system."""
        parts = []
        for id, (length, data) in frames:
            parts += _HEAD.pack(_MAGIC, id, length, len(data) - length), data
        self._deadline = deadline
        try:
            self._set_timeout()
            self.sock.sendall(b"".join(parts))
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise Closed(str(error)) from None

    def receive(self, deadline: float | None = None) -> tuple[bytes, Body]:
        """The next frame: its id and its body."""
        self._deadline = deadline
        try:
            magic, id, length, raw = _HEAD.unpack(self._read(_HEAD.size))
            if magic != _MAGIC or length > HEADER_LIMIT or raw > self.limit:
                raise Garbage("a frame that does not begin as one, or one beyond the limit")
            return id, Body(length, self._read(length + raw))
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise Closed(str(error)) from None

    def _read(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        begin, end = self._at, self._at + size
        if end <= len(self._have):
            self._at = end
            return self._have[begin:end]
        have = len(self._have) - begin
        if size <= CHUNK:
            parts = [memoryview(self._have)[begin:]]
            while have < size:
                self._set_timeout()  # what comes in drops is late all the same
                parts.append(self._some(self.sock.recv(CHUNK)))
                have += len(parts[-1])
            self._have, self._at = b"".join(parts), size
            return self._have[:size]
        data = bytearray(size)  # a long one: straight to where it will stay
        data[:have] = memoryview(self._have)[begin:]
        self._have, self._at, view = b"", 0, memoryview(data)
        while have < size:
            self._set_timeout()
            have += self._some(self.sock.recv_into(view[have:]))
        return data

    @staticmethod
    def _some(got):
        if not got:
            raise Closed("end of file")
        return got

    def _set_timeout(self) -> None:
        if self._deadline is None:
            return
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Late
        self.sock.settimeout(left)
