"""Parameters as dotted keys and canonical values, to tell people what a change sets. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.lineage.document import Value
from bot.lineage.params import parse_values
from bot.lineage.scalars import Timestamp, json_text
from bot.lineage.tree import Tree


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its dotted key and its value as JSON text, so that `5`, `"5"` and `true` differ.

    `5e-3` and `0.005` are one value. A list is one value; a timestamp is its text.
    """

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Params:
    """Every parameter of one file, in the file's order."""

    file: str
    values: tuple[Param, ...]


@dataclass(frozen=True, slots=True)
class ParamChange:
    """A parameter whose value differs; None where that side does not have it."""

    file: str
    key: str
    before: str | None
    after: str | None


def parse_params(data: bytes, file: str) -> Params:
    """Every parameter of a YAML 1.2, JSON, TOML or Python file, as DVC reads it.

    Raises InvalidFileError naming file and line.
    """
    return Params(file, tuple(_flat(parse_values(data, file), "")))


def read_params(tree: Tree, file: str) -> Params:
    """The file's parameters, none where this revision has no such file. Raises InvalidFileError."""
    data = tree.read(file)
    return Params(file, ()) if data is None else parse_params(data, file)


def changed(before: Params, after: Params) -> tuple[ParamChange, ...]:
    """What differs from one revision to the other, by key."""
    old = {param.key: param.value for param in before.values}
    new = {param.key: param.value for param in after.values}
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    return tuple(ParamChange(after.file, key, old.get(key), new.get(key)) for key in keys)


def _flat(value: Value, key: str) -> Iterator[Param]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            text = name if isinstance(name, str) else _canonical(name)
            yield from _flat(part, f"{key}.{text}" if key else text)
    elif key:
        yield Param(key, _canonical(value))


def _canonical(value: object) -> str:
    return value.text if isinstance(value, Timestamp) else json_text(value)
