"""One metrics file as a pipeline writes it: JSON, YAML or TOML, read strictly. Performs no I/O.

Nested keys are joined by dots. A list of numbers is one metric over several runs. The top-level key `slices`
is reserved: `{"slices": {column: {value: {metric: number, "n": rows}}}}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from bot.errors import InvalidFileError, Problem
from bot.evidence.facts import Metric, MetricTable, Repeats, SliceMetrics
from bot.evidence.located import Entry, Leaf, Listing, Mapping, Node, Path, Place, kind_of
from bot.evidence.source import NOWHERE, Source, read_text
from bot.evidence.strict_json import parse_json
from bot.evidence.strict_toml import parse_toml
from bot.evidence.strict_yaml import parse_yaml

MIB = 1 << 20
# Each is read in about five seconds when it is as large as it may be.
READERS: dict[str, tuple[Callable[[Source], Node], int]] = {
    ".json": (parse_json, 16 * MIB),
    ".toml": (parse_toml, 4 * MIB),
    ".yaml": (parse_yaml, 2 * MIB),
    ".yml": (parse_yaml, 2 * MIB),
}
SLICES = "slices"
ROWS = "n"


def parse_metrics(data: bytes, file: str) -> MetricTable:
    """Every number of one metrics file. NaN and infinity are values here; the gate says what they mean.

    The suffix says which format it is. Raises InvalidFileError with every problem found: another suffix,
    broken syntax, empty, not UTF-8, a duplicate key, a number that overflows, anything that is neither a
    number nor a list of them (`true` is not 1), an empty list, or `slices` in another shape.
    """
    suffix = PurePosixPath(file).suffix.lower()
    if suffix not in READERS:
        what = f"only {', '.join(READERS)} metrics files are read; let the stage write JSON"
        raise InvalidFileError((Problem(file, 0, 0, "", what),))
    parse, largest = READERS[suffix]
    source = read_text(data, file, largest)
    table = _table(source, parse(source))
    source.raise_problems()
    return table


def _table(source: Source, root: Node) -> MetricTable:
    if not isinstance(root, Mapping):
        source.report(root.place, (), f"the top level is {kind_of(root)}; it must be a mapping of metrics")
        return MetricTable(())
    reserved = root.get(SLICES)
    own = Mapping(root.place, tuple(entry for entry in root.entries if entry.key != SLICES))
    found = tuple(_numbers(source, own))
    return MetricTable(
        tuple(one for one in found if isinstance(one, Metric)),
        tuple(_slices(source, reserved)) if reserved else (),
        tuple(one for one in found if isinstance(one, Repeats)),
    )


def _numbers(source: Source, root: Mapping) -> Iterator[Metric | Repeats]:
    seen: dict[str, Place] = {}
    for path, place, node in _leaves(root, (), NOWHERE):
        name = ".".join(path)
        one = _one(source, name, path, place, node)
        if name in seen:
            first = seen[name]
            where = f"; the first is at {first.line}:{first.col}" if first.line else ""
            source.report(place, path, f"this metric is here twice{where}")
        elif one is not None:
            yield one
        seen.setdefault(name, place)


def _one(source: Source, name: str, path: Path, place: Place, node: Node) -> Metric | Repeats | None:
    if isinstance(node, Listing):
        values = _runs(source, path, place, node)
        return Repeats(name, values) if values else None
    value = _number(source, path, place, node)
    return None if value is None else Metric(name, value)


def _runs(source: Source, path: Path, place: Place, listing: Listing) -> tuple[float, ...]:
    """The metric of every run; empty when there is none, or when one is no number."""
    if not listing.items:
        source.report(place, path, "this list is empty; it must hold the metric of one run or more")
    values = [_number(source, (*path, f"[{at}]"), item.place, item) for at, item in enumerate(listing.items)]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else ()


def _leaves(node: Node, path: Path, place: Place) -> Iterator[tuple[Path, Place, Node]]:
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield from _leaves(entry.node, (*path, entry.key), entry.place)
    else:
        yield path, place, node


def _number(source: Source, path: Path, place: Place, node: Node) -> float | None:
    if isinstance(node, Leaf) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        try:
            return float(node.value)
        except OverflowError:
            source.report(place, path, "this integer is too large for a number")
            return None
    source.report(place, path, f"a metric must be a number, and this is {kind_of(node)}")
    return None


def _slices(source: Source, reserved: Entry) -> Iterator[SliceMetrics]:
    for column in _entries(source, reserved, (SLICES,), "a mapping of columns"):
        for value in _entries(source, column, (SLICES, column.key), "a mapping of this column's values"):
            path = (SLICES, column.key, value.key)
            yield _slice(source, path, _entries(source, value, path, "a mapping of metrics"))


def _entries(source: Source, entry: Entry, path: Path, expected: str) -> tuple[Entry, ...]:
    if isinstance(entry.node, Mapping):
        return entry.node.entries
    source.report(entry.place, path, f"this must be {expected}, and it is {kind_of(entry.node)}")
    return ()


def _slice(source: Source, path: Path, entries: tuple[Entry, ...]) -> SliceMetrics:
    rows: int | None = None
    metrics: list[Metric] = []
    for entry in entries:
        below = (*path, entry.key)
        if entry.key == ROWS:
            rows = _rows(source, below, entry)
        elif (value := _number(source, below, entry.place, entry.node)) is not None:
            metrics.append(Metric(entry.key, value))
    return SliceMetrics(path[1], path[2], rows, tuple(metrics))


def _rows(source: Source, path: Path, entry: Entry) -> int | None:
    node = entry.node
    if isinstance(node, Leaf) and isinstance(node.value, int) and not isinstance(node.value, bool):
        if node.value >= 0:
            return node.value
        source.report(entry.place, path, f"a slice cannot have {node.value} rows")
    else:
        source.report(entry.place, path, f"n must be a whole number of rows, and this is {kind_of(node)}")
    return None
