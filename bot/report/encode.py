"""The one choke point between the words of strangers and a medium. Performs no I/O.

Metric, parameter, slice, stage, file and branch names, values, log lines and exception texts come from
people we do not know. In Markdown each becomes a cleaned code span: against GitHub's own cmark-gfm, plain
backticks, backslash escaping, HTML escaping and `<code>` with entities can each be broken out of, while a
span whose fence is longer than any run of backticks inside it cannot (CommonMark 0.31, section 6.1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

CAP = 160
"""Longest quoted scalar, in characters, before its middle is left out."""

LOG_LINES = 40
LOG_WIDTH = 300

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SPACES = str.maketrans(dict.fromkeys("\n\r\t\v\f\x85\u2028\u2029", " "))
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
# Letters and marks that draw nothing: fillers, the grapheme joiner, the blank Braille cell, selectors.
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, range(0x180B, 0x1810)))
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_BACKTICKS = re.compile("`+")
# cmark takes no code span whose fence has more than 80 backticks, and counts a block's fence up to 255.
_LONG_RUN = re.compile("`{41,}")
_HALF_RUN = "`" * 20
_ACTIVE = re.compile(r"([\\`*\[\]<>|~&#@$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ -]{0,29}")


class Markdown(str):
    """Text that is safe to stand in a Markdown document of ours. Only this module and `render` make it."""

    __slots__ = ()


def cleaned(text: str, cap: int = CAP) -> str:
    """The scalar on one line of at most `cap` characters, all that draw nothing or move others replaced.

    Line breaks and tabs become spaces; control, format (bidirectional, zero-width), surrogate, private and
    unassigned characters become U+FFFD. A run of more than 40 backticks loses its middle.
    """
    shown = "".join(map(_seen, text.translate(_SPACES)))
    return _shortened(_LONG_RUN.sub(_HALF_RUN + "..." + _HALF_RUN, shown), cap)


def code_span(text: str, *, in_table: bool = False) -> Markdown:
    """The scalar as a Markdown code span; with `in_table`, one that leaves the table's cells alone.

    GitHub's table extension takes a backslash before a pipe away inside code too, but only in a table: there
    every pipe is escaped, elsewhere none.
    """
    shown = cleaned(text)
    if not shown.strip(" "):
        return Markdown("(empty)")
    fence = "`" * (_longest_run(shown) + 1)
    padding = " " if _needs_padding(shown) else ""
    span = f"{fence}{padding}{shown}{padding}{fence}"
    return Markdown(span.replace("|", "\\|") if in_table else span)


def log_block(lines: Iterable[str]) -> Markdown:
    """The last lines of a log as a fenced block that none of them can close."""
    kept = [cleaned(line, LOG_WIDTH) for line in tuple(lines)[-LOG_LINES:]]
    fence = "`" * max(3, _longest_run("\n".join(kept)) + 1)
    return Markdown("\n".join((f"{fence}text", *kept, fence)))


def own_words(text: str) -> Markdown:
    """A sentence of ours with what Markdown would act on escaped; not a defence against strangers."""
    return Markdown(_ACTIVE.sub(r"\\\1", " ".join(text.split("\n"))))


def for_terminal(text: str, cap: int = CAP) -> str:
    """The scalar for a terminal or an annotation: no escape sequence, no second line."""
    return cleaned(text, cap) if text.strip() else "(empty)"


def is_plain_name(text: str) -> bool:
    """Whether a name may stand among our words: letters, digits, underscores, spaces, hyphens; no dot."""
    return _PLAIN_NAME.fullmatch(text) is not None


def _seen(char: str) -> str:
    if char in _UNSEEN or unicodedata.category(char) in _UNSEEN_CATEGORIES:
        return _REPLACEMENT
    return char


def _shortened(text: str, cap: int) -> str:
    if len(text) <= cap:
        return text
    tail = cap // 4
    return f"{text[: cap - tail - 3]}...{text[-tail:]}"


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _needs_padding(text: str) -> bool:
    # CommonMark strips one space from each end when both ends have one, so ours is the one stripped.
    return text[0] == "`" or text[-1] == "`" or (text[0] == " " and text[-1] == " ")
