"""What became of one plot, in a sentence. Performs no I/O."""

from __future__ import annotations

from typing import assert_never

from bot.evidence.facts import Unreadable
from bot.evidence.phrase import Quoted
from bot.evidence.plot_changes import PlotChange, PlotData
from bot.report import numbers
from bot.report.model import Words


def plot_line(change: PlotChange) -> Words:
    """Its path, and what it holds before and after; a side that could not be read says why."""
    path, before, after = Quoted(change.path), _held(change.before), _held(change.after)
    if not before:
        return (path, ": new, ", *after)
    if not after:
        return (path, ": removed, was ", *before)
    if before == after:
        return (path, ": changed, ", *before, " before and after")
    return (path, ": ", *before, " → ", *after)


def _held(side: PlotData | Unreadable | None) -> Words:
    match side:
        case None:
            return ()
        case Unreadable(what=what):
            return ("could not be read (", Quoted(what), ")")
        case PlotData(size, points):
            return (f"image of {numbers.size(size)}" if points is None else numbers.counted(points, "point"),)
        case _ as never:
            assert_never(never)
