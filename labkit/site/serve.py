"""Show the built site on this machine alone: compressed, in UTF-8, nothing cached."""

from __future__ import annotations

import gzip
import http.server
import io
import sys
from functools import partial
from pathlib import Path

_TEXT = (".html", ".css", ".js", ".json", ".svg", ".txt", ".xml")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder; text goes out gzipped where the browser takes it, as any host of a site does."""

    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".woff2": "font/woff2",
        ".js": "text/javascript",
    }

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path /= "index.html"
        if path.suffix not in _TEXT or not path.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 5)
        self.send_response(200)
        self.send_header("Content-Type", f"{self.guess_type(str(path))}; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args):
        """Quiet: a line a file would bury what matters."""


def server(site: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server for the folder `site` on the loopback address; port 0 takes a free one."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(site)))


def serve(site: Path, port: int) -> int:
    """Show the site until Ctrl-C. Exit code 2 where the port is taken."""
    try:
        running = server(site, port)
    except OSError as error:
        print(f"lab docs serve: port {port} cannot be had ({error.strerror}): try --port {port + 1}", file=sys.stderr)
        return 2
    with running:
        print(f"http://127.0.0.1:{running.server_address[1]}  (Ctrl-C stops)", flush=True)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0
