"""The points in a file that is plotted: which columns they have and how many they are. Performs no I/O."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.evidence.located import Listing, Mapping, Node, Place, kind_of
from bot.evidence.source import Source


@dataclass(frozen=True, slots=True)
class Points:
    """What a plot is drawn from: the columns in the file's order, and the number of points."""

    columns: tuple[str, ...] = ()
    count: int = 0


def points_of_table(source: Source, delimiter: str, *, header: bool) -> Points:
    """The points of CSV or TSV, one a row; without `header` the columns are "0", "1" and so on, as for DVC.

    A row with more or fewer values than there are columns, a column named twice and broken quotes are noted
    in the source, for the caller to raise. Empty lines are no rows.
    """
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[str, ...] = ()
    count = 0
    try:
        for row in filter(None, reader):
            if not columns:
                columns = tuple(row) if header else tuple(map(str, range(len(row))))
                count -= header
            count += 1
            if len(row) != len(columns):
                what = f"this row has {len(row)} values, and the first has {len(columns)}"
                source.report(Place(reader.line_num, 1), (), what)
    except csv.Error as error:
        source.report(Place(reader.line_num, 1), (), f"broken table: {error}")
    for name, times in Counter(columns).items():
        if times > 1:
            source.report(Place(1, 1), (), f"the column {name!r} is here {times} times")
    return Points(columns, count)


def points_of_lists(source: Source, root: Node) -> Points:
    """The points of a list of objects, or of an object that holds such lists at any depth.

    Several lists are one plot, point by point, so the longest counts; a list of something else is no part of
    it (`get_datapoints` in dvc/render/converter/vega.py, 3.67). What makes DVC drop a list in silence is
    noted in the source, for the caller to raise: an item that is no object, a key that the first point lacks.
    An empty list, at which DVC itself stops with an error of Python, has no points.
    """
    lists = [found for found in _lists(root) if not found.items or _has_objects(found)]
    columns = dict.fromkeys(name for found in lists for name in _columns(source, found))
    if not lists:
        source.report(root.place, (), f"no list of points is in it; the top level is {kind_of(root)}")
    return Points(tuple(columns), max((len(found.items) for found in lists), default=0))


def _lists(node: Node) -> Iterator[Listing]:
    if isinstance(node, Listing):
        yield node
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from _lists(entry.node)


def _has_objects(found: Listing) -> bool:
    return any(isinstance(item, Mapping) for item in found.items)


def _columns(source: Source, found: Listing) -> dict[str, None]:
    """The keys of the first point, every other point held against them."""
    columns: dict[str, None] | None = None
    for item in found.items:
        if not isinstance(item, Mapping):
            source.report(item.place, (), f"a point must be an object, and this is {kind_of(item)}")
            continue
        keys = dict.fromkeys(entry.key for entry in item.entries)
        columns = keys if columns is None else columns
        for key in keys.keys() - columns.keys():
            source.report(item.place, (), f"this point has {key!r}, which the first has not")
    return columns or {}
