"""The page as HTML: complete, closed, and nothing in it that a stranger wrote is markup."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence.phrase import Quoted
from bot.policy.verdict import Status
from bot.report.model import Link, Log, Report, Strong
from bot.report.page import html
from bot.report.page.render import render_page
from bot.report.pictures import Picture

GOLDEN = Path(__file__).parents[3] / "golden" / "test_golden.py"
LOADING = {"script", "img", "iframe", "link", "object", "embed", "form", "base", "audio", "video"}
VOID = {"meta", "br", "rect", "line", "circle", "polyline", "path"}


def _golden():
    if "golden_reports" not in sys.modules:
        spec = importlib.util.spec_from_file_location("golden_reports", GOLDEN)
        sys.modules["golden_reports"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["golden_reports"])
    return sys.modules["golden_reports"]


REPORTS = {build.__name__: build for build in _golden().SCENARIOS}


class Checked(HTMLParser):
    """Every tag that is opened is closed, in order; which tags and addresses there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.events: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action", "data"}]
        self.events += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def checked(page: str) -> Checked:
    parser = Checked()
    parser.feed(page)
    parser.close()
    return parser


@pytest.fixture(scope="module", params=REPORTS)
def page(request) -> str:
    return render_page(REPORTS[request.param]())


def test_every_tag_is_closed(page):
    assert checked(page).open == []


def test_it_loads_nothing_and_runs_nothing(page):
    found = checked(page)
    assert not found.tags & LOADING
    assert found.events == []
    assert "url(http" not in page
    assert "@import" not in page


def test_links_go_to_our_own_pages_at_github_only(page):
    ours = ("https://github.com/acme/flights/", "#")
    assert all(address.startswith(ours) for address in checked(page).addresses)


def test_it_is_smaller_than_three_megabytes(page):
    assert len(page.encode()) < 3_000_000


def huge(count: int) -> Report:
    """So many failing rules and slices, each with a long name."""
    given, limits = _golden(), {"status": Status.FAIL, "reason": ("fails " * 20,)}
    results = (
        given.rule("auc", "max_regression", 0.7, 0.5, 0.01, slice_=given.at("x" * 200 + str(n)), **limits)
        for n in range(count)
    )
    return given.report(given.judged(given.verdict(*results)))


def test_what_needs_more_than_that_is_left_out_and_named():
    page = render_page(huge(5_000))
    assert len(page.encode()) < 3_000_000
    assert "do not merge yet, 5,000 of 5,000 rules fail" in page
    assert "and 4,700 more slices that are not worse than these" in page


@pytest.mark.parametrize("most", [60_000, 20_000])
def test_however_little_may_be_said_the_verdict_is(most):
    page = render_page(huge(50), most)
    assert len(page.encode()) < most
    assert "do not merge yet, 50 of 50 rules fail" in page
    assert "Left out to keep this page small: " in page
    assert checked(page).open == []


def test_it_says_the_verdict_first(page):
    heading = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    assert heading
    assert len(re.sub(r"<[^>]+>", "", heading[1]).strip()) > 5


@given(st.text())
def test_whatever_a_stranger_wrote_is_text(text):
    shown = html.words((Quoted(text), Strong("ours"), Link(Quoted(text), "https://github.com/x")))
    found = checked(shown)
    assert found.tags <= {"code", "strong", "a"}
    assert found.addresses == ["https://github.com/x"]
    assert found.open == []


@given(st.lists(st.text()))
def test_a_log_is_text(lines):
    assert checked(html.log(Log(tuple(lines)))).tags == set()


def test_an_image_of_the_pipeline_stands_in_the_page_once_for_light_and_dark():
    image = Picture("a.png", "Trees", "alt", png=(b"PNG", b"PNG"))
    report = REPORTS["passed"]()
    assert render_page(report, pictures=(image,)).count("data:image/png;base64,") == 1
    toned = replace(image, png=(b"PNG", b"other"))
    assert render_page(report, pictures=(toned,)).count("data:image/png;base64,") == 2
