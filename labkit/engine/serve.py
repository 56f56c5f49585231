"""`lab serve CHECKPOINT`: vLLM's OpenAI server on this machine alone, until Ctrl-C or for one question."""

from __future__ import annotations

import argparse
import signal
import sys

from labkit import course
from labkit.engine import present
from labkit.engine.serving import CACHE_BYTES, ServeError, serving
from labkit.grading.implementation import UsageError, resolve


def main(argv: list[str]) -> int:
    """Exit code 0: served and shut down; 1: the engine would not start; 2: wrong arguments, or no engine here."""
    parser = argparse.ArgumentParser(prog="lab serve", description=__doc__)
    add = parser.add_argument
    add("checkpoint", metavar="CHECKPOINT", help="a folder that `lab checkpoint` wrote, or a model's")
    add("--port", type=int, default=8000, help="on loopback (default: %(default)s)")
    add("--cache-bytes", type=int, default=CACHE_BYTES, metavar="N", help="for the KV cache (default: %(default)s)")
    add("--ask", metavar="PROMPT", help="ask this through the OpenAI client, print the answer, stop")
    add("--bench", action="store_true", help="run vLLM's own benchmark against it, print its report, stop")
    add(
        "--own-format",
        action="store_true",
        help="quantize a plain checkpoint as it loads, in your own format (lab 02, beyond)",
    )
    add("--impl", default="solution", metavar="IMPL", help="whose format: solution (default), starter or a path")
    options = parser.parse_args(argv)
    try:
        if not present.is_installed():
            raise ServeError(present.ABSENT)
        own = _own_format(options) if options.own_format else {}
    except (ServeError, UsageError, course.CourseError) as error:
        print(f"lab serve: {error}", file=sys.stderr)
        return 2
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        print(f"starting vLLM on {options.checkpoint} ...", flush=True)
        with serving(options.checkpoint, options.port, options.cache_bytes, **own) as server:
            return _use(server, options)
    except ServeError as error:
        print(f"lab serve: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running")
        return 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _own_format(options) -> dict:
    from labkit.engine.own_format import NAME

    chosen = resolve(options.impl)
    return {"format_files": [chosen.file_for(course.find(lab)) for lab in ("02", "01")], "quantization": NAME}


def _use(server, options) -> int:
    if options.ask:
        print(f"{options.ask}{server.ask(options.ask)}")
    if options.bench:
        print(server.benchmark())
    if options.ask or options.bench:
        return 0
    print(
        f"""ready: {server.url}   (health: {server.url}/health, meters: {server.url}/metrics)

    curl {server.url}/v1/completions -H 'Content-Type: application/json' \\
      -d '{{"model": "{server.model}", "prompt": "22 + 23 =", "max_tokens": 8, "temperature": 0}}'

Ctrl-C stops it.""",
        flush=True,
    )
    server.process.wait()
    raise ServeError(f"the engine ended by itself (exit code {server.process.returncode})")


def _stop(*_) -> None:
    raise KeyboardInterrupt
