"""Parameters as dotted keys and canonical values, to tell people what a change sets. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.errors import InvalidFileError
from bot.evidence.located import dotted, walk
from bot.evidence.source import read_text
from bot.evidence.strict_yaml import parse_yaml
from bot.lineage.document import Value
from bot.lineage.params import parse_values
from bot.lineage.scalars import Timestamp, json_text
from bot.lineage.tree import Tree

MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its dotted key and its value as JSON text, so that `5`, `"5"` and `true` differ.

    `5e-3` and `0.005` are one value. A list is one value; a timestamp is its text.
    """

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Params:
    """Every parameter of one file, in the file's order; on which lines, where the format tells."""

    file: str
    values: tuple[Param, ...]
    lines: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ParamChange:
    """A parameter whose value differs; None where that side does not have it.

    `line` is where the later revision sets it, from 1; 0 where that is not known.
    """

    file: str
    key: str
    before: str | None
    after: str | None
    line: int = 0


def parse_params(data: bytes, file: str) -> Params:
    """Every parameter of a YAML 1.2, JSON, TOML or Python file, as DVC reads it.

    Raises InvalidFileError naming file and line.
    """
    return Params(file, tuple(_flat(parse_values(data, file), "")))


def read_params(tree: Tree, file: str) -> Params:
    """The file's parameters, none where this revision has no such file. Raises InvalidFileError."""
    data = tree.read(file)
    if data is None:
        return Params(file, ())
    return replace(parse_params(data, file), lines=_lines(data, file))


def changed(before: Params, after: Params) -> tuple[ParamChange, ...]:
    """What differs from one revision to the other, by key."""
    old = {param.key: param.value for param in before.values}
    new = {param.key: param.value for param in after.values}
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    lines = dict(after.lines)
    return tuple(ParamChange(after.file, key, old.get(key), new.get(key), lines.get(key, 0)) for key in keys)


def _lines(data: bytes, file: str) -> tuple[tuple[str, int], ...]:
    """Where each key of a YAML file stands; nothing for another format, or one that is not plain."""
    if not file.endswith((".yaml", ".yml")):
        return ()
    try:
        root = parse_yaml(read_text(data, file, MOST_BYTES))
    except InvalidFileError:
        return ()
    return tuple((dotted(path), place.line) for path, place, _ in walk(root))


def _flat(value: Value, key: str) -> Iterator[Param]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            text = name if isinstance(name, str) else _canonical(name)
            yield from _flat(part, f"{key}.{text}" if key else text)
    elif key:
        yield Param(key, _canonical(value))


def _canonical(value: object) -> str:
    return value.text if isinstance(value, Timestamp) else json_text(value)
