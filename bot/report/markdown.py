"""Words as Markdown: the filters that the templates use, and the guard that nothing else gets through.

Performs no I/O.
"""

from __future__ import annotations

from html import escape
from typing import assert_never

from bot.evidence.phrase import Quoted
from bot.report.encode import Markdown, code_span, own_words
from bot.report.facts import Shot
from bot.report.model import Column, Drop, Link, Shots, Strong, Words


def words(of: Words) -> Markdown:
    """A sentence on one line."""
    return Markdown("".join(_part(part, in_table=False) for part in of))


def paragraph(of: tuple[Words, ...]) -> Markdown:
    """Sentences on lines of their own in one paragraph."""
    return Markdown("\\\n".join(words(line) for line in of))


def cell(of: Words) -> Markdown:
    """A table cell: no pipe in it ends it."""
    return Markdown("".join(_part(part, in_table=True) for part in of))


def alignment(column: Column) -> Markdown:
    """The delimiter of a column: numbers to the right."""
    return Markdown("--:" if column.numeric else ":--")


def summary(text: str) -> Markdown:
    """The summary line of a folded part. It stands inside HTML, so it is our own words only."""
    return Markdown(escape(text, quote=False))


def is_shots(block: object) -> bool:
    """Whether a block is pictures."""
    return isinstance(block, Shots)


def picture(shot: Shot) -> Markdown:
    """A plot's title, and its picture for light and for dark paper; the addresses are our own.

    In HTML a title of a stranger's would have to be escaped for two readers, so it stands before it.
    """
    dark, light = (escape(address, quote=True) for address in (shot.dark, shot.light))
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
    shown = f'<img alt="main and this pull request" width="420" src="{light}">'
    return Markdown(f"{words((Quoted(shot.title),))}\n\n<picture>{source}{shown}</picture>")


def left_out(dropped: tuple[Drop, ...]) -> Markdown:
    """What a long body does without."""
    return words((f"Left out to fit: {', '.join(dropped)}. ", Quoted("modelbot check"), " shows everything."))


def guarded(value: object) -> Markdown:
    """What a template may print. Raises TypeError for anything that no filter here has encoded."""
    if not isinstance(value, Markdown):
        raise TypeError(f"a template printed {type(value).__name__} without encoding it")
    return value


def _part(part: str | Quoted | Strong | Link, *, in_table: bool) -> str:
    match part:
        case str():
            return own_words(part)
        case Quoted(text):
            return code_span(text, in_table=in_table)
        case Strong(text):
            return f"**{own_words(text)}**" if text else ""
        case Link(text, url):
            return f"[{_part(text, in_table=in_table)}]({url})"
        case _ as never:
            assert_never(never)
