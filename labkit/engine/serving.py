"""A server as a context: up and healthy inside, nothing left of it outside.

with serving(checkpoint, port=8000) as server:
    server.ask("22 + 23 =")
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.engine import child, processes
from labkit.engine.words import last_words

HOST = "127.0.0.1"  # loopback: nobody else can reach it
START_LIMIT = 180.0  # seconds; seen: 25 to 40
CACHE_BYTES = 2**28


class ServeError(Exception):
    """A server that cannot be had; the message says why and what mends it."""


@dataclass
class Server:
    """A running server."""

    port: int
    model: str  # the name by which requests call it
    process: subprocess.Popen
    log: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def healthy(self) -> bool:
        """Whether /health answers 200 now."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def ask(self, prompt: str, tokens: int = 64) -> str:
        """The greedy completion of `prompt`, through the OpenAI client."""
        from openai import OpenAI

        client = OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0, timeout=60)
        done = client.completions.create(model=self.model, prompt=prompt, max_tokens=tokens, temperature=0)
        return done.choices[0].text

    def benchmark(self, requests: int = 16) -> str:
        """vLLM's own benchmark against this server, random prompts; what it prints."""
        words = ["--backend", "openai", "--base-url", self.url, "--endpoint", "/v1/completions", "--model", self.model,
                 "--dataset-name", "random", "--random-input-len", "32", "--random-output-len", "16", "--num-prompts",
                 str(requests), "--tokenizer", self.model, "--disable-tqdm", "--seed", "0"]  # fmt: skip
        code = ("import sys; from vllm.benchmarks.serve import add_cli_args, main; "
                "from vllm.utils.argparse_utils import FlexibleArgumentParser; "
                "p = FlexibleArgumentParser(); add_cli_args(p); main(p.parse_args(sys.argv[1:]))")  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", code, *words], env=child.environment(), capture_output=True, encoding="utf-8",
            errors="replace", timeout=300,
        )  # fmt: skip
        if done.returncode:
            raise ServeError(f"vLLM's benchmark failed: {last_words(done.stdout + done.stderr)}")
        return done.stdout[done.stdout.find("====") :].strip()


@contextlib.contextmanager
def serving(
    checkpoint: str | Path, port: int = 8000, cache_bytes: int = CACHE_BYTES, limit: float = START_LIMIT,
    format_files: list[Path] | None = None, quantization: str | None = None,
) -> Iterator[Server]:  # fmt: skip
    """Serve `checkpoint` on loopback until the block ends, however it ends. ServeError where that cannot be."""
    folder = Path(checkpoint).expanduser()
    if not (folder / "config.json").is_file():
        raise ServeError(
            f"{checkpoint} is no checkpoint: it has no config.json. `lab checkpoint w8a8 FOLDER` writes one"
        )
    _must_be_free(port)
    model = str(folder.resolve())
    command = [sys.executable, "-m", "labkit.engine.server", "--model", model, "--host", HOST, "--port", str(port),
               "--enforce-eager", "--kv-cache-memory-bytes", str(cache_bytes)]  # fmt: skip
    command += ["--quantization", quantization] if quantization else []
    env = child.environment({"PYTHONPATH": child.python_path()})
    if format_files:
        env["LABKIT_FORMAT_FILES"] = os.pathsep.join(map(str, format_files))
    with tempfile.TemporaryDirectory(prefix="lab-serve-") as place:
        log = Path(place, "log.txt")
        with log.open("wb") as sink:
            process = processes.start(command, sink, env)
        try:
            server = Server(port, model, process, log)
            _wait(server, limit)
            yield server
        finally:  # also after an error and on Ctrl-C
            processes.end(process, patience=15)


def _must_be_free(port: int) -> None:
    if not 1 <= port <= 65535:
        raise ServeError(f"--port {port}: a port is 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ServeError(
                f"port {port} cannot be had ({error.strerror}); give another, for example --port {port % 65535 + 1}"
            ) from None


def _wait(server: Server, limit: float) -> None:
    until = time.monotonic() + limit
    while not server.healthy():
        said = server.log.read_text(encoding="utf-8", errors="replace")
        if server.process.poll() is not None:
            raise ServeError(
                f"the engine ended before it was ready (exit code {server.process.returncode})."
                f" Its last words:\n{last_words(said)}"
            )
        if time.monotonic() > until:
            raise ServeError(f"the engine was not ready within {limit:.0f} s. Its last words:\n{last_words(said)}")
        time.sleep(0.2)
