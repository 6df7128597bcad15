"""Sentences that keep the words of strangers apart from ours. Performs no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quoted:
    """A scalar from outside: a metric, parameter, slice, stage, file or branch name, a value, a log line.

    Whoever renders a phrase encodes it for its medium; nobody else may turn it into text for a person.
    """

    text: str


Phrase = tuple["str | Quoted", ...]


def plain(phrase: Phrase) -> str:
    """The phrase as text for a log or an assertion; not safe in Markdown, HTML or a terminal."""
    return "".join(part.text if isinstance(part, Quoted) else part for part in phrase)


def listed(names: Sequence[str], most: int = 3) -> Phrase:
    """Names from outside with commas between them; beyond `most` how many more there are."""
    parts: list[str | Quoted] = []
    for name in names[:most]:
        parts += [", ", Quoted(name)] if parts else [Quoted(name)]
    more = len(names) - most
    return (*parts, f" and {more} more") if more > 0 else tuple(parts)
