"""YAML as DVC reads it, with positions: libyaml's events under the YAML 1.2 rules of ruamel.yaml.

libyaml resolves nothing, so what a plain scalar means (`5e-3` is a number, `no` a string, `010` is 10) is
decided here, by the same rules as DVC's reader. Duplicate keys are errors. Performs no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn, Protocol, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from bot.errors import InvalidFileError, Problem
from bot.lineage.scalars import Scalar, resolve_plain, resolve_tagged

Mark = tuple[int, int]
Value = Scalar | list["Value"] | dict[Scalar, "Value"]

MAX_DEPTH = 100
MAX_NODES = 2_000_000
CONFLICT = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)


class Seq(list[Value]):
    """A sequence that knows where each item stands (line and column from 1)."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark] = []


class Map(dict[Scalar, Value]):
    """A mapping that knows where each key stands (line and column from 1)."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[Scalar, Mark] = {}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its path, its text and what it says (None for an empty file)."""

    file: str
    text: str
    root: Value

    def problem(self, mark: Mark, key: str, what: str) -> Problem:
        """A problem at a place of this file, with the line it stands on."""
        return problem_at(self.file, self.text, mark, key, what)

    def reject(self, mark: Mark, key: str, what: str, todo: str = "") -> NoReturn:
        """Raise InvalidFileError for one place of this file."""
        raise InvalidFileError((self.problem(mark, key, what),), todo or f"Correct {self.file}.")


def problem_at(file: str, text: str, mark: Mark, key: str, what: str) -> Problem:
    """A problem at a place of a text, with the line it stands on. Line 0 is the whole file."""
    line, col = mark
    lines = text.splitlines() if line else []
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    return Problem(file, line, col, key, what, source)


