"""YAML 1.2 read strictly: positions, no duplicate keys, anchors, aliases or tags, one document.

Scalars follow the core schema of YAML 1.2.2, section 10.3.2: `5e-3` is a number, `no` is text. Built on the
event stream of ruamel.yaml, because its loaders resolve more (timestamps, `1_000`) and stop at the first
problem. Performs no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn, Protocol

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.evidence.located import Entry, Leaf, Listing, Mapping, Node, Path, Place, Scalar
from bot.evidence.source import NOWHERE, Source

DEEPEST = 40
LONGEST_NUMBER = 400

INTEGER = re.compile(r"[-+]?[0-9]+")
OCTAL = re.compile(r"0o[0-7]+")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class Mark(Protocol):
    """Where ruamel.yaml saw something; both numbers count from 0."""

    line: int
    column: int


class _StopError(Exception):
    """The rest of the document cannot be read; the reason is among the source's problems."""


def parse_yaml(source: Source) -> Node:
    """The document; problems that leave it readable are noted in the source, for the caller to raise.

    Raises InvalidFileError with every problem so far where the syntax ends the search.
    """
    try:
        return _Builder(source).document()
    except _StopError:
        pass
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        source.report(_place(mark), (), _said(source, mark, str(error.problem)))
    except (YAMLError, ValueError, IndexError, OverflowError) as error:
        source.report(_unreadable_place(source, error), (), f"broken YAML: {_first_line(error)}")
    source.raise_problems()
    return Mapping(NOWHERE, ())


def scalar_of(text: str) -> Scalar:
    """A plain scalar's value in the core schema of YAML 1.2. Raises OverflowError on `1e999`."""
    if text in WORDS:
        return WORDS[text]
    if INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    for pattern, base in ((INTEGER, 10), (OCTAL, 8), (HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            if len(text) > LONGEST_NUMBER:
                raise OverflowError
            return int(text, base)
    return _float(text) if FLOAT.fullmatch(text) else text


def _float(text: str) -> float:
    value = float(text)
    if abs(value) == float("inf"):
        raise OverflowError
    return value


class _Builder:
    """Turns the events of one document into located values."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(source.text))

    def document(self) -> Node:
        root: Node | None = None
        for event in self.events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if root is not None:
                self._stop(event, (), "a second document starts here; one file holds one document")
            if event.version or event.tags:
                self.source.report(Place(1, 1), (), "a %YAML or %TAG directive is not read here; remove it")
            root = self._node(next(self.events), ())
        if root is None:
            self.source.report(NOWHERE, (), "the file is empty: it has only comments")
            raise _StopError
        return root

    def _node(self, event: Event, path: Path) -> Node:
        place = _place(event.start_mark)
        if len(path) > DEEPEST:
            self._stop(event, (), f"nested deeper than {DEEPEST} levels")
        self._refuse_marks(event, path)
        if isinstance(event, MappingStartEvent):
            return Mapping(place, self._entries(path))
        if isinstance(event, SequenceStartEvent):
            return Listing(place, self._items(path))
        if isinstance(event, AliasEvent):
            self.source.unread.add(path)
            return Leaf(place, "*")
        return Leaf(place, self._scalar(event, path) if isinstance(event, ScalarEvent) else "")

    def _scalar(self, event: ScalarEvent, path: Path) -> Scalar:
        text = str(event.value)
        if event.style in {"'", '"', "|", ">"}:
            return text
        try:
            return scalar_of(text)
        except OverflowError:
            self.source.report(_place(event.start_mark), path, f"{text[:20]} is too large for a number")
            return 0

    def _items(self, path: Path) -> tuple[Node, ...]:
        items: list[Node] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self._node(event, (*path, f"[{len(items)}]")))
        return tuple(items)

    def _entries(self, path: Path) -> tuple[Entry, ...]:
        found: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self._key(event, path)
            place = _place(event.start_mark)
            node = self._node(next(self.events), (*path, key))
            if key == "<<" and not getattr(event, "style", None):
                self.source.report(place, path, "merge keys (<<) are not read here; write the keys out")
            elif key in found:
                first = found[key].place
                what = f"this key is here twice; the first is at {first.line}:{first.col}"
                self.source.report(place, (*path, key), what)
            else:
                found[key] = Entry(key, place, node)
        return tuple(found.values())

    def _key(self, event: Event, path: Path) -> str:
        if not isinstance(event, ScalarEvent):
            self._stop(event, path, "a key must be plain text")
        self._refuse_marks(event, path)
        return str(event.value)

    def _refuse_marks(self, event: Event, path: Path) -> None:
        place = _place(event.start_mark)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self.source.report(place, path, f"aliases (*{anchor}) are not read here; write the value out")
        elif anchor:
            self.source.report(place, path, f"anchors (&{anchor}) are not read here; write the value out")
        if tag is not None:
            self.source.report(place, path, f"tags ({tag}) are not read here; remove it")

    def _stop(self, event: Event, path: Path, what: str) -> NoReturn:
        self.source.report(_place(event.start_mark), path, what)
        raise _StopError


def _place(mark: Mark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else NOWHERE


def _said(source: Source, mark: Mark | None, problem: str) -> str:
    line = source.text.split("\n")[mark.line] if mark and mark.line < source.text.count("\n") + 1 else ""
    if mark and "cannot start any token" in problem and line[mark.column : mark.column + 1] == "\t":
        return "broken YAML: a tab stands where YAML wants spaces; indent with spaces"
    return f"broken YAML: {problem}"


def _unreadable_place(source: Source, error: Exception) -> Place:
    position = getattr(error, "position", None)
    return source.place(position) if isinstance(position, int) else NOWHERE


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
