"""YAML 1.2 with positions, read strictly: every key is either taken by the reader or an error.

Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import InvalidFileError, Problem

_TAG: Final = "tag:yaml.org,2002:"
_MOST_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    col: int

    def error(self, key: str, what: str) -> InvalidFileError:
        """The error that names this place."""
        return InvalidFileError((Problem(self.file, self.line, self.col, key, what),))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value and where it stands."""

    value: str | float | bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list and where it stands."""

    items: tuple[Value, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping with text keys, in the file's order; no key stands twice."""

    entries: tuple[tuple[str, Place, Value], ...]
    place: Place


Value = Scalar | Sequence | Mapping


def parse_yaml(file: str, text: str) -> Value:
    """Read one YAML 1.2 document, so that `on` is a text key and `no` a text.

    Raises InvalidFileError for syntax errors, keys that stand twice or are not text, merge keys and anchors
    (a few lines of aliases can stand for more nodes than memory holds).
    """
    if len(text) > _MOST_TEXT:
        raise Place(file, 1, 1).error("", f"is over {_MOST_TEXT} characters")
    try:
        root = YAML(typ="safe", pure=True).compose(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 0, 0)
        raise place.error("", f"not YAML: {error.problem}") from error
    except YAMLError as error:
        raise Place(file, 0, 0).error("", f"not YAML: {error}") from error
    except RecursionError as error:
        raise Place(file, 1, 1).error("", "is nested too deeply") from error
    if root is None:
        raise Place(file, 1, 1).error("", "the file is empty")
    return _value(file, root)


def _value(file: str, node: Node) -> Value:
    place = Place(file, node.start_mark.line + 1, node.start_mark.column + 1)
    if node.anchor:
        raise place.error(f"&{node.anchor}", "anchors are not supported")
    match node:
        case MappingNode():
            return Mapping(tuple(_entries(file, node)), place)
        case SequenceNode():
            return Sequence(tuple(_value(file, item) for item in node.value), place)
        case ScalarNode():
            return Scalar(_plain(node, place), place)
        case _:
            raise place.error("", f"a {type(node).__name__} is not supported")


def _entries(file: str, node: MappingNode) -> Iterator[tuple[str, Place, Value]]:
    seen: set[str] = set()
    for key, value in node.value:
        place = Place(file, key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, ScalarNode) or key.tag == f"{_TAG}merge":
            raise place.error("", "a key must be plain text")
        name = str(key.value)
        if name in seen:
            raise place.error(name, "this key stands here twice")
        seen.add(name)
        yield name, place, _value(file, value)


def _plain(node: ScalarNode, place: Place) -> str | float | bool | None:
    text = str(node.value)
    match str(node.tag).removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" | "float":
            return _number(text, place)
        case "str":
            return text
        case other:
            raise place.error(text, f"a value of type {other} is not supported")


def _number(text: str, place: Place) -> float:
    try:
        return int(text, 0) if text[:2].lower() in {"0x", "0o"} else float(text)
    except ValueError as error:
        raise place.error(text, "is not a number that GitHub reads; put it in quotes") from error


class Fields:
    """A mapping being read: `take` hands out one key, `close` refuses whatever was not taken."""

    def __init__(self, node: Value, what: str) -> None:
        if not isinstance(node, Mapping):
            raise node.place.error(what, "must be a mapping")
        self.what = what
        self.place = node.place
        self._left = {name: (place, value) for name, place, value in node.entries}
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        """Whether the key is there and not yet taken."""
        return key in self._left

    def take(self, key: str) -> Value | None:
        """The value of a key, or None when the key is not there."""
        self._known.append(key)
        return self._left.pop(key, (self.place, None))[1]

    def need(self, key: str) -> Value:
        """The value of a key that must be there."""
        value = self.take(key)
        if value is None:
            raise self.place.error(self.what, f"needs the key {key!r}")
        return value

    def close(self) -> None:
        """Raise InvalidFileError for the first key nobody asked for."""
        for key, (place, _) in self._left.items():
            known = ", ".join(self._known)
            raise place.error(
                key, f"Actions on localhost does not know this key of {self.what}; it knows: {known}"
            )
