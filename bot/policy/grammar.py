"""Checks every key of a policy against the grammar: unknown, empty, or not built yet. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import get_args

from pydantic.fields import FieldInfo

from bot.evidence.located import Entry, Leaf, Listing, Mapping, Node, Path, walk
from bot.evidence.source import Source
from bot.policy.definition import Policy
from bot.policy.sections import NotBuilt, Section

SectionType = type[Section]


def check_keys(source: Source, root: Mapping) -> frozenset[Path]:
    """Report unknown keys, nulls and rules that are not built; answers the paths that were reported."""
    return frozenset((*_nulls(source, root), *_keys(source, root, Policy, ())))


def _nulls(source: Source, root: Mapping) -> Iterator[Path]:
    for path, place, node in walk(root):
        if isinstance(node, Leaf) and node.value is None:
            source.report(place, path, "this key has no value; give it one or remove it")
            yield path


def _keys(source: Source, node: Mapping, section: SectionType, path: Path) -> Iterator[Path]:
    fields = fields_of(section)
    for entry in node.entries:
        below = (*path, entry.key)
        field = fields.get(entry.key)
        if field is None:
            source.report(entry.place, below, _unknown(entry.key, fields))
            yield below
        elif _unbuilt(source, entry, field, below):
            yield below
        else:
            yield from _below(source, entry.node, field, below)


def fields_of(section: SectionType) -> dict[str, FieldInfo]:
    """The keys of a section as they are written in YAML."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _unknown(key: str, fields: dict[str, FieldInfo]) -> str:
    known = [name for name, field in fields.items() if not marks_of(field)]
    close = get_close_matches(key, known, 1) or get_close_matches(key, fields, 1)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"unknown key; {hint}"


def _unbuilt(source: Source, entry: Entry, field: FieldInfo, path: Path) -> bool:
    marks = marks_of(field)
    values = marks[0].values if marks else ()
    value = entry.node.value if isinstance(entry.node, Leaf) else None
    if not marks or (values and value not in values):
        return False
    named = f"`{entry.key}: {value}`" if values else f"`{entry.key}`"
    what = f"{named} is understood but its rule is not built in this version; remove it"
    source.report(entry.place, path, what)
    return True


def marks_of(field: FieldInfo) -> list[NotBuilt]:
    """The marks of a key that is not built, or of which some values are not; else none."""
    return [mark for mark in field.metadata if isinstance(mark, NotBuilt)]


def _below(source: Source, node: Node, field: FieldInfo, path: Path) -> Iterator[Path]:
    section = _section_in(field.annotation)
    if section is None:
        return
    if isinstance(node, Listing):
        yield from _items(source, node, section, path)
        return
    if not _is_by_name(field.annotation):
        if isinstance(node, Mapping):
            yield from _keys(source, node, section, path)
        return
    for entry in node.entries if isinstance(node, Mapping) else ():
        if isinstance(entry.node, Mapping):
            yield from _keys(source, entry.node, section, (*path, entry.key))


def _items(source: Source, node: Listing, section: SectionType, path: Path) -> Iterator[Path]:
    for number, item in enumerate(node.items):
        if isinstance(item, Mapping):
            yield from _keys(source, item, section, (*path, f"[{number}]"))


def _section_in(annotation: object) -> SectionType | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)


def _is_by_name(annotation: object) -> bool:
    origin = getattr(annotation, "__origin__", None)
    return origin is dict or any(_is_by_name(part) for part in get_args(annotation))
