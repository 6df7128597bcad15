"""TOML read strictly: no number that overflows, nothing nested without end.

The standard library knows no positions but those of broken syntax: every other place is 0:0, and the key path
says where a problem is. A key that is there twice is broken syntax in TOML. Performs no I/O.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.evidence.located import Entry, Leaf, Listing, Mapping, Node, Path, Place
from bot.evidence.source import NOWHERE, Source
from bot.lineage.toml import DEEPEST, TomlError, load_toml


@dataclass(frozen=True, slots=True)
class _TooLarge:
    """A float that would become infinite, as it is written."""

    text: str


def parse_toml(source: Source) -> Node:
    """The document; problems that leave it readable are noted in the source, for the caller to raise.

    Dates and times are text. Raises InvalidFileError where the syntax ends the search.
    """
    try:
        return _node(source, load_toml(source.text, _float), ())
    except TomlError as error:
        source.report(Place(error.line, error.col), (), f"broken TOML: {error.what}")
    source.raise_problems()
    return Mapping(NOWHERE, ())


def _float(text: str) -> float | _TooLarge:
    value = float(text)
    return _TooLarge(text) if math.isinf(value) and text[-1].isdigit() else value


def _node(source: Source, value: object, path: Path) -> Node:
    if len(path) > DEEPEST:
        raise TomlError(f"nested deeper than {DEEPEST} levels")
    match value:
        case dict():
            entries = (Entry(key, NOWHERE, _node(source, item, (*path, key))) for key, item in value.items())
            return Mapping(NOWHERE, tuple(entries))
        case list():
            items = (_node(source, item, (*path, f"[{at}]")) for at, item in enumerate(value))
            return Listing(NOWHERE, tuple(items))
        case _TooLarge(text):
            source.report(NOWHERE, path, f"{text[:20]} is too large for a number")
            return Leaf(NOWHERE, 0)
        case bool() | int() | float():
            return Leaf(NOWHERE, value)
        case _:
            return Leaf(NOWHERE, str(value))
