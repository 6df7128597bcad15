"""A document (YAML, JSON or TOML) as values that know where they stand in their file. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in a file, both from 1; 0 and 0 when the reader cannot tell."""

    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar. Floats may be NaN or infinite where the file says so in words."""

    place: Place
    value: Scalar


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping, where the key stands, and its value."""

    key: str
    place: Place
    node: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping; no key occurs twice."""

    place: Place
    entries: tuple[Entry, ...]

    def get(self, key: str) -> Entry | None:
        """The entry of this key, None when there is none."""
        return next((entry for entry in self.entries if entry.key == key), None)


Node = Leaf | Listing | Mapping
Path = tuple[str, ...]


def dotted(path: Path) -> str:
    """A key path as people write it: `metrics.auc.min`; a position in a list is `slices.by[0]`."""
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Place, Node]]:
    """Every key and list item below `node` with its path, parents first. A key's place is the key's."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            below = (*path, entry.key)
            yield below, entry.place, entry.node
            yield from walk(entry.node, below)
    elif isinstance(node, Listing):
        for number, item in enumerate(node.items):
            below = (*path, f"[{number}]")
            yield below, item.place, item
            yield from walk(item, below)


def kind_of(node: Node) -> str:
    """What people call this kind of value: text, a number, true/false, nothing, a list, a mapping."""
    match node:
        case Mapping():
            return "a mapping"
        case Listing():
            return "a list"
        case Leaf(value=bool()):
            return "true/false"
        case Leaf(value=None):
            return "nothing (null)"
        case Leaf(value=str()):
            return "text"
        case _:
            return "a number"