@lru_cache(maxsize=64)
def parse_document(data: bytes, file: str) -> Document:
    """Read one YAML document. The same bytes are read once; treat the value as read-only.

    Raises InvalidFileError: not UTF-8, a merge conflict, not YAML, a duplicate key, a tag or a nesting that
    a pipeline file has no use for.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(file, 0, 0, "", f"not UTF-8 text (byte {error.start})")
        raise InvalidFileError((problem,), f"Save {file} as UTF-8.") from error
    _refuse_conflict(file, text)
    try:
        return Document(file, text, _build(file, text))
    except YAMLError as error:
        raise InvalidFileError(
            (_syntax_problem(file, text, error),), f"Correct the YAML of {file}."
        ) from error


def _build(file: str, text: str) -> Value:
    """By libyaml; what it refuses is read again in Python, which knows more of YAML 1.2 (`[s3://a/b]`)."""
    try:
        return _Builder(file, text, pure=False).build()
    except YAMLError:
        return _Builder(file, text, pure=True).build()


def _refuse_conflict(file: str, text: str) -> None:
    found = CONFLICT.search(text)
    if found is None:
        return
    line = text.count("\n", 0, found.start()) + 1
    todo = f"Resolve the conflict in {file} and commit it again."
    if file.endswith("dvc.lock"):
        todo = (
            f"Take the base's side of {file} whole (its hashes cannot be merged by hand), "
            "then run `dvc repro` and commit the result."
        )
    raise InvalidFileError((problem_at(file, text, (line, 1), "", "merge conflict markers"),), todo)


def _syntax_problem(file: str, text: str, error: YAMLError) -> Problem:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = (error.problem_mark.line + 1, error.problem_mark.column + 1)
        return problem_at(file, text, mark, "", f"not valid YAML: {error.problem}")
    return Problem(file, 0, 0, "", f"not valid YAML: {' '.join(str(error).split())}")


class _Place(Protocol):
    line: int
    column: int


class _Event(Protocol):
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]
    start_mark: _Place


class _Builder:
    """Builds values from a stream of parsing events, counting what aliases expand to."""

    def __init__(self, file: str, text: str, *, pure: bool) -> None:
        self._file = file
        self._text = text
        self._events = cast("Iterator[_Event]", iter(YAML(typ="safe", pure=pure).parse(text)))
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._nodes = 0

    def build(self) -> Value:
        """The only document of the stream, None when there is none."""
        next(self._events)
        start = next(self._events)
        version = getattr(start, "version", None)
        if not hasattr(start, "version"):
            return None
        if version not in (None, (1, 2)):
            self._reject(start, "a %YAML directive other than 1.2")
        root = self._node(next(self._events), 0)
        after = [next(self._events), next(self._events)]
        if not isinstance(after[0], DocumentEndEvent) or hasattr(after[1], "version"):
            self._reject(after[1], "more than one document")
        return root

    def _reject(self, event: _Event, what: str) -> NoReturn:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        raise InvalidFileError(
            (problem_at(self._file, self._text, mark, "", what),), f"Correct the YAML of {self._file}."
        )

    def _node(self, event: _Event, depth: int) -> Value:
        kind: type = type(event)
        if kind is AliasEvent:
            return self._alias(event)
        before = self._nodes
        self._count(event, 1, depth)
        value: Value
        if kind is ScalarEvent:
            value = self._scalar(event)
        elif kind is MappingStartEvent:
            value = self._mapping(event, depth)
        else:
            value = self._sequence(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _count(self, event: _Event, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._reject(event, f"more than {MAX_NODES} values once its aliases are expanded")
        if depth > MAX_DEPTH:
            self._reject(event, f"nested deeper than {MAX_DEPTH} levels")

    def _alias(self, event: _Event) -> Value:
        if event.anchor not in self._anchors:
            self._reject(event, f"unknown alias *{event.anchor}")
        value, weight = self._anchors[event.anchor]
        self._count(event, weight, 0)
        return value

    def _scalar(self, event: _Event) -> Scalar:
        try:
            if event.tag is not None and event.tag != "!":
                return resolve_tagged(event.tag, event.value)
            return resolve_plain(event.value) if event.implicit[0] else event.value
        except ValueError:
            self._reject(event, "cannot read this value")

    def _sequence(self, event: _Event, depth: int) -> Value:
        if not isinstance(event, SequenceStartEvent) or event.tag not in (None, "!", "tag:yaml.org,2002:seq"):
            self._reject(event, f"tag {event.tag} is not supported")
        items = Seq()
        while hasattr(item := next(self._events), "anchor"):
            items.marks.append((item.start_mark.line + 1, item.start_mark.column + 1))
            items.append(self._node(item, depth + 1))
        return items

    def _mapping(self, event: _Event, depth: int) -> Value:
        if event.tag not in (None, "!", "tag:yaml.org,2002:map"):
            self._reject(event, f"tag {event.tag} is not supported")
        mapping = Map()
        merged: list[Map] = []
        while hasattr(key_event := next(self._events), "anchor"):
            key = self._node(key_event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if key == "<<" and key_event.implicit[0]:
                merged += self._merged(key_event, value)
            else:
                self._add(mapping, key_event, key, value)
        for source in merged:
            for inherited, value in source.items():
                if inherited not in mapping:
                    mapping.marks[inherited] = source.marks[inherited]
                    mapping[inherited] = value
        return mapping

    def _add(self, mapping: Map, event: _Event, key: Value, value: Value) -> None:
        if isinstance(key, list | dict):
            self._reject(event, "a list or mapping cannot be a key")
        if key in mapping:
            self._reject(event, f"duplicate key {key!r}, first on line {mapping.marks[key][0]}")
        mapping.marks[key] = (event.start_mark.line + 1, event.start_mark.column + 1)
        mapping[key] = value

    def _merged(self, event: _Event, value: Value) -> list[Map]:
        sources = value if isinstance(value, Seq) else [value]
        maps = [source for source in sources if isinstance(source, Map)]
        if len(maps) != len(sources):
            self._reject(event, "<< takes a mapping or a list of mappings")
        return maps
