"""Makes other people's HTML safe to show: an allow-list of elements and attributes, as GitHub keeps one.

Scripts, styles, frames, forms and event handlers go; what is allowed is written anew, so nothing passes by
being malformed. Performs no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from typing import Protocol

_ELEMENTS = frozenset(
    (
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "ul",
        "var",
    )
)
_VOID = frozenset(("br", "hr", "img", "input"))
_DROPPED_WHOLE = frozenset(
    (
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "noscript",
        "template",
        "svg",
        "math",
        "textarea",
        "select",
        "title",
        "xmp",
        "noembed",
        "noframes",
        "plaintext",
    )
)
_EVERYWHERE = frozenset(("align", "title", "lang"))
_ATTRIBUTES = {
    "img": ("alt", "width", "height"),
    "details": ("open",),
    "ol": ("start",),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
}
_LINK = re.compile(r"(https?://|mailto:|#|/)", re.IGNORECASE)
_LIVE = re.compile(
    r"(?<![\w/@`])@(?P<login>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))|(?<![\w&/#])#(?P<number>\d{1,9})\b"
    r"|(?<![\w/])(?P<nwo>[\w.-]+/[\w.-]+)#(?P<other>\d{1,9})\b"
)


class Addresses(Protocol):
    """How addresses in a text become addresses of the page it is shown on."""

    def link(self, address: str) -> str | None:
        """Where a link goes, or None to show its text only."""

    def image(self, address: str) -> str | None:
        """Where an image comes from, or None to show its text instead."""

    def mention(self, login: str) -> str | None:
        """Where `@login` goes, or None when nobody has that name."""

    def reference(self, full_name: str, number: int) -> str | None:
        """Where `#number` goes, or None; an empty `full_name` is the page's own repository."""


def sanitise(html: str, addresses: Addresses) -> str:
    """The safe part of `html`, well-formed, with live mentions and references."""
    parser = _Cleaner(addresses)
    parser.feed(html)
    parser.close()
    return parser.finished()


class _Cleaner(HTMLParser):
    def __init__(self, addresses: Addresses) -> None:
        super().__init__(convert_charrefs=True)
        self._addresses = addresses
        self._out: list[str] = []
        self._open: list[str] = []
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WHOLE:
            self._dropping.append(tag)
        if self._dropping or tag not in _ELEMENTS:
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._image(given)
        elif tag == "input":
            self._checkbox(given)
        else:
            self._out.append(f"<{tag}{self._attributes(tag, given)}>")
            if tag not in _VOID:
                self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _DROPPED_WHOLE:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif tag in self._open:
            while self._open:
                last = self._open.pop()
                self._out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if self._dropping:
            return
        quiet = {"a", "code", "pre", "kbd", "samp", "tt"} & set(self._open)
        self._out.append(escape(data, quote=False) if quiet else self._live(data))

    def finished(self) -> str:
        """Everything, with what was left open closed."""
        return "".join((*self._out, *(f"</{tag}>" for tag in reversed(self._open))))

    def _attributes(self, tag: str, given: dict[str, str]) -> str:
        kept = {
            name: value for name, value in given.items() if name in (*_EVERYWHERE, *_ATTRIBUTES.get(tag, ()))
        }
        if tag == "a" and _LINK.match(given.get("href", "")):
            href = self._addresses.link(given["href"])
            kept.update({"href": href, "rel": "nofollow"} if href else {})
        return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())

    def _image(self, given: dict[str, str]) -> None:
        source = self._addresses.image(given.get("src", ""))
        if source is None:
            words = given.get("alt") or given.get("src", "")[:80]
            self._out.append(f'<span class="no-image">image: {escape(words)}</span>')
        else:
            self._out.append(f'<img src="{escape(source)}"{self._attributes("img", given)}>')

    def _checkbox(self, given: dict[str, str]) -> None:
        if given.get("type") == "checkbox":
            self._out.append(f'<input type="checkbox" disabled{" checked" if "checked" in given else ""}>')

    def _live(self, data: str) -> str:
        parts: list[str] = []
        position = 0
        for match in _LIVE.finditer(data):
            target = self._target(match)
            if target:
                parts += [escape(data[position : match.start()], quote=False), _anchor(target, match[0])]
                position = match.end()
        return "".join((*parts, escape(data[position:], quote=False)))

    def _target(self, match: re.Match[str]) -> str | None:
        find: Callable[[str, int], str | None] = self._addresses.reference
        if match["login"]:
            return self._addresses.mention(match["login"])
        return find("", int(match["number"])) if match["number"] else find(match["nwo"], int(match["other"]))


def _anchor(target: str, words: str) -> str:
    kind = ' class="mention"' if words.startswith("@") else ""
    return f'<a{kind} href="{escape(target)}">{escape(words)}</a>'
