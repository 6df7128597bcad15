"""One metric over the last promotions, drawn as a line. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.report import numbers
from bot.report.encode import cleaned
from bot.report.page.scale import scale_for
from bot.report.trend import Trend

WIDTH, HEIGHT, EDGE = 120.0, 28.0, 5.0


@dataclass(frozen=True, slots=True)
class Line:
    """Places from left (oldest) to right (this pull request), in 120 by 28; `said` is the same in words."""

    points: tuple[tuple[float, float], ...]
    said: str


def line_of(trend: Trend) -> Line:
    """The trend, drawn: each value at its height, the largest above."""
    values = tuple(value for _, value in trend.points)
    up, across = (
        scale_for(values, HEIGHT - EDGE, EDGE, 0.0),
        scale_for((0, len(values) - 1), EDGE, WIDTH - EDGE, 0.0),
    )
    points = tuple((across.at(at), up.at(value)) for at, value in enumerate(values))
    decimals = numbers.decimals_for(values)
    told = (f"{cleaned(version)} {numbers.number(value, decimals)}" for version, value in trend.points)
    return Line(points, ", ".join(told))
