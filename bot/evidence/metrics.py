"""The metrics of one revision, merged from all its metrics files. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import InvalidFileError
from bot.evidence.facts import Metric, MetricTable, Repeats, SliceMetrics, Unreadable
from bot.evidence.metrics_file import parse_metrics
from bot.evidence.source import in_one_line
from bot.lineage.tree import Tree


def read_metrics(tree: Tree, files: tuple[str, ...]) -> MetricTable | Unreadable:
    """The metrics of one revision, merged from all its metrics files; Unreadable says why there are none."""
    if not files:
        todo = "List the metrics file of the evaluating stage under `metrics:` in dvc.yaml."
        return Unreadable("dvc.yaml", "the pipeline names no metrics file", todo)
    merged = _Merged({}, {}, {}, {})
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
    repeats: dict[str, Repeats]
    slices: dict[tuple[str, str], SliceMetrics]

    def add(self, file: str, table: MetricTable) -> Unreadable | None:
        names = [(metric.name,) for metric in table.metrics]
        names += [(repeats.name,) for repeats in table.repeats]
        cells = [(part.column, part.value, metric.name) for part in table.slices for metric in part.metrics]
        for name in (*names, *cells):
            if name in self.origin:
                return _twice(" / ".join(name), self.origin[name], file)
            self.origin[name] = file
        self.metrics.update((metric.name, metric) for metric in table.metrics)
        self.repeats.update((repeats.name, repeats) for repeats in table.repeats)
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
        metrics, slices, repeats = self.metrics.values(), self.slices.values(), self.repeats.values()
        return MetricTable(tuple(metrics), tuple(slices), tuple(repeats))


def _twice(name: str, first: str, second: str) -> Unreadable:
    what = f"{name} is in {first} and in {second}"
    return Unreadable(second, what, "Let one metrics file say each number.")
