"""What a change does to the plots: which differ, and how many points each side has. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import InvalidFileError, Problem
from bot.evidence.facts import Unreadable
from bot.evidence.plots import Plot
from bot.evidence.points import Points, points_of_lists, points_of_table
from bot.evidence.source import NOWHERE, in_one_line, read_text
from bot.evidence.strict_json import parse_json

MIB = 1 << 20
LARGEST = 4 * MIB
"""A file of points with more bytes is not read: the reader does about two megabytes a second."""
TOGETHER = 32 * MIB
"""Nor is any more, once so many bytes of points were read for one comparison."""

DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class PlotData:
    """What a plot's file holds: its size in bytes, and how many points; None for an image."""

    size: int
    points: int | None = None


@dataclass(frozen=True, slots=True)
class PlotChange:
    """A plot whose bytes differ; None on the side that declares none."""

    path: str
    before: PlotData | Unreadable | None
    after: PlotData | Unreadable | None


def changed_plots(before: tuple[Plot, ...], after: tuple[Plot, ...]) -> tuple[PlotChange, ...]:
    """Every plot whose bytes differ between two revisions, by path; never raises for what it holds."""
    old, new = ({plot.path: plot for plot in plots} for plots in (before, after))
    reading = _Reading()
    return tuple(
        PlotChange(path, reading.read(old.get(path)), reading.read(new.get(path)))
        for path in sorted({*old, *new})
        if _differs(old.get(path), new.get(path))
    )


def _differs(before: Plot | None, after: Plot | None) -> bool:
    return before is None or after is None or before.data != after.data


@dataclass(slots=True)
class _Reading:
    """Reads one plot after another until their points have too many bytes together."""

    left: int = TOGETHER

    def read(self, plot: Plot | None) -> PlotData | Unreadable | None:
        if plot is None:
            return None
        if not plot.image:
            self.left -= min(len(plot.data or b""), LARGEST)
            if self.left < 0:
                return Unreadable(plot.path, f"more than {TOGETHER:,} bytes of plots differ")
        try:
            return parse_plot(plot)
        except InvalidFileError as error:
            return Unreadable(plot.path, in_one_line(error.problems))


def parse_plot(plot: Plot) -> PlotData:
    """What the file holds. Values stay what they are: nobody asks here whether text should be a number.

    Raises InvalidFileError with every problem found: missing, too large, not UTF-8, ragged rows, a duplicate
    key or column, a column that is drawn and not there, a kind of file that is neither table nor JSON.
    """
    if plot.data is None:
        raise InvalidFileError((Problem(plot.path, 0, 0, "", "the file is missing"),))
    points = None if plot.image else _points(plot, plot.data).count
    return PlotData(len(plot.data), points)


def _points(plot: Plot, data: bytes) -> Points:
    if plot.suffix != ".json" and plot.suffix not in DELIMITERS:
        what = "only .json, .csv and .tsv plots and images are read"
        raise InvalidFileError((Problem(plot.path, 0, 0, "", what),))
    source = read_text(data, plot.path, LARGEST)
    if plot.suffix == ".json":
        points = points_of_lists(source, parse_json(source))
    else:
        points = points_of_table(source, DELIMITERS[plot.suffix], header=plot.header)
    for name in plot.drawn:
        if points.columns and name not in points.columns:
            source.report(NOWHERE, (), f"the column {name!r} is drawn and is not in it")
    source.raise_problems()
    return points
