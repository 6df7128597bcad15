"""Other people's text on a page: safe, and as GitHub shows it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.localhost.github.pages.markdown import markdown
from bot.localhost.github.pages.sanitise import sanitise


class Nowhere:
    """Links stay as they are, images come from nowhere, Ada exists and #1 exists."""

    def link(self, address: str) -> str | None:
        return address

    def image(self, _address: str) -> str | None:
        return None

    def mention(self, login: str) -> str | None:
        return "#ada" if login == "ada" else None

    def reference(self, _full_name: str, number: int) -> str | None:
        return f"pull-{number}.html" if number == 1 else None


class Elements(HTMLParser):
    """Every element and attribute a browser would meet, and whether they nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.crossed = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in ("br", "hr", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.crossed |= not self.open or self.open.pop() != tag


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\nscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>">x</a>',
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=//evil></iframe>",
    '<details open ontoggle="alert(1)">x</details>',
    "<style>*{display:none}</style>",
    '<p style="position:fixed" class="x" id="y">x</p>',
    "<form action=//evil><button>x</button></form>",
    "</div></body><base href=//evil>",
    "<b <script>alert(1)</script>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<math><mi//xlink:href=data:x,<script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<meta http-equiv=refresh content=0;url=//evil>",
]
ALLOWED = {
    "align",
    "title",
    "lang",
    "href",
    "rel",
    "class",
    "alt",
    "width",
    "height",
    "open",
    "start",
    "type",
}


def _assert_safe(html: str) -> None:
    seen = Elements(html)
    names = {tag for tag, _ in seen.found}
    assert not names & {
        "script",
        "style",
        "iframe",
        "form",
        "button",
        "base",
        "meta",
        "svg",
        "math",
        "object",
        "link",
    }
    attributes = {name for _, given in seen.found for name in given}
    assert attributes <= ALLOWED | {"colspan", "rowspan", "checked", "disabled"}
    assert all(re.match(r"(https?://|mailto:|#|/|pull-)", link, re.IGNORECASE) for link in seen.links)
    assert not seen.crossed
    assert not seen.open


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_stranger_runs_or_styles(text) -> None:
    _assert_safe(sanitise(text, Nowhere()))
    _assert_safe(markdown(text, Nowhere()))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(alphabet="<>/&\"'= abtd!-\n`|@#1", max_size=20))))
def test_no_mixture_of_hostile_pieces_gets_through(pieces) -> None:
    _assert_safe(markdown("".join(pieces), Nowhere()))


def test_what_a_report_needs_survives() -> None:
    text = (
        "<!-- marker -->\n### Verdict\n\n<details><summary>3 slices: <code>a|b</code></summary>\n\n"
        "| a | b |\n|:--|--:|\n| `x` | 1 |\n\n</details>\n\n<sub>12 s</sub>\n\n- [x] done\n- [ ] open\n\n"
        "> [!WARNING]\n> careful\n\nline one\nline two\n\n```diff\n-a\n+b\n```\n"
    )
    html = markdown(text, Nowhere())
    assert "marker" not in html
    for piece in (
        "<h3>Verdict</h3>",
        "<details><summary>3 slices: <code>a|b</code></summary>",
        '<th align="right">b</th>',
        "<sub>12 s</sub>",
        '<input type="checkbox" disabled checked>',
        '<blockquote class="alert warning"><p><strong>Warning</strong>',
        "line one<br>",
        '<pre lang="diff"><code>-a',
    ):
        assert piece in html


def test_mentions_and_references_live_outside_code_only() -> None:
    html = markdown("@ada #1 `@ada #1` @nobody #2 x@ada.com", Nowhere())
    assert html.count('class="mention"') == 1
    assert html.count("pull-1.html") == 1
    assert "<code>@ada #1</code>" in html


def test_an_image_from_elsewhere_is_never_fetched() -> None:
    html = markdown("![tracker](https://evil.example/x.png)", Nowhere())
    assert html == '<p><span class="no-image">image: tracker</span></p>\n'
