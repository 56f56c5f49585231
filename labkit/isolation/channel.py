"""Frames over a socket: a JSON header and raw bytes, lengths checked before anything is read, deadlines held."""

from __future__ import annotations

import json
import socket
import struct
import time
from contextlib import contextmanager

from labkit.isolation.values import Garbage

_HEAD = struct.Struct("<4sIQ")  # magic, bytes of JSON, bytes of buffers
_MAGIC = b"lab1"
HEADER_LIMIT = 16 * 2**20
BUFFERS = 4096
CHUNK = 2**16


class Late(Exception):
    """The deadline passed."""


class Closed(Exception):
    """The other side is gone."""


class Channel:
    """One end. `deadline` is a time of time.monotonic(); None waits for ever (the worker does)."""

    def __init__(self, sock: socket.socket, limit: int):
        self.sock, self.limit = sock, limit
        self._ahead = b""  # received with the last frame and not yet asked for

    def send(self, header: dict, buffers: list, deadline: float | None = None) -> None:
        header["buffers"] = [len(b) for b in buffers]
        text = json.dumps(header).encode()
        data = b"".join([_HEAD.pack(_MAGIC, len(text), sum(header["buffers"])), text, *buffers])
        with self._until(deadline):
            self.sock.sendall(data)

    def receive(self, deadline: float | None = None) -> tuple[dict, list]:
        with self._until(deadline):
            magic, length, raw = _HEAD.unpack(self._read(_HEAD.size))
            if magic != _MAGIC or length > HEADER_LIMIT or raw > self.limit:
                raise Garbage("a frame that does not begin as one, or one beyond the limit")
            try:
                header = json.loads(bytes(self._read(length)))
            except (ValueError, RecursionError) as error:
                raise Garbage(f"a header that is no JSON ({type(error).__name__})") from None
            sizes = header.get("buffers") if isinstance(header, dict) else None
            if (
                not isinstance(sizes, list)
                or len(sizes) > BUFFERS
                or not all(type(n) is int and n >= 0 for n in sizes)
                or sum(sizes) != raw
            ):
                raise Garbage("a header whose lengths do not add up")
            return header, [self._read(n) for n in sizes]

    def _read(self, size: int) -> bytearray:
        """Exactly `size` bytes, on which arrays may then be built."""
        while len(self._ahead) < size <= CHUNK:
            got = self.sock.recv(CHUNK)
            if not got:
                raise Closed("end of file")
            self._ahead = self._ahead + got if self._ahead else got
            if len(self._ahead) < size:
                self._set_timeout()  # what comes in drops is late all the same
        data = bytearray(self._ahead[:size])
        self._ahead = self._ahead[size:]
        if len(data) < size:  # a long one: straight to where it will stay
            have = len(data)
            data = data + bytearray(size - have)
            view = memoryview(data)
            while have < size:
                count = self.sock.recv_into(view[have:])
                if not count:
                    raise Closed("end of file")
                have += count
                self._set_timeout()
        return data

    @contextmanager
    def _until(self, deadline: float | None):
        self._deadline = deadline
        try:
            self._set_timeout()
            yield
        except TimeoutError:
            raise Late from None
        except (BrokenPipeError, ConnectionError, OSError) as error:
            raise Closed(str(error)) from None

    def _set_timeout(self) -> None:
        if self._deadline is None:
            return
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Late
        self.sock.settimeout(left)
