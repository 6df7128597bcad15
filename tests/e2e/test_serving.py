"""`modelbot demo --serve` from where the last act is over: a process that serves a town of one commit."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest

SOURCE = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
import click
from bot.localhost.demo.run import show
from bot.localhost.demo.town import REPOSITORY, town

source, root, out = map(Path, sys.argv[1:])
with town(source, root / "town", root / "cache") as place:
    ana = place.people["ana"]
    ana.push(REPOSITORY, "main", "Begin", lambda clone: (clone / "README.md").write_text("Hello."))
    show(place, out, serve=True, say=click.echo)
"""
LINK = re.compile(r'(?<=href=")[^"#]+')


@dataclass(frozen=True)
class Served:
    """The process, where it serves, and where it wrote the pages."""

    process: subprocess.Popen[str]
    url: str
    pages: Path

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            assert (answer.status, answer.headers.get_content_type()) == (200, "text/html")
            return str(answer.read().decode())

    def both(self, path: str = "/", file: str = "index.html") -> Iterator[tuple[str, str, str]]:
        """Every page that a link leads to, from the first one on: its path, as served, as written."""
        waiting = {path: file}
        for seen in range(50):
            if seen == len(waiting):
                return
            path, file = list(waiting.items())[seen]
            served, written = self.get(path), (self.pages / file).read_text()
            yield path, served, written
            waiting |= dict(zip(LINK.findall(served), LINK.findall(written), strict=True)) | waiting


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    command = [sys.executable, "-c", PROGRAM, str(SOURCE), str(tmp_path), str(tmp_path / "pages")]
    # A session of its own, as a terminal gives one: Ctrl-C reaches every process in it.
    process = subprocess.Popen(
        command,
        cwd=SOURCE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs these tests in the background has Ctrl-C ignored in everything below it.
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 -- one handler is set there
    )
    try:
        said = [process.stdout.readline() for _ in range(2)]
        assert said[0] == f"Open {tmp_path / 'pages' / 'index.html'} in a browser.\n"
        url = re.fullmatch(r"Serving (http://127\.0\.0\.1:\d+) until you press Ctrl-C\.\n", said[1])[1]
        yield Served(process, url, tmp_path / "pages")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_what_is_served_are_the_pages_that_were_written_and_ctrl_c_ends_it(served: Served) -> None:
    pages = list(served.both())
    for path, live, written in pages:
        assert LINK.sub("", live) == LINK.sub("", written), path
    assert {path for path, _, _ in pages} >= {"/", "/skyline/flights", "/_pages/history-of-the-champion"}
    os.killpg(served.process.pid, signal.SIGINT)
    out, err = served.process.communicate(timeout=30)
    assert (out, err, served.process.returncode) == ("Stopped.\n", "", 0)
    with pytest.raises(URLError):
        served.get("/")
