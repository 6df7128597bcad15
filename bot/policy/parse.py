"""From the bytes of a policy file to a policy, or to everything that is wrong with it. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pydantic import ValidationError

from bot.errors import InvalidFileError
from bot.evidence.located import Leaf, Listing, Mapping, Node, Path, Place, walk
from bot.evidence.source import Source, read_text
from bot.evidence.strict_yaml import parse_yaml
from bot.policy.consistency import check_consistency
from bot.policy.definition import Policy
from bot.policy.grammar import check_keys
from bot.policy.verdict import Position
from bot.policy.waiving import waiver_problems
from bot.policy.wording import report_invalid

LARGEST = 256 * 1024

Plain = str | int | float | bool | None | tuple["Plain", ...] | dict[str, "Plain"]


def parse_policy(data: bytes, file: str, today: date | None = None) -> Policy:
    """The policy that a file states, with the position of every key.

    With `today`, a waiver that ends too late is a problem; without, it only does not count
    (`bot.policy.waivers`).

    Raises InvalidFileError with every problem found, in the file's order: broken YAML, an unknown, empty or
    duplicate key, a key whose rule is not built yet, a value of the wrong kind, rules that contradict, a
    waiver of a rule that the policy does not have.
    """
    source = read_text(data, file, LARGEST)
    root = _mapping(source, parse_yaml(source))
    reported = check_keys(source, root) | source.unread
    check_consistency(source, root)
    policy = _validated(source, root, reported)
    source.raise_problems()
    placed = policy.placed(_positions(file, root))
    wrong = tuple(waiver_problems(placed, today))
    if wrong:
        raise InvalidFileError(
            tuple(replace(one, source=source.shown(Place(one.line, one.col))) for one in wrong)
        )
    return placed


def _mapping(source: Source, root: Node) -> Mapping:
    if isinstance(root, Mapping):
        return root
    source.report(root.place, (), "a policy is a mapping that starts with `version: 1`")
    source.raise_problems()
    return Mapping(root.place, ())


def _validated(source: Source, root: Node, reported: frozenset[Path]) -> Policy:
    try:
        return Policy.model_validate(plain_value(root))
    except ValidationError as error:
        report_invalid(source, root, error, reported)
        source.raise_problems()
        raise


def plain_value(node: Node) -> Plain:
    """The node without its places; lists are tuples."""
    match node:
        case Mapping():
            return {entry.key: plain_value(entry.node) for entry in node.entries}
        case Listing():
            return tuple(plain_value(item) for item in node.items)
        case Leaf():
            return node.value


def _positions(file: str, root: Node) -> dict[Path, Position]:
    found = {path: Position(file, place.line, place.col) for path, place, _ in walk(root)}
    return {(): Position(file, 1, 1), **found}
