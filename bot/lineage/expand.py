"""`foreach` and `matrix`: one template in `dvc.yaml`, many stages. Performs no I/O.

Member names follow dvc/parsing/__init__.py (3.67), with its difference between a list written out
(`true` is named "true") and one taken from a variable ("True").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from bot.lineage.document import Document, Map, Mark, Value
from bot.lineage.interpolate import Scope, is_whole_template, resolve, text_of
from bot.lineage.scalars import Scalar
from bot.lineage.variables import string_names

MAX_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Member:
    """One stage to be: its name in the file, the template it is made from, the variables it sees."""

    name: str
    template: Map
    scope: Scope
    generated: bool


def expand(document: Document, scope: Scope, name: str, definition: Value, mark: Mark) -> tuple[Member, ...]:
    """The stages that one entry of `stages:` stands for; itself when it is neither foreach nor matrix.

    Raises InvalidFileError when the entry is not a mapping or the list to expand is none.
    """
    where = f"stages.{name}"
    if not isinstance(definition, Map):
        document.reject(mark, where, "expected a mapping with at least cmd")
    if "matrix" in definition:
        return tuple(_matrix(document, scope, name, definition))
    if "foreach" in definition or "do" in definition:
        return tuple(_foreach(document, scope, name, definition, mark))
    return (Member(name, definition, scope, generated=False),)


def _foreach(document: Document, scope: Scope, name: str, definition: Map, mark: Mark) -> Iterator[Member]:
    where = f"stages.{name}"
    template = definition.get("do")
    if set(definition) != {"foreach", "do"} or not isinstance(template, Map):
        document.reject(mark, where, "foreach needs a mapping `do:` and nothing else beside it")
    written = definition["foreach"]
    items = resolve(document, scope, written, definition.marks["foreach"], f"{where}.foreach", structure=True)
    members: dict[str, tuple[Value, str | None]]
    if isinstance(items, dict):
        named = string_names(items) if isinstance(written, str) else items
        members = {text_of(key): (value, text_of(key)) for key, value in named.items()}
    elif isinstance(items, list):
        members = {key: (value, None) for key, value in _list_members(written, items)}
    else:
        document.reject(definition.marks["foreach"], f"{where}.foreach", "expected a list or a mapping")
    for key, (item, item_key) in members.items():
        yield Member(f"{name}@{key}", template, scope.with_member(_visible(item), item_key), generated=True)


def _list_members(written: Value, items: list[Value]) -> Iterator[tuple[str, Value]]:
    if any(isinstance(item, list | dict) for item in items):
        yield from ((str(index), item) for index, item in enumerate(items))
        return
    for index, item in enumerate(items):
        yield _name(written, index, item), item


def _matrix(document: Document, scope: Scope, name: str, definition: Map) -> Iterator[Member]:
    where, mark = f"stages.{name}.matrix", definition.marks["matrix"]
    written = definition["matrix"]
    axes = resolve(document, scope, written, mark, where, structure=True)
    if not isinstance(written, dict) or not isinstance(axes, dict):
        document.reject(mark, where, "expected a mapping of names to lists")
    template = Map()
    template.update({key: value for key, value in definition.items() if key != "matrix"})
    template.marks = definition.marks
    columns = [_axis(document, mark, where, axis, written[axis], items) for axis, items in axes.items()]
    if prod(map(len, columns)) > MAX_MEMBERS:
        document.reject(mark, where, f"stands for more than {MAX_MEMBERS} stages")
    combinations = {
        "-".join(label for label, _ in combination): [item for _, item in combination]
        for combination in product(*columns)
    }
    for key, values in combinations.items():
        item: dict[Scalar, Value] = dict(zip(axes, map(_visible, values), strict=True))
        yield Member(f"{name}@{key}", template, scope.with_member(item, key), generated=True)


def _axis(
    document: Document, mark: Mark, where: str, axis: Scalar, written: Value, items: Value
) -> list[tuple[str, Value]]:
    if not isinstance(items, list):
        document.reject(mark, where, f"{axis} is not a list")
    return [
        (f"{axis}{index}" if isinstance(item, list | dict) else _name(written, index, item), item)
        for index, item in enumerate(items)
    ]


def _name(written: Value, index: int, item: Value) -> str:
    from_variable = isinstance(written, str)
    if isinstance(written, list):
        source = written[index]
        from_variable = isinstance(source, str) and is_whole_template(source)
    return str(item) if from_variable else text_of(item)


def _visible(item: Value) -> Value:
    return string_names(item) if isinstance(item, dict) else item
