"""What a plot shows of both revisions: the values that are drawn. Performs no I/O."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.errors import InvalidFileError
from bot.evidence.plot_changes import DELIMITERS, parse_plot
from bot.evidence.plots import Plot
from bot.evidence.source import in_one_line
from bot.lineage.stages import PlotDeclaration, PlotSeries

MOST_FIGURES = 12
MOST_IMAGE_BYTES = 16 << 20
MOST_POINTS = 400
"""A line of more points looks the same."""
MOST_CLASSES = 40
LINES = ("linear", "simple", "smooth", "scatter", "bar_horizontal", "bar_horizontal_sorted")
TABLES = ("confusion", "confusion_normalized")

Value = float | str
Row = tuple[Value, Value, str]
"""x, y and the name of the line; of a confusion matrix: predicted, actual and the count as text."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot with the values of both sides; empty where a side does not have it. `template` is DVC's name."""

    path: str
    title: str
    template: str
    x_label: str
    y_label: str
    main: tuple[Row, ...]
    candidate: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ImagePair:
    """A plot that is an image already, as its file has it; None where a side does not have it."""

    path: str
    title: str
    main: bytes | None = field(repr=False)
    candidate: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Undrawn:
    """A plot that is not drawn, and why."""

    path: str
    why: str


Shown = Figure | ImagePair | Undrawn


def figures_of(before: Sequence[Plot], after: Sequence[Plot]) -> tuple[Shown, ...]:
    """Every plot whose bytes differ, drawn as far as twelve of them go; never raises for what they hold."""
    old, new = ({plot.path: plot for plot in plots} for plots in (before, after))
    differing = [path for path in sorted({*old, *new}) if _data(old.get(path)) != _data(new.get(path))]
    drawn = [one for path in differing[:MOST_FIGURES] for one in _figures(path, old.get(path), new.get(path))]
    rest = differing[MOST_FIGURES:]
    return (*drawn, *(Undrawn(path, f"only {MOST_FIGURES} are drawn") for path in rest))


def _data(plot: Plot | None) -> bytes | None:
    return plot.data if plot else None


def _figures(path: str, before: Plot | None, after: Plot | None) -> Iterator[Shown]:
    shown = after or before
    if shown is None:
        return
    if shown.image:
        yield _image(shown, _data(before), _data(after))
        return
    for declaration in shown.declarations:
        try:
            yield _figure(path, declaration, before, after)
        except InvalidFileError as error:
            yield Undrawn(path, in_one_line(error.problems))
        except ValueError as error:
            yield Undrawn(path, str(error))


def _image(plot: Plot, main: bytes | None, candidate: bytes | None) -> ImagePair | Undrawn:
    if plot.suffix == ".svg":
        return Undrawn(plot.path, "an SVG can hold code, so that it is not shown; save the plot as PNG")
    if max(len(main or b""), len(candidate or b"")) > MOST_IMAGE_BYTES:
        return Undrawn(plot.path, f"an image of more than {MOST_IMAGE_BYTES >> 20} MiB is not opened")
    title = next((one.title for one in plot.declarations if one.title), None)
    return ImagePair(plot.path, title or plot.path, main, candidate)


def _figure(path: str, asked: PlotDeclaration, before: Plot | None, after: Plot | None) -> Figure:
    template = asked.template or "linear"
    if template not in (*LINES, *TABLES):
        raise ValueError(f"its template {template!r} is not one of those that are drawn here")
    series = [one for one in asked.series if one.path == path or path.startswith(f"{one.path}/")]
    if any(one.x_path not in {None, one.path} for one in series):
        raise ValueError("its x stands in another file")
    main, candidate = (_rows(plot, series, template) for plot in (before, after))
    x = next((one.x for one in series if one.x), None)
    y = next((one.y for one in series if one.y), None)
    return Figure(
        path,
        asked.title or path,
        template,
        asked.x_label or x or "step",
        asked.y_label or y or "",
        main,
        candidate,
    )


def _rows(plot: Plot | None, series: Sequence[PlotSeries], template: str) -> tuple[Row, ...]:
    if plot is None or plot.data is None:
        return ()
    parse_plot(plot)
    points = list(_points(plot, plot.data))
    lines = [tuple(_line(points, one, len(series) > 1)) for one in series or (PlotSeries(plot.path),)]
    rows = tuple(row for line in lines for row in (line if template in TABLES else _thinned(line)))
    return _counted(rows) if template in TABLES else rows


def _points(plot: Plot, data: bytes) -> Iterator[dict[str, object]]:
    text = data.decode("utf-8-sig")
    if plot.suffix == ".json":
        found = max(_lists(json.loads(text)), key=len, default=[])
        yield from (item for item in found if isinstance(item, dict))
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[plot.suffix])
    rows = [row for row in reader if row]
    names = rows[0] if plot.header and rows else [str(n) for n in range(len(rows[0]) if rows else 0)]
    yield from (dict[str, object](zip(names, row, strict=False)) for row in rows[1 if plot.header else 0 :])


def _lists(value: object) -> Iterator[list[object]]:
    if isinstance(value, list):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _lists(inner)


def _line(points: Sequence[dict[str, object]], asked: PlotSeries, named: bool) -> Iterator[Row]:
    """DVC's defaults: x is the number of the point, y the last column."""
    for number, point in enumerate(points):
        name = asked.y or next(reversed(point), "")
        x = _value(point.get(asked.x)) if asked.x else float(number)
        y = _value(point.get(name))
        if x is not None and y is not None:
            yield x, y, name if named else ""


def _value(given: object) -> Value | None:
    """A number where it is one; nothing can be drawn of NaN, infinity and nothing."""
    if isinstance(given, bool) or given is None:
        return None if given is None else str(given).lower()
    if not isinstance(given, int | float | str):
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return str(given)[:60]
    return number if math.isfinite(number) else None


def _thinned(line: tuple[Row, ...]) -> tuple[Row, ...]:
    """Points evenly apart, the first and the last among them."""
    if len(line) <= MOST_POINTS:
        return line
    step = (len(line) - 1) / (MOST_POINTS - 1)
    return tuple(line[round(place * step)] for place in range(MOST_POINTS))


def _counted(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    classes = {_word(value) for x, y, _ in rows for value in (x, y)}
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"it has {len(classes)} classes, and at most {MOST_CLASSES} are drawn")
    cells = Counter((_word(x), _word(y)) for x, y, _ in rows)
    return tuple((x, y, str(count)) for (x, y), count in sorted(cells.items()))


def _word(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"
