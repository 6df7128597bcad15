"""Words as HTML: the filters that the page's templates use. Performs no I/O.

The templates escape by themselves whatever they print. What strangers wrote is cleaned besides, as in the
comment: no control or bidirectional character, nothing that draws nothing, one line.
"""

from __future__ import annotations

from typing import assert_never

from markupsafe import Markup, escape

from bot.evidence.phrase import Quoted
from bot.report.encode import LOG_LINES, LOG_WIDTH, cleaned
from bot.report.model import Block, Lines, Link, Log, Shots, Strong, Table, Words

SHOWN = 400
"""The page has room for longer names than a comment."""


def words(of: Words) -> Markup:
    """A sentence."""
    return Markup("").join(map(_part, of))


def label(of: Words) -> str:
    """A column's title as plain text, for where its head is out of sight."""
    return "".join(
        part if isinstance(part, str) else cleaned(part.text, SHOWN)
        for part in of
        if not isinstance(part, Link)
    )


def log(of: Log) -> Markup:
    """The last lines that somebody else's program printed."""
    lines = (cleaned(line, LOG_WIDTH) for line in of.lines[-LOG_LINES:])
    return escape("\n".join(lines))


def kind(of: Block) -> str:
    """Which kind of block it is."""
    match of:
        case Table():
            return "table"
        case Lines():
            return "lines"
        case Log():
            return "log"
        case Shots():
            return "shots"
        case _ as never:
            assert_never(never)


def _part(part: str | Quoted | Strong | Link) -> Markup:
    match part:
        case str():
            return escape(part)
        case Quoted(text):
            return Markup("<code>{}</code>").format(cleaned(text, SHOWN) if text.strip() else "(empty)")
        case Strong(text):
            return Markup("<strong>{}</strong>").format(text) if text else Markup("")
        case Link(text, url):
            return Markup('<a href="{}">{}</a>').format(url, _part(text))
        case _ as never:
            assert_never(never)
