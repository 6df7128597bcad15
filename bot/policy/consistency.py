"""What keys of a policy ask of each other; each finding stands at its key. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from bot.evidence.located import Entry, Leaf, Listing, Mapping, Path
from bot.evidence.source import Source
from bot.policy.kinds import check_kinds
from bot.policy.limits import CHANGE_RULES
from bot.policy.people import check_people

LIMITS = ("min", "max", *CHANGE_RULES)
NUMBERS = (("metrics",), ("slices", "metrics"), ("resources",), ("data", "checks"))
OTHER_RULES = (("slices", "fairness"), ("artifacts", "require"), ("artifacts", "forbid"), ("protected",))


def check_consistency(source: Source, root: Mapping) -> None:
    """Report what contradicts: a change rule without a direction, bounds nothing can meet, no rule at all."""
    limited = list(_limited(root))
    for path, entry, limits in limited:
        _check_direction(source, path, limits)
        _check_bounds(source, (*path, "min"), entry, limits)
    _check_same_direction(source, root)
    _check_columns(source, root)
    _check_one_place(source, root)
    _check_data(source, root)
    _check_slices(source, root)
    check_kinds(source, root)
    check_people(source, root)
    asks = any(limits.get(key) for _, _, limits in limited for key in LIMITS)
    if not asks and not any(_at(root, path) for path in OTHER_RULES):
        entry_or_root = root.get("metrics") or root
        what = "the policy asks for nothing; give a metric a min, max or max_regression"
        source.report(entry_or_root.place, ("metrics",), what)


def _at(root: Mapping, path: Path) -> Entry | None:
    """The entry at a path of keys, None when it is not written."""
    entry: Entry | None = None
    node: object = root
    for key in path:
        entry = node.get(key) if isinstance(node, Mapping) else None
        node = entry.node if entry else None
    return entry


def _limited(root: Mapping) -> Iterator[tuple[Path, Entry, Mapping]]:
    for path in NUMBERS:
        section = _at(root, path)
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
    by = _at(root, ("slices", "by"))
    if by is None or not isinstance(by.node, Listing):
        return
    seen: set[object] = set()
    for number, item in enumerate(by.node.items):
        value = item.value if isinstance(item, Leaf) else None
        if value in seen and value is not None:
            source.report(item.place, ("slices", "by", f"[{number}]"), f"the column {value} is here twice")
        seen.add(value)


def _check_one_place(source: Source, root: Mapping) -> None:
    """One number, one place: limits on it in two sections would be two opinions."""
    metrics, resources = (_at(root, path) for path in (("metrics",), ("resources",)))
    known = metrics.node if metrics and isinstance(metrics.node, Mapping) else None
    for entry in resources.node.entries if resources and isinstance(resources.node, Mapping) else ():
        first = known.get(entry.key) if known else None
        if first:
            place = f"{first.place.line}:{first.place.col}"
            what = f"this is also under `metrics` at {place}; keep it in one of the two places"
            source.report(entry.place, ("resources", entry.key), what)


def _check_data(source: Source, root: Mapping) -> None:
    checks, report = _at(root, ("data", "checks")), _at(root, ("data", "report"))
    if checks and not report:
        what = "checks need the file that they read; add `report: <file>` beside them"
        source.report(checks.place, ("data", "checks"), what)


def _check_slices(source: Source, root: Mapping) -> None:
    slices = root.get("slices")
    if slices is None or not isinstance(slices.node, Mapping):
        return
    if not slices.node.get("metrics") and not slices.node.get("fairness"):
        what = "this key is missing; slices need metrics, or fairness between them"
        source.report(slices.place, ("slices", "metrics"), what)
