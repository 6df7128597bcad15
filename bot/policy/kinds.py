"""What a metric's `kind` asks of the keys around it. Performs no I/O."""

from __future__ import annotations

from bot.evidence.located import Entry, Leaf, Mapping
from bot.evidence.source import Source
from bot.policy.limits import HELPERS
from bot.statistics.spec import Kind, direction_of

REPORTED = ("stderr", "repeats")


def check_kinds(source: Source, root: Mapping) -> None:
    """Report kinds without predictions, kinds that contradict a direction, and keys that only help a kind."""
    metrics = root.get("metrics")
    for entry in metrics.node.entries if metrics and isinstance(metrics.node, Mapping) else ():
        if isinstance(entry.node, Mapping):
            _check(source, root, entry, entry.node)


def _check(source: Source, root: Mapping, entry: Entry, limits: Mapping) -> None:
    path = ("metrics", entry.key)
    kind = limits.get("kind")
    if kind is None:
        for key in HELPERS:
            _refuse(source, limits, (*path, key), "says how a kind is computed; add `kind:` or remove it")
    else:
        _check_kind(source, root, path, kind, limits)
        for key in REPORTED:
            _refuse(
                source, limits, (*path, key), "is for numbers that are only reported; a kind has an interval"
            )
    if limits.get("stderr"):
        _refuse(source, limits, (*path, "repeats"), "and `stderr` say the same twice; keep one of the two")


def _refuse(source: Source, limits: Mapping, path: tuple[str, ...], why: str) -> None:
    entry = limits.get(path[-1])
    if entry:
        source.report(entry.place, path, f"`{path[-1]}` {why}")


def _check_kind(source: Source, root: Mapping, path: tuple[str, ...], kind: Entry, limits: Mapping) -> None:
    word = kind.node.value if isinstance(kind.node, Leaf) else None
    if word not in list(Kind):
        return
    if not root.get("predictions"):
        what = "a kind is computed from predictions; say where they are under `predictions:`"
        source.report(kind.place, (*path, "kind"), what)
    _check_direction(source, path, Kind(str(word)), limits)
    column = limits.get("column")
    if word == Kind.MEAN and not column:
        source.report(kind.place, (*path, "kind"), "`kind: mean` needs `column:`, the one that is averaged")
    if word != Kind.MEAN and column:
        source.report(column.place, (*path, "column"), "only `kind: mean` has a column of its own")


def _check_direction(source: Source, path: tuple[str, ...], kind: Kind, limits: Mapping) -> None:
    better, known = limits.get("better"), direction_of(kind)
    word = better.node.value if better and isinstance(better.node, Leaf) else None
    if better and known and word in ("higher", "lower") and word != known:
        what = f"of {kind.value} {known} is better; mend `better:` or `kind:`"
        source.report(better.place, (*path, "better"), what)
