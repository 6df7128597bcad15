"""What keys of a policy ask of each other; each finding stands at its key. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from bot.evidence.located import Entry, Leaf, Listing, Mapping, Path
from bot.evidence.source import Source

CHANGE_RULES = ("max_regression", "max_regression_from_best", "must_improve")
LIMITS = ("min", "max", *CHANGE_RULES)


def check_consistency(source: Source, root: Mapping) -> None:
    """Report a change rule without a direction, bounds nothing can meet, and a policy without a rule."""
    limited = list(_limited(root))
    for path, entry, limits in limited:
        _check_direction(source, path, limits)
        _check_bounds(source, (*path, "min"), entry, limits)
    _check_same_direction(source, root)
    _check_columns(source, root)
    if not any(limits.get(key) for _, _, limits in limited for key in LIMITS):
        entry_or_root = root.get("metrics") or root
        what = "the policy asks for nothing; give a metric a min, max or max_regression"
        source.report(entry_or_root.place, ("metrics",), what)


def _limited(root: Mapping) -> Iterator[tuple[Path, Entry, Mapping]]:
    slices = root.get("slices")
    inside = slices.node.get("metrics") if slices and isinstance(slices.node, Mapping) else None
    for path, section in ((("metrics",), root.get("metrics")), (("slices", "metrics"), inside)):
        if section and isinstance(section.node, Mapping):
            for entry in section.node.entries:
                if isinstance(entry.node, Mapping):
                    yield (*path, entry.key), entry, entry.node


def _check_direction(source: Source, path: Path, limits: Mapping) -> None:
    for key in CHANGE_RULES:
        rule = limits.get(key)
        if rule and not limits.get("better"):
            what = "a change rule needs a direction; add `better: higher` or `better: lower` beside it"
            source.report(rule.place, (*path, key), what)


def _check_bounds(source: Source, path: Path, entry: Entry, limits: Mapping) -> None:
    low, high = (_number(limits.get(key)) for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        written = limits.get("min") or entry
        source.report(written.place, path, f"min {low:g} is above max {high:g}: no value can pass")


def _number(entry: Entry | None) -> float | None:
    if entry is None or not isinstance(entry.node, Leaf):
        return None
    value = entry.node.value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _check_same_direction(source: Source, root: Mapping) -> None:
    said: dict[str, tuple[str, Entry]] = {}
    for path, _, limits in _limited(root):
        better = limits.get("better")
        word = better.node.value if better and isinstance(better.node, Leaf) else None
        if better is None or word not in ("higher", "lower"):
            continue
        first, entry = said.setdefault(path[-1], (str(word), better))
        if first != word:
            what = f"this contradicts `better: {first}` at {entry.place.line}:{entry.place.col}"
            source.report(better.place, (*path, "better"), what)


def _check_columns(source: Source, root: Mapping) -> None:
    slices = root.get("slices")
    by = slices.node.get("by") if slices and isinstance(slices.node, Mapping) else None
    if by is None or not isinstance(by.node, Listing):
        return
    seen: set[object] = set()
    for number, item in enumerate(by.node.items):
        value = item.value if isinstance(item, Leaf) else None
        if value in seen and value is not None:
            source.report(item.place, ("slices", "by", f"[{number}]"), f"the column {value} is here twice")
        seen.add(value)
