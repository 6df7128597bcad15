"""What a command asked: real HTTP requests, through a proxy that writes them down, and real git processes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

OVER_THE_NETWORK = ("fetch", "ls-remote", "push", "clone")
GIT = """#!/bin/sh
echo "$*" >> "{log}"
exec "{git}" "$@"
"""


@contextmanager
def counted(server: str) -> Iterator[tuple[str, list[str]]]:
    """An address that passes all on to `server`, and what it was asked, as "GET registered-models/get"."""
    asked: list[str] = []
    behind = urlsplit(server).netloc

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            asked.append(f"{self.command} {self.path.split('?')[0].partition('mlflow')[2].lstrip('/')}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = HTTPConnection(behind)
            connection.request(self.command, self.path, body, dict(self.headers) | {"Connection": "close"})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Proxy, f"do_{method}", Proxy._pass_on)
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}", asked
        proxy.shutdown()


class CountedGit:
    """A `git` that writes down what it is asked before it is Git; `folder` goes first on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "asked"
        folder.mkdir()
        program = folder / "git"
        program.write_text(GIT.format(log=self.log, git=shutil.which("git")))
        program.chmod(0o755)

    def take(self) -> list[str]:
        """What was asked since the last time."""
        asked = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return asked


def over_the_network(asked: list[str]) -> list[str]:
    """Of what Git was asked, what it has to ask origin for."""
    return [line for line in asked if line.split()[0] in OVER_THE_NETWORK]
