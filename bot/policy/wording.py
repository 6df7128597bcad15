"""Pydantic's findings in our words, each at its place in the file. Performs no I/O."""

from __future__ import annotations

import re
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.evidence.located import Entry, Leaf, Listing, Mapping, Node, Path, Place, kind_of
from bot.evidence.source import MOST_PROBLEMS, Source

EXPECTED = {
    "string_type": "text",
    "string_sub_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
NUMBER = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")


def report_invalid(source: Source, root: Node, error: ValidationError, reported: frozenset[Path]) -> None:
    """Report what pydantic found, except at or below a path that was reported already."""
    for detail in error.errors(include_url=False)[:MOST_PROBLEMS]:
        path = tuple(f"[{part}]" if isinstance(part, int) else str(part) for part in detail["loc"])
        if any(path[:length] in reported for length in range(1, len(path) + 1)):
            continue
        place, node = _found(root, path)
        source.report(place, path, _words(detail, node))


def _found(root: Node, path: Path) -> tuple[Place, Node | None]:
    """The place of the key at `path` and its value; for a missing key the place of what it misses in."""
    place, node = Place(1, 1), root
    for part in path:
        below: Node | Entry | None = None
        if isinstance(node, Mapping):
            below = node.get(part)
        elif isinstance(node, Listing) and part.startswith("["):
            below = node.items[int(part[1:-1])]
        if below is None:
            return place, None
        place, node = below.place, below.node if isinstance(below, Entry) else below
    return place, node


FIXED = {
    "missing": "this key is missing",
    "finite_number": "NaN and infinity are not limits; write a number",
    "too_short": "this must not be empty",
    "string_too_short": "this must not be empty",
}


def _words(detail: ErrorDetails, node: Node | None) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in FIXED:
        return FIXED[kind]
    if kind in {"literal_error", "enum"}:
        choices = str(context.get("expected", "")).replace("'", "")
        return f"must be {choices}, and this is {_shown(node)}{_nearest(choices, node)}"
    if kind == "string_pattern_mismatch":
        return f"{_shown(node)} has a character that MLflow does not accept in a name, or is empty"
    if kind in EXPECTED:
        return f"must be {EXPECTED[kind]}, and this is {_shown(node)}{_unquote(kind, node)}"
    return str(detail["msg"]).removeprefix("Input ").rstrip(".")


def _nearest(choices: str, node: Node | None) -> str:
    value = node.value if isinstance(node, Leaf) else None
    close = get_close_matches(value, re.split(r", | or ", choices), 1) if isinstance(value, str) else []
    return f"; did you mean {close[0]}?" if close else ""


def _shown(node: Node | None) -> str:
    if node is None:
        return "missing"
    if isinstance(node, Leaf) and isinstance(node.value, bool):
        return str(node.value).lower()
    if isinstance(node, Leaf) and isinstance(node.value, str):
        return f'the text "{node.value[:60]}"'
    if isinstance(node, Leaf) and node.value is not None:
        return f"the number {node.value}"
    return kind_of(node)


def _unquote(kind: str, node: Node | None) -> str:
    """What to do where a number was meant and text was written, or the other way round."""
    if not isinstance(node, Leaf):
        return ""
    if isinstance(node.value, str) and kind in {"float_type", "int_type"}:
        if NUMBER.fullmatch(node.value):
            return f"; did you mean {node.value} without quotes?"
        return "; a limit is in metric units, only margins may be a percentage" if "%" in node.value else ""
    if kind == "string_type":
        return '; put it in "quotes"'
    return ""
