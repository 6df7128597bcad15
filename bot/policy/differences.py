"""What an edit of a policy loosens and tightens, key by key. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.policy.amounts import PERCENT
from bot.policy.definition import Policy

Effect = Literal["loosens", "tightens", "changes"]
OPPOSITE: dict[Effect, Effect] = {"loosens": "tightens", "tightens": "loosens", "changes": "changes"}
HIGHER_IS_STRICTER = frozenset({"min", "must_improve", "count"})
LOWER_IS_STRICTER = frozenset({"max", "max_gap", "max_regression", "max_regression_from_best"})
LAXEST_FIRST: dict[str, tuple[str, ...]] = {
    "severity": ("info", "warn", "block"),
    "inconclusive": ("pass", "ask", "fail"),
    "minimum": ("claimed", "reproduced", "rescored"),
}
WHEN_ABSENT = {"severity": "block", "inconclusive": "ask", "minimum": "claimed"}
DEMANDS = frozenset({"require", "forbid", "by", "protected"})
LENIENCE = frozenset({"optional", "mode", "waivers"})


@dataclass(frozen=True, slots=True)
class PolicyEdit:
    """One key whose value differs: as written before and after, None where it is not written."""

    key: str
    before: str | None
    after: str | None
    effect: Effect


def edits_of(before: Policy, after: Policy) -> tuple[PolicyEdit, ...]:
    """Every key of two policies that differs, by key: a rule added tightens, a rule removed loosens.

    What is neither for sure (another file, a margin now in percent) only changes.
    """
    old, new = dict(_leaves(before)), dict(_leaves(after))
    differing = (key for key in sorted({*old, *new}) if old.get(key) != new.get(key))
    return tuple(
        PolicyEdit(".".join(key), old.get(key), new.get(key), effect_of(key, old.get(key), new.get(key)))
        for key in differing
    )


def effect_of(key: tuple[str, ...], before: str | None, after: str | None) -> Effect:
    """Whether fewer or more candidates pass once this key says `after`."""
    name = key[0] if key[0] in {"waivers", "protected"} else key[-1]
    if name in HIGHER_IS_STRICTER:
        return _of_numbers(before, after)
    if name in LOWER_IS_STRICTER:
        return _of_numbers(before, after) if None in (before, after) else OPPOSITE[_of_numbers(before, after)]
    if name in LAXEST_FIRST:
        order = LAXEST_FIRST[name].index
        return _of_ranks(order(before or WHEN_ABSENT[name]), order(after or WHEN_ABSENT[name]))
    if name in DEMANDS:
        return _of_sets(_items(before), _items(after))
    if name in LENIENCE:
        return _of_presence(after, before)
    return "changes"


def _of_presence(before: str | None, after: str | None) -> Effect:
    if before is not None and after is not None:
        return "changes"
    return "tightens" if before is None else "loosens"


def _of_numbers(before: str | None, after: str | None) -> Effect:
    if before is None or after is None:
        return _of_presence(before, after)
    if bool(PERCENT.fullmatch(before)) != bool(PERCENT.fullmatch(after)):
        return "changes"
    return _of_ranks(float(before.rstrip("%")), float(after.rstrip("%")))


def _of_ranks(before: float, after: float) -> Effect:
    return "tightens" if after > before else "loosens" if after < before else "changes"


def _of_sets(before: frozenset[str], after: frozenset[str]) -> Effect:
    if before < after:
        return "tightens"
    return "loosens" if after < before else "changes"


def _items(listed: str | None) -> frozenset[str]:
    return frozenset(listed.split(", ")) if listed else frozenset()


def _leaves(policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    written = policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    waivers = written.pop("waivers", ())
    for waiver in waivers:
        words = f"until {waiver['until']}, by {waiver['by']}: {waiver['reason']}"
        yield ("waivers", waiver["rule"]), words
    yield from _below(written, ())


def _below(written: Mapping[str, object], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in written.items():
        here = (*path, key)
        if isinstance(value, dict):
            yield from _below(value, here)
        elif isinstance(value, list | tuple):
            yield here, ", ".join(map(str, value))
        else:
            yield here, _shown(value)


def _shown(value: object) -> str:
    show: Callable[[object], str] = repr if isinstance(value, float) else str
    return show(value).lower() if isinstance(value, bool) else show(value)
