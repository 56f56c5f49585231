"""The process that holds a submission: reads the file, then calls what it is asked to call, until it is closed.

What it says is the submission's own word: a hostile one may reach every object in here. The judge therefore takes
nothing from it but plain values. To lie about a promise (an input left alone, a result that is no view) it would
have to keep the promise: what is judged is what travels.
"""

from __future__ import annotations

import inspect
import linecache
import os
import sys
from collections.abc import Callable
from pathlib import Path

from labkit.grading import submission as submissions
from labkit.grading.observe import call_and_observe
from labkit.isolation.channel import Channel, pack, unpack
from labkit.isolation.traces import Traces
from labkit.isolation.values import NotPlain, cut, decode, encode


def serve(channel: Channel, about_to_run: Callable[[int], object]) -> None:
    """Answer requests until the judge hangs up. `about_to_run` is told the line of each top-level statement."""
    loaded, traces, limit = None, Traces(), 0
    while True:
        id, body = channel.receive()
        header, buffers = unpack(body)
        if "path" not in header:
            reply, out = _answer(loaded, header, buffers, limit)
        elif loaded and traces.any():
            reply, out = {"loaded": None}, []  # the file of an earlier lab left something behind
        else:
            limit = header["result_bytes"]
            loaded = _read(Path(header["path"]), bytes(buffers[0]), about_to_run)
            reply, out = {"loaded": _contents(loaded, header["functions"])}, []
        sys.stdout.flush()
        channel.send([(id, pack(reply, out))])


def _read(path: Path, source: bytes, about_to_run: Callable[[int], object]) -> submissions.Submission:
    # As if the file were here: for tracebacks and inspect.getsource, which a decorator may ask for.
    text = source.decode("utf-8", "replace")
    linecache.cache[str(path)] = (len(source), None, text.splitlines(keepends=True), str(path))
    loaded = submissions.load(path, source, about_to_run)
    about_to_run(0)  # it is read
    return loaded


def _contents(loaded: submissions.Submission, wanted: list[str]) -> dict:
    problems = [[p.line, cut(p.what, 500), p.name] for p in loaded.problems[:50]]
    values = {name: _about(loaded.get(name)) for name in wanted if loaded.get(name) is not None}
    return {"problems": problems, "values": values, "names": [cut(n, 100) for n in loaded.names()[:1000]]}


def _about(value) -> dict:
    """A function's parameters as words; for what is not callable, its type."""
    if not callable(value):
        return {"callable": False, "type": type(value).__name__}
    try:
        parameters = inspect.signature(value).parameters.values()
        described = [
            [p.name, int(p.kind), None if p.default is p.empty else cut(repr(p.default), 100)] for p in parameters
        ]
    except Exception:
        described = None  # a builtin or a C function: the call itself will tell
    return {"callable": True, "parameters": described}


def _answer(loaded, request: dict, buffers: list, limit: int) -> tuple[dict, list]:
    args = decode(request["args"], buffers, trusted=True)
    kwargs = decode(request["kwargs"], buffers, trusted=True)
    try:
        value, observed = call_and_observe(loaded.get(request["function"]), args, kwargs)
        out: list = []
        return {"value": encode(value, out, limit, lenient=True), "observed": observed}, out
    except NotPlain as error:
        return {"too_much": str(error)}, []
    except BaseException as error:  # also exit(): the judge says what it means
        return {"error": _describe(error, loaded.path)}, []


def _describe(error: BaseException, path: Path) -> dict:
    try:
        words = str(error)
    except BaseException as inner:
        words = f"<a message that raised {type(inner).__name__}>"
    return {
        "type": type(error).__name__,
        "bases": [base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"],
        "message": cut(words),
        "line": submissions.line_in(error, path),
    }


def run(channel: Channel, about_to_run: Callable[[int], object]) -> None:
    """`serve`, then the end of this process, whatever happens."""
    code = 0
    try:
        serve(channel, about_to_run)
    except BaseException:
        code = 1  # the judge sees that nobody answers
    finally:
        os._exit(code)
