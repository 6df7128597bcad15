"""Real pages in a real browser: Debian's chromium, headless, with nothing to reach but its own files.

Where there is no chromium these tests are skipped, loudly; with MODELBOT_BROWSER=required, as in CI, they
fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from bot.report.model import Report
from bot.report.page.render import render_page
from bot.report.pictures import Picture

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOW = "no chromium on this machine: `apt install chromium`, then run this again"
QUIET = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def chromium():
    """A browser; the same for all tests of a worker."""
    if CHROMIUM is None:
        if os.environ.get("MODELBOT_BROWSER") == "required":
            pytest.fail(HOW)
        pytest.skip(HOW)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path) -> Iterator[Callable[..., object]]:
    """Opens a report's page from a file; closes it after the test."""
    contexts = []

    def open_page(report: Report, pictures: tuple[Picture, ...] = (), **settings: object):
        file = tmp_path / "report.html"
        file.write_text(render_page(report, pictures=pictures), encoding="utf-8")
        context = chromium.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
