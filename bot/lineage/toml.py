"""TOML read by the standard library, without what strangers can do to it. Performs no I/O."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

DEEPEST = 40

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"?+|'[^'\n]*+'?+)"""
# tomllib of Python 3.11 needs a minute for a key of 60,000 parts: its time grows with their square. Texts and
# comments are passed over whole, so that this search itself takes one pass.
_TOKEN = re.compile(
    r""""{3}(?:[^"\\]|\\[\s\S]|"(?!""))*+(?:"{3,5}|\Z)"""
    r"""|'{3}(?:[^']|'(?!''))*+(?:'{3,5}|\Z)"""
    r"|#[^\n]*+"
    rf"|(?P<deep>{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{DEEPEST}}})"
    rf"|{_PART}"
)
_PLACE = re.compile(r" \((?:at line (\d+), column (\d+)|at end of document)\)$")


class TomlError(Exception):
    """What is wrong, and at which line and column (from 1); both 0 when that is not known."""

    def __init__(self, what: str, line: int = 0, col: int = 0) -> None:
        super().__init__(what)
        self.what, self.line, self.col = what, line, col


def load_toml(text: str, parse_float: Callable[[str], object] = float) -> dict[str, Any]:
    """The document. Raises TomlError for what is no TOML, a key twice, and a nesting that is too deep."""
    deep = next((token.start() for token in _TOKEN.finditer(text) if token["deep"]), None)
    if deep is not None:
        raise TomlError(f"nested deeper than {DEEPEST} levels", *_at(text, deep))
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        raise _located(text, str(error)) from error
    except RecursionError as error:
        raise TomlError(f"nested deeper than {DEEPEST} levels") from error
    except ValueError as error:
        raise TomlError("a whole number has too many digits") from error


def _located(text: str, said: str) -> TomlError:
    place = _PLACE.search(said)
    what = said.removesuffix(place[0]) if place else said
    if what.startswith(("Cannot overwrite", "Cannot declare")):
        what = "a key is here twice"
    if place is None:
        return TomlError(what)
    return TomlError(what, *((int(place[1]), int(place[2])) if place[1] else _at(text, len(text))))


def _at(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
