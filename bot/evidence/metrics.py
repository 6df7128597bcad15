"""Metrics files as a pipeline writes them: JSON, read strictly. Performs no I/O.

Nested keys are joined by dots. The top-level key `slices` is reserved:
`{"slices": {column: {value: {metric: number, "n": rows}}}}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.errors import InvalidFileError, Problem
from bot.evidence.facts import Metric, MetricTable, SliceMetrics, Unreadable
from bot.evidence.located import Entry, Leaf, Mapping, Node, Path, Place, kind_of
from bot.evidence.source import NOWHERE, Source, in_one_line, read_text
from bot.evidence.strict_json import parse_json
from bot.lineage.tree import Tree

LARGEST = 16 * 1024 * 1024
SLICES = "slices"
ROWS = "n"


def parse_metrics(data: bytes, file: str) -> MetricTable:
    """Every number of one metrics file. NaN and infinity are values here; the gate says what they mean.

    Raises InvalidFileError with every problem found: not JSON, empty, not UTF-8, a duplicate key, a number
    that overflows, anything that is not a number (`true` is not 1), or `slices` in another shape.
    """
    if PurePosixPath(file).suffix.lower() != ".json":
        what = "only .json metrics files are read; let the stage write JSON"
        raise InvalidFileError((Problem(file, 0, 0, "", what),))
    source = read_text(data, file, LARGEST)
    table = _table(source, parse_json(source))
    source.raise_problems()
    return table


def read_metrics(tree: Tree, files: tuple[str, ...]) -> MetricTable | Unreadable:
    """The metrics of one revision, merged from all its metrics files; Unreadable says why there are none."""
    if not files:
        todo = "List the metrics file of the evaluating stage under `metrics:` in dvc.yaml."
        return Unreadable("dvc.yaml", "the pipeline names no metrics file", todo)
    merged = _Merged({}, {}, {})
    for file in files:
        read = _read_one(tree, file)
        trouble = read if isinstance(read, Unreadable) else merged.add(file, read)
        if trouble is not None:
            return trouble
    return merged.table()


def _read_one(tree: Tree, file: str) -> MetricTable | Unreadable:
    data = tree.read(file)
    if data is None:
        todo = f"Run the pipeline and commit {file}, declared with `cache: false` in dvc.yaml."
        return Unreadable(file, "the metrics file is missing", todo)
    try:
        return parse_metrics(data, file)
    except InvalidFileError as error:
        return Unreadable(file, in_one_line(error.problems), f"Correct the stage that writes {file}.")


@dataclass(frozen=True, slots=True)
class _Merged:
    """What several files say together; `origin` remembers which file said it."""

    origin: dict[tuple[str, ...], str]
    metrics: dict[str, Metric]
    slices: dict[tuple[str, str], SliceMetrics]

    def add(self, file: str, table: MetricTable) -> Unreadable | None:
        names = [(metric.name,) for metric in table.metrics]
        cells = [(part.column, part.value, metric.name) for part in table.slices for metric in part.metrics]
        for name in (*names, *cells):
            if name in self.origin:
                return _twice(" / ".join(name), self.origin[name], file)
            self.origin[name] = file
        self.metrics.update((metric.name, metric) for metric in table.metrics)
        return self._add_slices(file, table)

    def _add_slices(self, file: str, table: MetricTable) -> Unreadable | None:
        for part in table.slices:
            key = (part.column, part.value)
            known = self.slices.get(key)
            rows = part.rows if known is None or known.rows is None else known.rows
            if known and part.rows not in (None, rows):
                return _twice(f"{part.column}={part.value} / n", "another metrics file", file)
            metrics = (*(known.metrics if known else ()), *part.metrics)
            self.slices[key] = SliceMetrics(part.column, part.value, rows, metrics)
        return None

    def table(self) -> MetricTable:
        return MetricTable(tuple(self.metrics.values()), tuple(self.slices.values()))


def _twice(name: str, first: str, second: str) -> Unreadable:
    what = f"{name} is in {first} and in {second}"
    return Unreadable(second, what, "Let one metrics file say each number.")


def _table(source: Source, root: Node) -> MetricTable:
    if not isinstance(root, Mapping):
        source.report(root.place, (), f"the top level is {kind_of(root)}; it must be an object of metrics")
        return MetricTable(())
    reserved = root.get(SLICES)
    own = Mapping(root.place, tuple(entry for entry in root.entries if entry.key != SLICES))
    metrics = tuple(_metrics(source, own))
    return MetricTable(metrics, tuple(_slices(source, reserved)) if reserved else ())


def _metrics(source: Source, root: Mapping) -> Iterator[Metric]:
    seen: dict[str, Place] = {}
    for path, place, node in _leaves(root, (), NOWHERE):
        name = ".".join(path)
        value = _number(source, path, place, node)
        if name in seen:
            first = seen[name]
            what = f"this metric is here twice; the first is at {first.line}:{first.col}"
            source.report(place, path, what)
        elif value is not None:
            yield Metric(name, value)
        seen.setdefault(name, place)


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
    for column in _entries(source, reserved, (SLICES,), "an object of columns"):
        for value in _entries(source, column, (SLICES, column.key), "an object of this column's values"):
            path = (SLICES, column.key, value.key)
            yield _slice(source, path, _entries(source, value, path, "an object of metrics"))


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
