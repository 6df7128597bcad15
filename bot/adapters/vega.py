"""Vega-Lite drawn by vl-convert: no browser, no network, in a process of its own that may be stopped."""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys

from bot.ports.pictures import Drawn

SECONDS = 60
WORKER = """\
import base64, json, sys
import vl_convert
out = []
for spec in json.load(sys.stdin):
    try:
        svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        png = vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[])
        out.append([svg, base64.b64encode(png).decode(), ""])
    except Exception as error:
        out.append(["", "", str(error)[:300]])
    print(json.dumps(out[-1]), flush=True)
"""


class VegaDrawer:
    """Implements Drawer; `seconds` are for all of them."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def draw(self, specs: tuple[str, ...]) -> tuple[Drawn, ...]:
        """Each of them, in order; those after one that stopped the process say so."""
        if not specs:
            return ()
        given = json.dumps([json.loads(spec) for spec in specs]).encode()
        printed = _run(given, self._seconds)
        lines = printed.splitlines()[: len(specs)]
        found = tuple(_drawn(line) for line in lines)
        lost = Drawn(why="the drawing process stopped")
        return (*found, *(lost for _ in range(len(specs) - len(found))))


def _run(given: bytes, seconds: float) -> bytes:
    kept = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", WORKER],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
            timeout=seconds,
            preexec_fn=_limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return error.stdout or b""
    except OSError:
        return b""
    return done.stdout


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _drawn(line: bytes) -> Drawn:
    try:
        svg, png, why = json.loads(line)
        return Drawn(svg.encode(), base64.b64decode(png), why)
    except (ValueError, AttributeError):
        return Drawn(why="the drawing process said nothing that can be read")
